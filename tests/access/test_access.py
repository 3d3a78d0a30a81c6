"""Who may do what: every address, operation and command as everybody, beside the matrix in docs/access.md."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from muster.foundation.registry import LISTS
from tests.access import matrix, routes
from tests.access.ground import ROLES, ground
from tests.cast import at

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"
OF_A1 = ("Name of m_a1_1", "Name of lead_a1", "Unit A1", "A-2020-1", "Only for A")
"""Words about village A1 and town A."""
PEOPLE_OF_A1 = ("Name of m_a1_2", "Name of lead_a1", "Unit A1")
NOT_THEIRS = {
    "nobody": OF_A1,
    "account ended": OF_A1,
    "lead, elsewhere": OF_A1,
    "counsellor": OF_A1,
    "inspector": OF_A1,
    "press officer": OF_A1,
    "administrator": OF_A1,
    "lead, sibling unit": ("Name of m_a1_1", *PEOPLE_OF_A1),
    "member": ("Name of m_a1_2", "Name of m_a2_1", "Name of lead_a2", "Unit A2"),
    "team leader": ("Name of m_a2_1", "Name of lead_a2", "Unit A2", "Unit B1"),
    "lead": ("Name of m_a2_1", "Name of lead_a2", "Unit A2", "Unit B1"),
}
"""Role -> words that no answer to them may hold, whatever they ask."""
INSIDE = [role for role, number in ROLES.items() if role not in ("nobody", "account ended")]
FOR_ALL = {"POST /badge/check"}
"""Whoever is shown a badge may read what stands on it: the role and the unit."""


Walked = tuple[list[matrix.Row], matrix.Answers]


@pytest.fixture(scope="module")
def walks(django_db_setup: None, django_db_blocker: Any) -> tuple[Walked, Walked]:
    """The walk, and that of the operations by token, on one ground, once for all tests."""
    from django.db import transaction

    heard: matrix.Answers = {}
    by_token: matrix.Answers = {}
    with django_db_blocker.unblock(), transaction.atomic():
        made = ground()
        with at(hours=6):
            found = (matrix.walk(made, heard), heard), (matrix.walk_by_token(made, by_token), by_token)
        transaction.set_rollback(True)
    return found


@pytest.fixture
def walked(walks: tuple[Walked, Walked]) -> Walked:
    """What came of the walk."""
    return walks[0]


@pytest.fixture
def by_token(walks: tuple[Walked, Walked]) -> Walked:
    """What came of the operations by token."""
    return walks[1]


def test_every_address_is_walked() -> None:
    assert set(routes.PAGES) == set(routes.addresses())


def test_every_list_is_walked() -> None:
    assert set(routes.LISTS) == set(LISTS)


def test_every_operation_is_walked() -> None:
    assert set(routes.OPERATIONS) == routes.operations()


def test_every_command_that_acts_is_walked() -> None:
    assert {verb for verb, acts in routes.commands().items() if acts} == set(routes.COMMANDS)


def test_the_matrix_is_the_one_in_the_documents(walked: Walked) -> None:
    made = matrix.as_markdown(walked[0])
    if os.environ.get("MUSTER_WRITE"):
        DOCUMENT.write_text(made, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == made


def test_every_example_is_somebodys_to_have(walked: Walked) -> None:
    """Else the walk would prove nothing about it."""
    nobodys = [what for what, found in walked[0] if not {matrix.LET_IN, matrix.MACHINE} & set(found.values())]
    assert set(nobodys) == {
        "POST /sign-in/",  # by a button only in a drill
        "POST /my/me/passkeys/add/",  # by a real key
        "POST /sign-in/passkey/",
        # Before anybody commands the district, by its set-up code: tests/website/test_first_run.py
        *(
            f"{method} /set-up/{step}"
            for method in ("GET", "POST")
            for step in ("", "district/", "units/", "accounts/")
        ),
    }


@pytest.mark.parametrize("role", NOT_THEIRS)
def test_nothing_of_others_is_in_any_answer(role: str, walked: Walked) -> None:
    """Not in a page, a count's rows, a search, an export, a refusal; whether let in or not."""
    told = {(what, who): said.decode(errors="replace") for (what, who), said in walked[1].items() if who == role}
    assert len(told) > len(routes.PAGES)
    found = [(what, word) for (what, _who), said in told.items() for word in NOT_THEIRS[role] if word in said]
    assert [pair for pair in found if pair[0] not in FOR_ALL] == []


def test_a_token_lets_in_where_its_owner_is_let_in_and_says_the_same(walked: Walked, by_token: Walked) -> None:
    operations = [row for row in walked[0] if "/api/" in row[0]]
    assert by_token[0] == operations
    read = {pair: said for pair, said in by_token[1].items() if pair[0].startswith("GET") and pair[1] in INSIDE}
    assert len(read) == len(INSIDE) * sum(what.startswith("GET") for what, _found in operations)
    # How the server is differs from one moment to the next.
    steady = {pair: said for pair, said in read.items() if pair[0] != "GET /api/health"}
    assert [pair for pair, said in steady.items() if said != walked[1][pair]] == []


@pytest.mark.parametrize("role", NOT_THEIRS)
def test_nothing_of_others_is_in_any_answer_to_a_token(role: str, by_token: Walked) -> None:
    told = {what: said.decode() for (what, who), said in by_token[1].items() if who == role}
    assert set(told) == {what for what, _found in by_token[0]}
    assert [(what, word) for what, said in told.items() for word in NOT_THEIRS[role] if word in said] == []


def test_nobody_and_an_ended_account_get_the_same(walked: Walked) -> None:
    pages = [(what, found) for what, found in walked[0] if not what.startswith("muster ")]
    assert [what for what, found in pages if found["nobody"] != found["account ended"]] == []


def test_the_roles_are_all_there() -> None:
    assert len(ROLES) == 14
