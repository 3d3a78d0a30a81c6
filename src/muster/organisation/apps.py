"""What the room of organisation registers."""

from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    """Units, people, accounts, grants."""

    name = "muster.organisation"
    label = "organisation"

    def ready(self) -> None:
        from muster.foundation import command, rights
        from muster.foundation.registry import IMPORTS, PROOFS, SUBJECT_CODES, SUBJECTS
        from muster.organisation import actions, granting, importers, people, tree
        from muster.organisation.command import language
        from muster.organisation.models import codes_of
        from muster.organisation.scope import may_act

        del actions, granting  # importing them has registered their verbs
        rights.install(may_act)
        command.install_language(language)
        SUBJECTS.add("unit", tree.unit_names)
        SUBJECTS.add("person", people.person_names)
        SUBJECT_CODES.add("unit", codes_of)
        SUBJECT_CODES.add("person", people.person_numbers)
        PROOFS.add("tree", tree.prove)
        IMPORTS.add(importers.PEOPLE.key, importers.PEOPLE)
