"""The district's lists of reasons to choose from."""

from __future__ import annotations

import pytest

from muster.foundation.rights import house
from muster.organisation.granting import grant_role
from muster.organisation.models import Account
from muster.roll.actions import reasons, set_reasons
from muster.roll.models import Reason
from tests.cast import LONG_AGO, REASON, Cast, raises_refusal


def test_a_list_is_in_the_districts_words_and_order(cast: Cast) -> None:
    set_reasons(by=house("x"), reasons=[("excuse", "ill", "Is ill"), ("excuse", "away", "Is away")])
    assert [(r.code, r.text) for r in reasons("excuse")] == [
        (REASON, "Because"),
        ("ill", "Is ill"),
        ("away", "Is away"),
    ]


def test_a_code_that_is_there_gets_the_new_text(cast: Cast) -> None:
    set_reasons(by=cast.commander, reasons=[("excuse", REASON, "For a reason")])
    assert [(r.code, r.text) for r in reasons("excuse")] == [(REASON, "For a reason")]
    assert [r.text for r in reasons("cannot")] == ["Because"]


@pytest.mark.parametrize(
    ("code", "row"),
    [
        ("reason.use", ("holiday", "x", "x")),
        ("reason.code", ("excuse", "", "x")),
        ("reason.code", ("excuse", "x" * 33, "x")),
        ("reason.code", ("excuse", "two words", "x")),
        ("reason.code", ("excuse", "differs", "x")),
        ("reason.code", ("excuse", "after_settled", "x")),
        ("reason.text", ("excuse", "x", " ")),
        ("reason.text", ("excuse", "x", "x" * 201)),
    ],
)
def test_it_rejects(cast: Cast, code: str, row: tuple[str, str, str]) -> None:
    before = Reason.objects.count()
    with raises_refusal(code):
        set_reasons(by=house("x"), reasons=[("excuse", "fine", "Fine"), row])
    assert Reason.objects.count() == before


@pytest.mark.parametrize("by", ["clerk", "lead_a", "m_a1_1"])
def test_it_rejects_whoever_does_not_command(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        set_reasons(by=cast.actor(by), reasons=[])


def test_it_rejects_a_commander_of_a_part_of_the_district(cast: Cast) -> None:
    grant_role(
        by=cast.commander, account=Account.objects.get(name="lead_a"), role="commander", unit=cast.town, since=LONG_AGO
    )
    with raises_refusal("rights.refused"):
        set_reasons(by=cast.town_lead, reasons=[("excuse", REASON, "Whatever")])
