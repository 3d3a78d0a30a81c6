"""Whatever becomes of people and units while a roll is open: nobody is lost, and no past changes."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from muster.foundation import clock
from muster.foundation.errors import Refusal
from muster.foundation.registry import PROOFS
from muster.foundation.rights import house
from muster.mobilisation.answers import report_in
from muster.mobilisation.kinds import REPORT_IN
from muster.organisation.actions import merge_units
from muster.organisation.lives import retire, return_to_duty, transfer
from muster.organisation.models import Appointment, Unit
from muster.organisation.tree import Tree
from muster.organisation.units import close_unit, move_unit, rename_unit, split_unit
from muster.roll import coverage
from muster.roll.actions import hand_over_entries
from muster.roll.following import follow_person
from tests.cast import REASON, START, Cast, make

PROVED = ("rolls", "marks", "entries", "tallies", "tree")


class Lives(RuleBasedStateMachine):
    """The cast with a call-up of all villages. past: what was counted under each town at earlier moments."""

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.cast: Cast = make()
        self.by = house("x")
        self.now = START
        self.past: list[tuple[datetime, dict[str, Any]]] = []

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.point)

    def at(self) -> Any:
        self.now += timedelta(minutes=1)
        return clock.played_at(self.now)

    @initialize()
    def call(self) -> None:
        with self.at():
            self.order = self.cast.order(call_up="kind:village")
        self.roll = self.cast.roll(self.order, REPORT_IN)
        self.expected = self.cast.coverage(self.order, REPORT_IN).expected

    def unit(self, number: int) -> Unit:
        """One of the open villages."""
        rows = list(Unit.objects.filter(kind="village", closed_at__isnull=True).order_by("pk"))
        return rows[number % len(rows)]

    def place(self, number: int) -> Appointment:
        """One of the primary places at villages."""
        rows = Appointment.objects.filter(unit__kind="village", primary=True, until__isnull=True)
        found = list(rows.select_related("person", "unit").order_by("pk"))
        return found[number % len(found)]

    @rule(who=st.integers(0, 40), where=st.integers(0, 9), along=st.booleans())
    def transfer(self, who: int, where: int, along: bool) -> None:
        place, into = self.place(who), self.unit(where)
        with self.at(), suppress(Refusal):
            root = self.cast.root
            transfer(by=self.by, parent=root, person=place.person, into=into)
            if along:
                parts: Any = {"parent": root, "person": place.person, "unit": place.unit, "into": into}
                follow_person(by=self.by, reason=REASON, **parts)

    @rule(who=st.integers(0, 40))
    def report_in(self, who: int) -> None:
        place = self.place(who)
        with self.at(), suppress(Refusal):
            report_in(by=self.cast.commander, unit=place.unit, person=place.person, order=self.order)

    @rule(which=st.integers(0, 9), town=st.sampled_from("AB"))
    def move(self, which: int, town: str) -> None:
        with self.at():
            move_unit(by=self.by, parent=self.cast.root, unit=self.unit(which), under=self.cast.units[town])

    @rule(which=st.integers(0, 9), name=st.sampled_from(["Harbour", "Hill", "Mill"]))
    def rename(self, which: int, name: str) -> None:
        with self.at():
            rename_unit(by=self.by, parent=self.cast.root, unit=self.unit(which), name=name)

    @precondition(lambda self: Unit.objects.filter(kind="village", closed_at__isnull=True).count() < 9)
    @rule(which=st.integers(0, 9), who=st.integers(0, 40))
    def split(self, which: int, who: int) -> None:
        unit = self.unit(which)
        people = list(Appointment.objects.filter(unit=unit, primary=True, until__isnull=True).order_by("pk"))
        chosen = [people[who % len(people)].person_id] if people else []
        with self.at():
            made: Any = {"name": "New", "short_name": "", "code": "", "people": chosen}
            split_unit(by=self.by, parent=self.cast.root, unit=unit, **made)

    @precondition(lambda self: Unit.objects.filter(kind="village", closed_at__isnull=True).count() > 2)
    @rule(which=st.integers(0, 9), into=st.integers(0, 9), close=st.booleans())
    def merge_or_close(self, which: int, into: int, close: bool) -> None:
        unit, other = self.unit(which), self.unit(into)
        with self.at(), suppress(Refusal):
            if close:
                close_unit(by=self.by, parent=self.cast.root, unit=unit)
            else:
                parts: Any = {"parent": self.cast.root, "unit": unit, "into": other}
                hand_over_entries(by=self.by, reason=REASON, **parts)
                merge_units(by=self.by, **parts)

    @rule(who=st.integers(0, 40), where=st.integers(0, 9))
    def leave_and_come_back(self, who: int, where: int) -> None:
        place = self.place(who)
        with self.at():
            retire(by=self.by, unit=place.unit, person=place.person)
        with self.at():
            return_to_duty(by=self.by, unit=self.unit(where), person=place.person)

    def counted(self, moment: datetime) -> dict[str, Any]:
        found = coverage.count([self.roll], moment)[self.roll.pk]
        tree = Tree.as_of(moment)
        return {code: found.under(tree, tree.paths[self.cast.units[code].pk]) for code in "DAB"}

    @invariant()
    def nobody_is_lost(self) -> None:
        if not hasattr(self, "roll"):
            return
        with clock.played_at(self.now + timedelta(seconds=30)):
            now = self.counted(self.now)
        assert now["D"].expected == self.expected
        assert now["D"] == now["A"] + now["B"]
        self.past.append((self.now, now))

    @invariant()
    def no_past_changes(self) -> None:
        for moment, then in self.past[-6:]:
            assert self.counted(moment) == then

    @invariant()
    def it_is_proved(self) -> None:
        assert [d for name in PROVED for d in PROOFS[name]()] == []


@pytest.mark.django_db
def test_whatever_becomes_of_people_and_units() -> None:
    run_state_machine_as_test(Lives, settings=settings(max_examples=12))  # type: ignore[no-untyped-call]
