"""A name that stood on the roll by mistake is taken off; its marks stay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from muster.mobilisation.models import Order
from muster.roll import coverage
from muster.roll.actions import close_roll, excuse, remove_entry
from muster.roll.models import Mark
from tests.cast import REASON, START, Cast, at, raises_refusal


def remove(cast: Cast, order: Order, by: str = "commander", reason: str = REASON) -> None:
    remove_entry(by=cast.actor(by), holder=order.issuer, entry=cast.entry(order, "A1").pk, reason=reason)


@pytest.mark.parametrize("state", ["outstanding", "answered", "excused"])
def test_it_is_expected_no_more_and_was_before(cast: Cast, state: str) -> None:
    order = cast.order()
    with at(400):
        if state == "answered":
            cast.answer(order, "A1", "cannot")
        if state == "excused":
            excuse(by=cast.commander, entries=[cast.entry(order, "A1").pk], reason=REASON)
    with at(460):
        remove(cast, order)
    entry = cast.entry(order, "A1")
    assert (entry.state, entry.outcome, entry.late, entry.unmet, entry.fact_id) == (None, "", False, False, None)
    found = cast.coverage(order)
    assert (found.expected, found.late, found.unmet) == (7, 0, 0)
    roll = cast.roll(order)
    with at(days=1):
        before = START + timedelta(minutes=450)
        assert coverage.count([roll], before)[roll.pk].of([cast.village.pk]).expected == 1
        assert len(coverage.names(roll, before, state=state, units=[cast.village.pk])) == 1
        assert coverage.names(roll, START + timedelta(hours=9), state=state, units=[cast.village.pk]) == []
    assert Mark.objects.filter(entry=entry).count() == (2 if state == "outstanding" else 3)


def test_it_takes_no_answer_any_more(cast: Cast) -> None:
    order = cast.order()
    remove(cast, order)
    with raises_refusal("entry.removed"):
        cast.answer(order, "A1")
    with raises_refusal("entry.removed"):
        excuse(by=cast.commander, entries=[cast.entry(order, "A1").pk], reason=REASON)
    with raises_refusal("entry.removed"):
        remove(cast, order)


@pytest.mark.parametrize("by", ["lead_a", "lead_a1", "m_a1_1"])
def test_it_rejects_whoever_is_not_of_the_holder(cast: Cast, by: str) -> None:
    order = cast.order()
    with raises_refusal("rights.refused"):
        remove(cast, order, by)


def test_it_rejects_a_holder_that_does_not_hold_the_roll(cast: Cast) -> None:
    order = cast.order()
    entry = cast.entry(order, "A1").pk
    with raises_refusal("rights.refused"):
        remove_entry(by=cast.town_lead, holder=cast.town, entry=entry, reason=REASON)


def test_it_rejects_an_unknown_reason(cast: Cast) -> None:
    order = cast.order()
    with raises_refusal("reason.unknown"):
        remove(cast, order, reason="")


def test_it_rejects_a_roll_that_is_closed(cast: Cast) -> None:
    order = cast.order()
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    with raises_refusal("roll.closed"):
        remove(cast, order)
