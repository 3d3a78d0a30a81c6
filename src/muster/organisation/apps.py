"""What the room of organisation registers."""

from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    """Units, people, accounts, grants."""

    name = "muster.organisation"
    label = "organisation"

    def ready(self) -> None:
        from muster.foundation import command, rights
        from muster.foundation.registry import CHORES, KEYED, PROOFS, SUBJECT_CODES, SUBJECTS
        from muster.organisation import (
            accounts,
            actions,
            granting,
            guessing,
            passkeys,
            people,
            pins,
            second_factor,
            shared_phones,
            tree,
        )
        from muster.organisation.command import language
        from muster.organisation.models import codes_of
        from muster.organisation.scope import may_act

        del accounts, actions, granting, passkeys, shared_phones  # importing them has registered their verbs
        rights.install(may_act)
        command.install_language(language)
        SUBJECTS.add("unit", tree.unit_names)
        SUBJECTS.add("person", people.person_names)
        SUBJECT_CODES.add("unit", codes_of)
        SUBJECT_CODES.add("person", people.person_numbers)
        PROOFS.add("tree", tree.prove)
        KEYED.add(second_factor.PURPOSE, second_factor.any_secret)
        KEYED.add(pins.KEY, pins.in_use)
        CHORES.add("tries", guessing.forget_old)
