"""A state machine: any line of answers, corrections, excuses and hand-overs, with a plain model of the rules beside it.

After each step the counts are the model's, unit by unit. At the end every moment that was noted is asked again, names
included, with and without closings, and marks, entries, tallies and closings are recounted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from muster.foundation import clock
from muster.foundation.errors import Refusal
from muster.foundation.ids import new_id
from muster.roll import actions, coverage
from muster.roll.closings import close_days
from muster.roll.kinds import Expected
from muster.roll.models import Closing, Entry, Roll
from tests.cast import REASON, START, Cast, proofs
from tests.roll import visits

VILLAGES = ("A1", "A2", "B1")
DUE = START + timedelta(hours=6)
SETTLING = ("met", "by_phone", "refused")


@dataclass
class Plain:
    """An entry as the rules of docs/rules/roll.md have it, in the plainest words."""

    unit: str
    state: str | None = "outstanding"
    outcome: str = ""
    late: bool = False
    fact: UUID | None = None
    pending: dict[UUID, str] = field(default_factory=dict)

    @property
    def unmet(self) -> bool:
        return self.state == "answered" and self.outcome == "refused"

    def reset(self, state: str | None) -> None:
        self.state, self.outcome, self.late, self.fact = state, "", False, None
        self.pending.clear()


class Machine(RuleBasedStateMachine):
    """One roll of visits over three villages."""

    cast: Cast

    def __init__(self) -> None:
        super().__init__()
        # What an example wrote goes with it.
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now = START
        self.by = self.cast.commander
        self.noted: list[tuple[Any, Any, Any]] = []
        self.closed = False
        expected = [
            Expected(unit=self.cast.units[v].pk, subject_kind="unit", subject_id=new_id())
            for v in VILLAGES
            for _ in range(2)
        ]
        with self.tick():
            self.roll = visits.open_visits(
                by=self.by, holder=self.cast.root, incident=self.cast.incident, expected=expected, due_at=DUE
            )
        codes = {self.cast.units[v].pk: v for v in VILLAGES}
        self.model = {
            pk: Plain(codes[unit]) for pk, unit in Entry.objects.filter(roll=self.roll).values_list("pk", "unit_id")
        }

    def teardown(self) -> None:
        try:
            self.check_the_past()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def tick(self, minutes: int = 1) -> Any:
        self.now += timedelta(minutes=minutes)
        return clock.played_at(self.now)

    def some(self, which: int) -> tuple[UUID, Plain]:
        """An entry, by a number that hypothesis chose."""
        pk = sorted(self.model, key=lambda key: key.hex)[which % len(self.model)]
        return pk, self.model[pk]

    def unit(self, plain: Plain) -> Any:
        return self.cast.units[plain.unit]

    def try_it(self, verb: Any, allowed: bool, **arguments: Any) -> Any:
        """Do it; it must be refused exactly where the model says so, and where the roll is closed."""
        with self.tick():
            try:
                result = verb(by=self.by, **arguments)
            except Refusal:
                assert not allowed or self.closed
                return None
        assert allowed
        # What is on record already is a duplicate, on a closed roll too.
        assert not self.closed or result is False
        return result

    @rule(which=st.integers(0, 30), outcome=st.sampled_from((*SETTLING, "nobody")))
    def answer(self, which: int, outcome: str) -> None:
        pk, plain = self.some(which)
        fact = new_id()
        allowed = plain.state is not None
        new = self.try_it(visits.visit, allowed, unit=self.unit(plain), entry=pk, outcome=outcome, id=fact)
        if new is None or self.closed:
            return
        if outcome == "nobody":
            assert new
        elif plain.state != "answered":
            plain.state, plain.outcome, plain.late, plain.fact = "answered", outcome, self.now > DUE, fact
            plain.pending.clear()
        elif plain.outcome == outcome:
            assert not new  # a duplicate: nothing was written
        else:
            plain.pending[fact] = outcome

    @rule(which=st.integers(0, 30))
    def send_the_same_answer_again(self, which: int) -> None:
        pk, plain = self.some(which)
        if plain.fact is None:
            return
        new = self.try_it(visits.visit, True, unit=self.unit(plain), entry=pk, outcome=plain.outcome, id=plain.fact)
        assert not new

    @rule(which=st.integers(0, 30), outcome=st.sampled_from(SETTLING))
    def correct(self, which: int, outcome: str) -> None:
        pk, plain = self.some(which)
        allowed = plain.state == "answered"
        self.try_it(visits.correct_visit, allowed, unit=self.unit(plain), entry=pk, outcome=outcome)
        if allowed and not self.closed:
            plain.outcome = outcome
            plain.fact = Entry.objects.get(pk=pk).fact_id
            plain.pending.clear()

    @rule(which=st.integers(0, 30))
    def withdraw(self, which: int) -> None:
        pk, plain = self.some(which)
        allowed = plain.state == "answered"
        self.try_it(visits.withdraw_visit, allowed, unit=self.unit(plain), entry=pk)
        if allowed and not self.closed:
            plain.reset("outstanding")

    @rule(which=st.integers(0, 30))
    def choose(self, which: int) -> None:
        pk, plain = self.some(which)
        if not plain.pending or self.closed:
            return
        fact, outcome = next(iter(plain.pending.items()))
        self.try_it(actions.choose_answer, True, unit=self.unit(plain), entry=pk, fact_id=fact, reason=REASON)
        plain.outcome, plain.fact = outcome, fact
        plain.pending.clear()

    @rule(which=st.integers(0, 30))
    def excuse(self, which: int) -> None:
        pk, plain = self.some(which)
        allowed = plain.state in ("outstanding", "excused")
        done = self.try_it(actions.excuse, allowed, entries=[pk], reason=REASON)
        if done is not None:
            assert done == (plain.state == "outstanding")
            plain.reset("excused")

    @rule(which=st.integers(0, 30))
    def lift_excuse(self, which: int) -> None:
        pk, plain = self.some(which)
        allowed = plain.state == "excused"
        self.try_it(actions.lift_excuse, allowed, entries=[pk])
        if allowed and not self.closed:
            plain.reset("outstanding")

    @rule(one=st.sampled_from(VILLAGES), other=st.sampled_from(VILLAGES))
    @precondition(lambda self: not self.closed)
    def hand_over(self, one: str, other: str) -> None:
        if one == other:
            return
        moving = [p for p in self.model.values() if p.unit == one and p.state == "outstanding"]
        done = self.try_it(
            actions.hand_over_entries,
            True,
            parent=self.cast.root,
            unit=self.cast.units[one],
            into=self.cast.units[other],
            reason=REASON,
        )
        assert done == len(moving)
        for plain in moving:
            plain.unit = other

    @rule(village=st.sampled_from(VILLAGES))
    def add(self, village: str) -> None:
        expected = Expected(
            unit=self.cast.units[village].pk,
            subject_kind="unit",
            subject_id=self.cast.units["H"].pk,
            slot=str(self.now),
        )
        made = self.try_it(actions.add_entry, True, holder=self.cast.root, roll=self.roll, expected=expected)
        if made is not None:
            self.model[made] = Plain(village)

    @rule(which=st.integers(0, 30))
    def remove(self, which: int) -> None:
        pk, plain = self.some(which)
        allowed = plain.state is not None
        self.try_it(actions.remove_entry, allowed, holder=self.cast.root, entry=pk, reason=REASON)
        if allowed and not self.closed:
            plain.reset(None)

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        with self.tick(hours * 60):
            close_days(self.now)

    @rule()
    @precondition(lambda self: len(self.noted) > 3 and not self.closed)
    def close(self) -> None:
        self.try_it(actions.close_roll, True, holder=self.cast.root, roll=self.roll)
        self.closed = True

    def known(self, moment: Any) -> tuple[Any, Any]:
        roll = Roll.objects.get(pk=self.roll.pk)
        counted = coverage.count([roll], moment)[roll.pk].units
        counts = {u: (c.answered, c.excused, c.outstanding, c.late, c.unmet) for u, c in counted.items() if c.expected}
        names = [
            (state, n.entry, n.unit)
            for state in ("outstanding", "answered", "excused")
            for n in coverage.names(roll, moment, state=state)
        ]
        return counts, names

    @invariant()
    def the_counts_are_the_models(self) -> None:
        moment = self.now + timedelta(seconds=11)
        with clock.played_at(self.now + timedelta(seconds=22)):
            counts, names = self.known(moment)
        wanted: dict[Any, list[int]] = {}
        for plain in self.model.values():
            if plain.state is not None:
                row = wanted.setdefault(self.cast.units[plain.unit].pk, [0] * 5)
                row[("answered", "excused", "outstanding").index(plain.state)] += 1
                row[3] += plain.late
                row[4] += plain.unmet
        assert counts == {unit: tuple(row) for unit, row in wanted.items()}
        assert Counter(pk for _, pk, _ in names) == Counter(pk for pk, p in self.model.items() if p.state)
        assert {pk for state, pk, _ in names if state == "outstanding"} == {
            pk for pk, p in self.model.items() if p.state == "outstanding"
        }
        differing = set(Entry.objects.filter(roll=self.roll, differs=True).values_list("pk", flat=True))
        assert differing == {pk for pk, p in self.model.items() if p.pending}
        self.noted.append((moment, counts, names))

    def check_the_past(self) -> None:
        """Every noted moment, asked long after, with the closings there are and without any."""
        with clock.played_at(self.now + timedelta(days=3)):
            close_days(self.now + timedelta(days=3))
            assert proofs() == []
            for moment, counts, names in self.noted:
                assert self.known(moment) == (counts, names)
            Closing.objects.filter(roll=self.roll).delete()
            for moment, counts, names in self.noted:
                assert self.known(moment) == (counts, names)


def test_any_line_of_changes_keeps_every_moment_exact(cast: Cast) -> None:
    class OfThisCast(Machine):
        pass

    OfThisCast.cast = cast
    few = settings(max_examples=max(12, settings().max_examples // 4), stateful_step_count=25)
    run_state_machine_as_test(OfThisCast, settings=few)  # type: ignore[no-untyped-call]
