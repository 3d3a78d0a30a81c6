"""Somebody is expected after all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from muster.foundation.ids import new_id
from muster.mobilisation.kinds import CANNOT
from muster.mobilisation.models import Order
from muster.organisation.actions import merge_units
from muster.roll import coverage
from muster.roll.actions import add_entry, close_roll, remove_entry
from muster.roll.kinds import Expected
from muster.roll.models import Entry, Ruling
from tests.cast import DUE, REASON, START, Cast, at, raises_refusal


def add(cast: Cast, order: Order, code: str = "B1", by: str = "commander", **more: Any) -> UUID:
    unit = more.pop("unit", cast.units[code].pk)
    subject = more.pop("subject", cast.units[code].pk)
    expected = Expected(unit=unit, subject_kind=more.pop("kind", "unit"), subject_id=subject, **more)
    return add_entry(by=cast.actor(by), holder=order.issuer, roll=cast.roll(order), expected=expected)


@pytest.mark.parametrize("by", ["commander", "second", "clerk"])
def test_a_late_addressee_joins_by_a_mark(cast: Cast, by: str) -> None:
    order = cast.order(audience="under:A")
    with at(60):
        entry = Entry.objects.get(pk=add(cast, order, by=by))
    assert (entry.unit, entry.state, entry.n, entry.due_at) == (cast.units["B1"], "outstanding", 1, DUE)
    assert cast.coverage(order).expected == 5
    with at(days=1):
        before = coverage.count([cast.roll(order)], START + timedelta(minutes=59))[cast.roll(order).pk]
        assert before.of(u.pk for u in cast.units.values()).expected == 4
        assert cast.answer(order, "B1")
    assert Ruling.objects.get(what=Ruling.What.JOINED).at_unit == cast.units["B1"]


def test_who_joins_may_have_a_due_time_of_their_own(cast: Cast) -> None:
    order = cast.order(audience="under:A")
    entry = Entry.objects.get(pk=add(cast, order, due_at=DUE + timedelta(days=1)))
    assert entry.due_at == DUE + timedelta(days=1)
    with at(days=1):
        cast.answer(order, "B1")
        cast.answer(order, "A1")
    assert not cast.entry(order, "B1").late
    assert cast.entry(order, "A1").late


def test_whoever_comes_back_is_expected_of_the_unit_that_is_named(cast: Cast) -> None:
    order = cast.order()
    entry = cast.entry(order, "B1").pk
    remove_entry(by=cast.commander, holder=cast.root, entry=entry, reason=REASON)
    assert add(cast, order, unit=cast.units["B2"].pk) == entry
    assert (cast.entry(order, "B1").unit, cast.entry(order, "B1").state) == (cast.units["B2"], "outstanding")


def test_whoever_was_taken_off_comes_back_by_the_same_entry(cast: Cast) -> None:
    order = cast.order()
    entry = cast.entry(order, "B1").pk
    remove_entry(by=cast.commander, holder=cast.root, entry=entry, reason=REASON)
    assert add(cast, order) == entry
    assert cast.entry(order, "B1").n == 3
    assert cast.coverage(order).expected == 8


def test_it_rejects_a_name_that_is_there(cast: Cast) -> None:
    order = cast.order()
    with raises_refusal("entry.there"):
        add(cast, order)


def test_it_rejects_a_roll_that_is_closed(cast: Cast) -> None:
    order = cast.order(audience="under:A")
    roll = cast.roll(order)
    remove_entry(by=cast.commander, holder=cast.root, entry=cast.entry(order, "A1").pk, reason=REASON)
    close_roll(by=cast.commander, holder=cast.root, roll=roll)
    for code in ("A1", "B1"):
        with raises_refusal("roll.closed"):
            add(cast, order, code)


def test_it_rejects_a_holder_that_does_not_hold_the_roll(cast: Cast) -> None:
    order = cast.order(audience="under:B")
    expected = Expected(unit=cast.village.pk, subject_kind="unit", subject_id=cast.village.pk)
    with raises_refusal("rights.refused"):
        add_entry(by=cast.town_lead, holder=cast.town, roll=cast.roll(order), expected=expected)


@pytest.mark.parametrize("by", ["lead_a", "lead_b1", "m_a1_1", "counsellor"])
def test_it_rejects_whoever_is_not_of_the_holder(cast: Cast, by: str) -> None:
    order = cast.order(audience="under:A")
    with raises_refusal("rights.refused"):
        add(cast, order, by=by)


def test_it_rejects_a_unit_that_is_not_ones_own_or_not_there(cast: Cast) -> None:
    order = cast.order(by=cast.town_lead, issuer=cast.town, audience="unit:A1")
    for unit in (cast.units["B1"].pk, cast.root.pk, new_id()):
        with raises_refusal("unit.unknown"):
            add(cast, order, by="lead_a", unit=unit)


def test_it_rejects_a_closed_unit(cast: Cast) -> None:
    order = cast.order(audience="under:B")
    merge_units(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour)
    with raises_refusal("unit.closed"):
        add(cast, order, "A1")


def test_it_rejects_a_subject_that_nobody_knows(cast: Cast) -> None:
    order = cast.order(audience="under:A")
    with raises_refusal("subject.unknown"):
        add(cast, order, subject=new_id())
    with raises_refusal("subject.unknown"):
        add(cast, order, kind="planet")


def test_it_rejects_a_roll_whose_names_come_by_answers(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    subject = cast.units["B1"].pk
    with raises_refusal("roll.not_by_hand"):
        add_entry(
            by=cast.commander,
            holder=cast.root,
            roll=cast.roll(order, CANNOT),
            expected=Expected(unit=cast.root.pk, subject_kind="unit", subject_id=subject),
        )
