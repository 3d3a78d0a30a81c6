"""What the room of organisation registers."""

from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    """Units, people, accounts, grants."""

    name = "muster.organisation"
    label = "organisation"

    def ready(self) -> None:
        from muster.foundation import command, rights
        from muster.foundation.registry import (
            CHORES,
            ERASED,
            HELD,
            KEYED,
            PROOFS,
            PURPOSES,
            STILL_OPEN,
            SUBJECT_CODES,
            SUBJECTS,
        )
        from muster.organisation import (
            accounts,
            actions,
            granting,
            guessing,
            held,
            importers,
            incidents,
            keeping,
            lives,
            passkeys,
            people,
            pins,
            second_factor,
            shared_phones,
            tree,
            units,
        )
        from muster.organisation.command import language
        from muster.organisation.models import Person, codes_of
        from muster.organisation.scope import may_act
        from muster.vault.retention import SCRUBBED

        del (
            accounts,
            actions,
            granting,
            lives,
            passkeys,
            shared_phones,
            units,
        )  # importing them has registered their verbs
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
        PURPOSES.add(second_factor.PURPOSE, second_factor.KEPT_FOR)
        HELD.add("organisation", held.parts)
        STILL_OPEN.add("grants", incidents.grants_open)
        SCRUBBED.add(Person._meta.db_table)
        KEYED.add(second_factor.PURPOSE, second_factor.any_secret)
        KEYED.add(pins.KEY, pins.in_use)
        CHORES.add("tries", guessing.forget_old)
