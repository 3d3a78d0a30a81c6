"""What the room of organisation registers."""

from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    """Units, people, accounts, grants."""

    name = "muster.organisation"
    label = "organisation"

    def ready(self) -> None:
        from muster.foundation import command, rights
        from muster.organisation import importers
        from muster.organisation.command import language
        from muster.organisation.scope import may_act

        _register_verbs()
        _register_reading()
        _register_keeping()
        _register_search()
        importers.register()
        rights.install(may_act)
        command.install_language(language)


def _register_verbs() -> None:
    """A verb is registered by importing the module that makes it."""
    from muster.organisation import accounts, actions, granting, lives, passkeys, phone_ends, shared_phones, units

    del accounts, actions, granting, lives, passkeys, phone_ends, shared_phones, units


def _register_reading() -> None:
    """How units and people are called, what is proved of them, what is open in an incident."""
    from muster.foundation.registry import BECAME, PROOFS, STILL_OPEN, SUBJECT_CODES, SUBJECTS, TOUCHED, VERBS
    from muster.organisation import incidents, logged, people, proofs, touched, tree
    from muster.organisation.models import codes_of

    SUBJECTS.add("unit", tree.unit_names)
    VERBS.add_all(logged.WORDS)
    TOUCHED.add_all(
        {
            "unit": touched.units,
            "person": touched.people,
            "account": touched.accounts,
            "incident": touched.incidents,
        }
    )
    BECAME.add("organisation", touched.became)
    SUBJECTS.add("person", people.person_names)
    SUBJECT_CODES.add("unit", codes_of)
    SUBJECT_CODES.add("person", people.person_numbers)
    PROOFS.add("tree", tree.prove)
    PROOFS.add("names", proofs.prove_names)
    STILL_OPEN.add("grants", incidents.grants_open)


def _register_keeping() -> None:
    """What is kept of people, by which keys, and what the clockwork lets go."""
    from muster.foundation.registry import CHORES, ERASED, HELD, KEYED, PURPOSES
    from muster.organisation import guessing, held, keeping, pins, second_factor, sign_in
    from muster.organisation.models import Person
    from muster.vault.retention import SCRUBBED

    CHORES.add("register", keeping.chore)
    CHORES.add("tries", guessing.forget_old)
    CHORES.add("sign-ins", sign_in.forget_old)
    ERASED.add(keeping.PERSON, keeping.forget_again)
    SCRUBBED.add(Person._meta.db_table)
    HELD.add("organisation", held.parts)
    PURPOSES.add(second_factor.PURPOSE, second_factor.KEPT_FOR)
    KEYED.add(second_factor.PURPOSE, second_factor.any_secret)
    KEYED.add(pins.KEY, pins.in_use)


def _register_search() -> None:
    """People and units by the one box."""
    from muster.foundation.registry import SEARCH
    from muster.organisation import finding_people

    SEARCH.add(finding_people.UNITS_KEY, finding_people.UNITS)
    SEARCH.add(finding_people.PEOPLE_KEY, finding_people.PEOPLE)
