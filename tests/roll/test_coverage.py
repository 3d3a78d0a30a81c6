"""answered + excused + outstanding = expected, at every level, now and then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.foundation import clock
from muster.mobilisation.kinds import REPORT_IN
from muster.organisation.tree import Tree
from muster.roll import closings, coverage
from muster.roll.actions import close_roll, excuse
from muster.roll.coverage import NOTHING, Coverage
from muster.roll.models import Tally
from tests.cast import DUE, REASON, START, Cast, at


def queries(run: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as caught:
        run()
    return len(caught)


def test_parts_add_up() -> None:
    one, other = Coverage(1, 2, 3, 1, 0, 3), Coverage(answered=4, unmet=2)
    assert one.expected == 6
    assert one + other == Coverage(5, 2, 3, 1, 2, 3)
    assert NOTHING.expected == 0


def test_a_level_sums_its_subtree(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A")
    cast.answer(order, "A1", "cannot")
    excuse(by=cast.commander, entries=[cast.entry(order, "B1").pk], reason=REASON)
    tree, roll = Tree.as_of(START), cast.roll(order)
    counted = coverage.count([roll], START)[roll.pk]
    sums = {code: counted.under(tree, unit.path) for code, unit in cast.units.items()}
    assert sums["D"] == Coverage(answered=2, excused=1, outstanding=5, unmet=1)
    assert sums["A"] == Coverage(answered=2, outstanding=2, unmet=1)
    assert sums["B"] == Coverage(excused=1, outstanding=3)
    assert sums["A1"] == Coverage(answered=1, unmet=1)
    assert sums["H"] == NOTHING
    for unit, part in counted.units.items():
        tally = Tally.objects.get(roll=roll, unit=unit)
        assert (tally.answered, tally.excused, tally.outstanding) == (part.answered, part.excused, part.outstanding)


def test_overdue_is_computed_when_somebody_looks(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    roll = cast.roll(order)
    with at(days=2):
        for moment, overdue in ((DUE, 0), (DUE + timedelta(seconds=1), 7)):
            counted = coverage.count([roll], moment)[roll.pk]
            assert counted.of(u.pk for u in cast.units.values()).overdue == overdue
            assert coverage.is_due(roll, moment) == bool(overdue)


def test_a_roll_that_ended_asks_no_more(cast: Cast) -> None:
    order = cast.order()
    with at(days=1):
        close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    roll = cast.roll(order)
    with at(days=2):
        for moment, overdue in ((START + timedelta(hours=23), 8), (START + timedelta(days=1), 0)):
            assert coverage.count([roll], moment)[roll.pk].of(u.pk for u in cast.units.values()).overdue == overdue


def test_a_roll_counts_nothing_before_it_was_opened(cast: Cast) -> None:
    order = cast.order()
    roll, before = cast.roll(order), START - timedelta(microseconds=1)
    with at(days=2):
        assert coverage.count([roll], before)[roll.pk].units == {}
        assert coverage.names(roll, before) == []
        assert coverage.state_at(roll, before) == "opening"


@pytest.mark.parametrize("ago", [0, 59, 61, 60 * 24 * 3])
def test_it_is_the_same_counted_backwards_from_now_and_forwards_from_the_past(cast: Cast, ago: int) -> None:
    order = cast.order()
    for minute, code in enumerate(("A1", "A2", "B1"), start=1):
        with at(minute):
            cast.answer(order, code)
    roll = cast.roll(order)
    with at(2 + ago):
        counted = coverage.count([roll], START + timedelta(minutes=2))[roll.pk]
    assert counted.of(u.pk for u in cast.units.values()).answered == 2


def test_many_rolls_cost_as_many_queries_as_one(cast: Cast) -> None:
    orders = [cast.order(key=f"o{n}", call_up="kind:village") for n in range(3)]
    rolls = [cast.roll(order, kind) for order in orders for kind in ("mobilisation.acknowledgement", REPORT_IN)]
    assert queries(lambda: coverage.count(rolls, START)) == queries(lambda: coverage.count(rolls[:1], START)) == 1
    with at(days=3):
        closings.close_days(clock.settled())
        moment = START + timedelta(days=1)
        many = queries(lambda: coverage.count(rolls, moment))
        assert many == queries(lambda: coverage.count(rolls[:1], moment)) == 1


def test_more_rolls_than_one_statement_takes_are_counted_in_parts(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    rolls = [cast.roll(cast.order(key=f"o{n}")) for n in range(5)]
    with at(days=3):
        closings.close_days(clock.settled())
        whole = coverage.count(rolls, START + timedelta(days=1))
        monkeypatch.setattr(coverage, "PAST_AT_ONCE", 2)
        assert queries(lambda: coverage.count(rolls, START + timedelta(days=1))) == 3
        assert coverage.count(rolls, START + timedelta(days=1)) == whole
    assert all(one.units for one in whole.values())


def test_names_cost_one_query_and_their_subjects_one_a_kind(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    roll = cast.roll(order)
    assert queries(lambda: coverage.names(roll, START)) == 1
    found = [*coverage.names(roll, START), *coverage.names(cast.roll(order, REPORT_IN), START)]
    assert queries(lambda: coverage.subject_names(found)) == 2
    names = coverage.subject_names(found)
    assert names[cast.village.pk] == "Unit A1"
    assert names[cast.people["m_a1_1"].pk] == "Name of m_a1_1"


def test_the_roll_behind_a_figure_is_the_one_opened_last_by_then(cast: Cast) -> None:
    first = cast.order()
    with at(60):
        second = cast.order(version=2)
    figure = "mobilisation.organisations_acknowledged"
    for minutes, order in ((0, first), (59, first), (60, second)):
        assert coverage.roll_of_figure(figure, cast.incident, START + timedelta(minutes=minutes)) == cast.roll(order)
    assert coverage.roll_of_figure(figure, cast.incident, START - timedelta(seconds=1)) is None
    assert coverage.roll_of_figure("unknown", cast.incident, START) is None
