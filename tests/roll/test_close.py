"""A roll is closed: its figures stay as they are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from muster.roll import coverage
from muster.roll.actions import close_roll
from muster.roll.models import Ruling
from tests.cast import START, Cast, at, raises_refusal


@pytest.mark.parametrize("by", ["commander", "second", "clerk"])
def test_its_figures_stay_as_they_are(cast: Cast, by: str) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    with at(60):
        close_roll(by=cast.actor(by), holder=cast.root, roll=cast.roll(order))
    roll = cast.roll(order)
    assert (roll.state, roll.closed_at) == ("closed", START + timedelta(hours=1))
    with at(days=1):
        found = cast.coverage(order)
    assert (found.answered, found.outstanding, found.overdue) == (1, 7, 0)
    ruling = Ruling.objects.get(what=Ruling.What.CLOSED)
    assert (ruling.roll, ruling.reason, ruling.by_person) == (roll, "closed", cast.people[by].pk)


def test_it_was_open_before(cast: Cast) -> None:
    order = cast.order()
    with at(60):
        close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    roll = cast.roll(order)
    moments = [START - timedelta(minutes=1), START, START + timedelta(minutes=59), START + timedelta(minutes=60)]
    assert [coverage.state_at(roll, m) for m in moments] == ["opening", "open", "open", "closed"]


def test_it_rejects_closing_twice(cast: Cast) -> None:
    order = cast.order()
    roll = cast.roll(order)
    close_roll(by=cast.commander, holder=cast.root, roll=roll)
    with raises_refusal("roll.not_open"):
        close_roll(by=cast.commander, holder=cast.root, roll=roll)


def test_it_rejects_a_holder_that_does_not_hold_it(cast: Cast) -> None:
    order = cast.order()
    with raises_refusal("rights.refused"):
        close_roll(by=cast.town_lead, holder=cast.town, roll=cast.roll(order))


@pytest.mark.parametrize("by", ["lead_a", "lead_a1", "m_a1_1", "inspector"])
def test_it_rejects_whoever_is_not_of_the_holder(cast: Cast, by: str) -> None:
    order = cast.order()
    with raises_refusal("rights.refused"):
        close_roll(by=cast.actor(by), holder=cast.root, roll=cast.roll(order))
