"""Another unit sees to what is outstanding."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from muster.foundation import clock
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from muster.organisation.actions import merge_units
from muster.roll import coverage
from muster.roll.actions import close_roll, excuse, hand_over_entries
from muster.roll.models import Mark, Ruling
from tests.cast import REASON, START, Cast, at, raises_refusal


def hand_over(cast: Cast, by: str = "lead_a", **more: Any) -> int:
    wanted = {"parent": cast.town, "unit": cast.village, "into": cast.neighbour, "reason": REASON, **more}
    return hand_over_entries(by=cast.actor(by), **wanted)


def counted(cast: Cast, order: Order, code: str, moment: Any = None) -> tuple[int, int, int]:
    roll = cast.roll(order)
    found = coverage.count([roll], moment or clock.now())[roll.pk].of([cast.units[code].pk])
    return found.outstanding, found.answered, found.excused


@pytest.mark.parametrize("by", ["lead_a", "commander", "clerk"])
def test_all_that_is_outstanding_on_every_open_roll_goes_over(cast: Cast, by: str) -> None:
    order = cast.order(call_up="kind:village")
    with at(5):
        assert hand_over(cast, by) == 4
        assert counted(cast, order, "A1") == (0, 0, 0)
        assert counted(cast, order, "A2") == (2, 0, 0)
    assert cast.entry(order, "m_a1_1", REPORT_IN).unit == cast.neighbour
    assert cast.coverage(order).expected == 8


def test_it_is_two_marks_of_one_fact(cast: Cast) -> None:
    order = cast.order()
    hand_over(cast)
    ruling = Ruling.objects.get(what=Ruling.What.HANDED_OVER)
    assert (ruling.at_unit, ruling.to_unit, ruling.reason) == (cast.village, cast.neighbour, REASON)
    marks = Mark.objects.filter(entry=cast.entry(order, "A1")).order_by("n")
    rows = marks.values_list("leg", "unit__short_name", "before", "after")
    assert list(rows) == [
        ("", "A1", None, "outstanding"),
        ("out", "A1", "outstanding", None),
        ("in", "A2", None, "outstanding"),
    ]
    assert {m.fact_id for m in marks[1:]} == {ruling.pk}


def test_what_is_settled_stays_where_it_was(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    cast.answer(order, "A1")
    excuse(by=cast.town_lead, entries=[cast.entry(order, "m_a1_1", REPORT_IN).pk], reason=REASON)
    assert hand_over(cast) == 2
    assert cast.entry(order, "A1").unit == cast.village
    assert cast.entry(order, "m_a1_1", REPORT_IN).unit == cast.village


def test_the_past_stays_with_the_unit_that_was_accountable(cast: Cast) -> None:
    order = cast.order()
    with at(60):
        hand_over(cast)
    before, after = START + timedelta(minutes=59), START + timedelta(minutes=61)
    roll = cast.roll(order)
    with at(days=2):
        assert (counted(cast, order, "A1", before), counted(cast, order, "A2", before)) == ((1, 0, 0), (1, 0, 0))
        assert (counted(cast, order, "A1", after), counted(cast, order, "A2", after)) == ((0, 0, 0), (2, 0, 0))
        names = coverage.names(roll, before, units=[cast.village.pk])
        assert [n.subject_id for n in names] == [cast.village.pk]
        assert coverage.names(roll, after, units=[cast.village.pk]) == []
        assert len(coverage.names(roll, after, units=[cast.neighbour.pk])) == 2


def test_what_was_handed_over_may_be_handed_on_and_back(cast: Cast) -> None:
    order = cast.order()
    hand_over(cast)
    hand_over(cast, unit=cast.neighbour, into=cast.units["A3"])
    hand_over(cast, unit=cast.units["A3"], into=cast.village)
    assert counted(cast, order, "A1") == (3, 0, 0)
    assert cast.entry(order, "A1").n == 7


def test_two_units_merged_stay_two_entries(cast: Cast) -> None:
    order = cast.order()
    hand_over(cast)
    merge_units(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour)
    cast.answer(order, "A2")
    cast.answer(order, "A2", by=cast.sibling, subject=cast.village.pk)
    assert (cast.coverage(order).expected, cast.coverage(order).answered) == (8, 2)


def test_nothing_outstanding_is_nothing_handed_over(cast: Cast) -> None:
    assert hand_over(cast) == 0
    order = cast.order()
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    assert hand_over(cast) == 0
    assert cast.entry(order, "A1").unit == cast.village


def test_it_rejects_the_same_unit(cast: Cast) -> None:
    cast.order()
    with raises_refusal("unit.same"):
        hand_over(cast, into=cast.village)


def test_it_rejects_a_unit_that_does_not_stand_under_the_one_that_decides(cast: Cast) -> None:
    cast.order()
    with raises_refusal("unit.merge_scope"):
        hand_over(cast, into=cast.units["B1"])
    with raises_refusal("unit.merge_scope"):
        hand_over(cast, unit=cast.units["B1"], into=cast.village)
    with raises_refusal("unit.merge_scope"):
        hand_over(cast, unit=cast.town, into=cast.village)


def test_it_rejects_a_closed_unit(cast: Cast) -> None:
    merge_units(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour)
    cast.village.refresh_from_db()
    with raises_refusal("unit.closed"):
        hand_over(cast, unit=cast.neighbour, into=cast.village)


@pytest.mark.parametrize("by", ["lead_a1", "lead_a2", "lead_b", "m_a1_1"])
def test_it_rejects_whoever_does_not_lead_the_unit_above(cast: Cast, by: str) -> None:
    cast.order()
    with raises_refusal("rights.refused"):
        hand_over(cast, by)


def test_it_rejects_an_unknown_reason(cast: Cast) -> None:
    cast.order()
    with raises_refusal("reason.unknown"):
        hand_over(cast, reason="no_such_reason")
