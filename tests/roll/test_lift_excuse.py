"""An excuse ends: they are expected again."""

from __future__ import annotations

import pytest

from muster.roll.actions import excuse, lift_excuse
from muster.roll.models import Ruling
from tests.cast import REASON, Cast, at, raises_refusal


@pytest.mark.parametrize("by", ["commander", "clerk", "lead_a"])
def test_they_are_expected_again(cast: Cast, by: str) -> None:
    order = cast.order()
    entry = cast.entry(order, "A1").pk
    excuse(by=cast.commander, entries=[entry], reason=REASON)
    with at(5):
        assert lift_excuse(by=cast.actor(by), entries=[entry]) == 1
    assert cast.entry(order, "A1").state == "outstanding"
    assert (cast.coverage(order).excused, cast.coverage(order).outstanding) == (0, 8)
    assert Ruling.objects.filter(what=Ruling.What.EXCUSE_LIFTED).count() == 1


@pytest.mark.parametrize("by", ["lead_a1", "lead_b", "m_a1_1"])
def test_it_rejects_the_unit_itself_an_outsider_and_a_member(cast: Cast, by: str) -> None:
    order = cast.order()
    entry = cast.entry(order, "A1").pk
    excuse(by=cast.commander, entries=[entry], reason=REASON)
    with raises_refusal("rights.refused"):
        lift_excuse(by=cast.actor(by), entries=[entry])


def test_it_rejects_what_is_not_excused(cast: Cast) -> None:
    order = cast.order()
    with raises_refusal("entry.not_excused"):
        lift_excuse(by=cast.commander, entries=[cast.entry(order, "A1").pk])
    cast.answer(order, "A1")
    with raises_refusal("entry.answered"):
        lift_excuse(by=cast.commander, entries=[cast.entry(order, "A1").pk])


def test_one_that_is_not_excused_spoils_all(cast: Cast) -> None:
    order = cast.order()
    entries = [cast.entry(order, code).pk for code in ("A1", "A2")]
    excuse(by=cast.commander, entries=entries[:1], reason=REASON)
    with raises_refusal("entry.not_excused"):
        lift_excuse(by=cast.commander, entries=entries)
    assert cast.entry(order, "A1").state == "excused"
