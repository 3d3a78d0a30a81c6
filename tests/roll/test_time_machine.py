"""The same question always gets the same answer: figures and names noted on the way are asked for again at the end."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from muster.foundation import clock
from muster.foundation.errors import Refusal
from muster.mobilisation.actions import withdraw_order
from muster.mobilisation.answers import (
    answer_cannot,
    correct_acknowledgement,
    report_in,
    withdraw_acknowledgement,
    withdraw_report_in,
)
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from muster.organisation.actions import merge_units
from muster.organisation.tree import Tree
from muster.roll import closings, coverage
from muster.roll.actions import add_entry, excuse, hand_over_entries, lift_excuse, remove_entry
from muster.roll.coverage import Coverage
from muster.roll.kinds import Expected
from muster.roll.models import OUTSTANDING, Roll
from tests.cast import REASON, START, Cast, raises_refusal

SCOPES = ("D", "A", "B", "A1", "B2")
FIGURES = (
    "mobilisation.organisations_acknowledged",
    "mobilisation.members_reported_in",
    "mobilisation.acknowledged.own",
    "mobilisation.acknowledged.other",
)
VILLAGES = [f"{town}{n}" for town in "AB" for n in (1, 2, 3)]
Figures = dict[tuple[str, str], tuple[Coverage, frozenset[UUID]]]


def asked(cast: Cast, moment: datetime) -> Figures:
    """Twenty figures as of a moment, each with the names behind *outstanding*."""
    tree = Tree.as_of(moment)
    rolls = {figure: coverage.roll_of_figure(figure, cast.incident, moment) for figure in FIGURES}
    counted = coverage.count([roll for roll in rolls.values() if roll], moment)
    found = {}
    for figure, roll in rolls.items():
        for code in SCOPES:
            path = tree.paths[cast.units[code].pk]
            total, names = Coverage(), frozenset[UUID]()
            if roll is not None:
                total = counted[roll.pk].under(tree, path)
                names = frozenset(n.subject_id for n in coverage.names(roll, moment, units=list(tree.under(path))))
            assert len(names) == total.outstanding
            assert total.answered + total.excused + total.outstanding == total.expected
            found[figure, code] = (total, names)
    return found


class Play:
    """People do what people do, at random, and are refused now and then."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.random, self.now = cast, random.Random(seed), START

    def later(self, **time: float) -> Any:
        self.now += timedelta(**time)
        return clock.played_at(self.now)

    def step(self, order: Order, called: Order) -> None:
        cast = self.cast
        code = self.random.choice(VILLAGES)
        lead = cast.actor(f"lead_{code.lower()}")
        unit, number = cast.units[code], f"m_{code.lower()}_{self.random.randint(1, 2)}"
        person = cast.people[number]
        entries = [cast.entry(order, code).pk]
        one = {"by": lead, "unit": unit, "order": order}
        steps: list[Any] = [
            lambda: cast.answer(order, code, self.random.choice(("will_do", "cannot"))),
            lambda: cast.answer(order, code, "will_do", by=cast.commander),
            lambda: correct_acknowledgement(**one, outcome="cannot", reason=REASON),
            lambda: correct_acknowledgement(**one, outcome="will_do"),
            lambda: withdraw_acknowledgement(**one, reason=REASON),
            lambda: excuse(by=cast.commander, entries=entries, reason=REASON),
            lambda: lift_excuse(by=cast.commander, entries=entries),
            lambda: answer_cannot(by=cast.commander, order=order, subject=unit.pk, outcome="helped"),
            lambda: report_in(by=lead, unit=unit, person=person, order=called),
            lambda: report_in(by=cast.actor(number), unit=unit, person=person, order=called),
            lambda: withdraw_report_in(by=lead, unit=unit, person=person, order=called, reason=REASON),
            lambda: excuse(by=cast.clerk, entries=[cast.entry(called, number, REPORT_IN).pk], reason=REASON),
        ]
        with self.later(minutes=self.random.choice((1, 9, 40))), suppress(Refusal):
            self.random.choice(steps)()


@pytest.mark.parametrize("seed", [1, 2])
def test_twenty_figures_at_twenty_moments(cast: Cast, seed: int) -> None:
    play, noted = Play(cast, seed), {}

    def note() -> None:
        with play.later(seconds=11):
            moment = clock.settled()
            noted[moment] = asked(cast, moment)

    def work(count: int, order: Order) -> None:
        for _ in range(count):
            for _ in range(5):
                play.step(order, first)
            note()

    with play.later(minutes=1):
        first = cast.order(call_up="kind:village")
    note()
    work(5, first)
    with play.later(minutes=1):
        cast.order(
            key="own", by=cast.town_lead, issuer=cast.town, audience="under:A -unit:A", passes_on=first, founding=False
        )
        other = cast.order(key="other", founding=False)
        remove_entry(by=cast.commander, holder=cast.root, entry=cast.entry(other, "B").pk, reason=REASON)
        expected = Expected(cast.units["H"].pk, "unit", cast.units["H"].pk)
        add_entry(by=cast.commander, holder=cast.root, roll=cast.roll(other), expected=expected)
    work(4, first)
    with play.later(hours=20):
        closings.close_days(clock.settled())
        second = cast.order(version=2)
    work(4, second)
    with play.later(minutes=5):
        hand_over_entries(
            by=cast.commander, parent=cast.root, unit=cast.units["B1"], into=cast.units["B2"], reason=REASON
        )
        merge_units(by=cast.outsider, parent=cast.units["B"], unit=cast.units["B1"], into=cast.units["B2"])
    work(4, second)
    with play.later(hours=3):
        withdraw_order(by=cast.commander, order=other)
    note()
    work(1, second)
    assert len(noted) == 20

    assert len({repr(sorted(f.items(), key=lambda row: row[0])) for f in noted.values()}) > 10
    with play.later(seconds=11):
        assert {m: asked(cast, m) for m in noted} == noted
    with play.later(days=40):
        assert {m: asked(cast, m) for m in noted} == noted
        assert closings.close_days(clock.settled()) > 0
        assert {m: asked(cast, m) for m in noted} == noted


def test_just_after_a_new_version_the_figure_falls_to_nothing_and_rises_again(cast: Cast) -> None:
    play = Play(cast, 1)
    first = cast.order()
    for code in ("A", "B", *VILLAGES):
        cast.answer(first, code)
    with play.later(hours=1):
        second = cast.order(version=2)
    with play.later(hours=1):
        for code in ("A", "B", *VILLAGES):
            cast.answer(second, code)
    moments = {START: 8, START + timedelta(minutes=59): 8, START + timedelta(hours=1): 0, START + timedelta(hours=2): 8}
    with play.later(days=1):
        for moment, answered in moments.items():
            figures = asked(cast, moment)
            assert figures[FIGURES[0], "D"][0].answered == answered
            assert figures[FIGURES[0], "D"][0].expected == 8
        before = asked(cast, START - timedelta(minutes=1))
        assert all(counted == Coverage() for counted, _ in before.values())


def test_a_moment_that_is_not_settled_is_refused(cast: Cast) -> None:
    with raises_refusal("as_of.ahead"):
        coverage.as_of_moment(START - timedelta(seconds=9))
    with raises_refusal("as_of.ahead"):
        coverage.as_of_moment(START + timedelta(days=1))
    assert coverage.as_of_moment(START - timedelta(seconds=10)) == START - timedelta(seconds=10)
    assert coverage.as_of_moment(None) == START - timedelta(seconds=10)


def test_a_moment_before_the_incident_is_refused(cast: Cast) -> None:
    opened = cast.incident.opened_at
    assert coverage.as_of_moment(opened, cast.incident) == opened
    with raises_refusal("as_of.before_incident"):
        coverage.as_of_moment(opened - timedelta(seconds=1), cast.incident)


def test_names_come_in_the_same_order(cast: Cast) -> None:
    order = cast.order()
    roll: Roll = cast.roll(order)
    once = coverage.names(roll, START, state=OUTSTANDING)
    assert once == coverage.names(roll, START, units=[u.pk for u in reversed(cast.units.values())])
