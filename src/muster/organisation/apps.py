"""What the room of organisation registers."""

from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    """Units, people, accounts, grants."""

    name = "muster.organisation"
    label = "organisation"

    def ready(self) -> None:
        from muster.foundation import command, rights
        from muster.foundation.registry import CHORES, ERASED, HELD, PROOFS, STILL_OPEN, SUBJECT_CODES, SUBJECTS
        from muster.organisation import actions, granting, held, importers, incidents, keeping, people, tree
        from muster.organisation.command import language
        from muster.organisation.models import Person, codes_of
        from muster.organisation.scope import may_act
        from muster.vault.retention import SCRUBBED

        del actions, granting  # importing them has registered their verbs
        importers.register()
        rights.install(may_act)
        command.install_language(language)
        SUBJECTS.add("unit", tree.unit_names)
        SUBJECTS.add("person", people.person_names)
        SUBJECT_CODES.add("unit", codes_of)
        SUBJECT_CODES.add("person", people.person_numbers)
        PROOFS.add("tree", tree.prove)
        CHORES.add("register", keeping.chore)
        ERASED.add(keeping.PERSON, keeping.forget_again)
        HELD.add("organisation", held.parts)
        STILL_OPEN.add("grants", incidents.grants_open)
        SCRUBBED.add(Person._meta.db_table)
