"""A roll under random work, with a plain model beside it.

Each step asks the real actions and a dozen lines of plain Python; after each, coverage is the model's. At the end
every snapshot noted on the way is asked for again, with closings and without, and marks = entries = tallies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import Phase, settings
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
from muster.foundation.facts import ClockBasis
from muster.foundation.ids import new_id
from muster.organisation.scope import covers
from muster.roll import closings, coverage
from muster.roll.actions import (
    add_entry,
    choose_answer,
    close_roll,
    excuse,
    hand_over_entries,
    lift_excuse,
    remove_entry,
)
from muster.roll.attempts import SAME_TAP, note_attempt
from muster.roll.kinds import Effect, Expected
from muster.roll.models import Closing, Entry, Roll, Ruling
from tests.cast import REASON, START, Cast, proofs
from tests.roll.visits import KIND, correct_visit, open_visits, visit, withdraw_visit

CODES = ("A1", "A2", "A3", "B1")
"""Where the entries are; the first three may be handed over among each other."""
DUE = START + timedelta(hours=30)
OUTCOMES = sorted(KIND.outcomes)
Counts = tuple[int, int, int, int, int]


@dataclass
class Plain:
    """How an entry stands, by the rules as prose says them."""

    unit: str
    state: str = "outstanding"
    outcome: str = ""
    late: bool = False
    pending: dict[UUID, str] = field(default_factory=dict)
    """Answers that differ from the one that stands, by fact."""
    attempts: int = 0
    facts: list[UUID] = field(default_factory=list)
    """Every answer that was sent, whatever came of it."""
    stands: UUID | None = None
    called: dict[str, datetime] = field(default_factory=dict)
    """When each caller was last heard by nobody."""

    def rest(self, state: str) -> None:
        self.state, self.outcome, self.late, self.pending, self.stands = state, "", False, {}, None

    @property
    def unmet(self) -> bool:
        return self.state == "answered" and KIND.outcomes[self.outcome].effect is Effect.UNMET


@dataclass
class Snapshot:
    """What was said at a moment: counts by unit, and who was outstanding, answered and excused, by name."""

    at: datetime
    counts: dict[str, Counts]
    names: dict[str, set[tuple[str, UUID, str]]]


class RollMachine(RuleBasedStateMachine):
    """The cast is made once; each run works in a savepoint that is rolled back."""

    cast: Cast

    @initialize(count=st.integers(2, 6), by_unit=st.lists(st.sampled_from(CODES), min_size=6, max_size=6))
    def open(self, count: int, by_unit: list[str]) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = START
        self.closed = False
        self.people = sorted(p.pk for p in self.cast.people.values())
        expected = [
            Expected(self.cast.units[code].pk, "person", person)
            for code, person in zip(by_unit[:count], self.people, strict=False)
        ]
        with clock.played_at(self.now):
            self.roll = open_visits(
                by=self.cast.commander,
                holder=self.cast.root,
                incident=self.cast.incident,
                expected=expected,
                due_at=DUE,
            )
        rows = Entry.objects.filter(roll=self.roll)
        self.ids = {row.subject_id: row.pk for row in rows}
        self.plain = {self.ids[e.subject_id]: Plain(by_unit[i]) for i, e in enumerate(expected)}
        self.snapshots: list[Snapshot] = []
        self.codes = {unit.pk: code for code, unit in self.cast.units.items()}

    # -- steps

    def _at(self, seconds: int) -> Any:
        """The next moment: no two steps share one."""
        self.now += timedelta(seconds=seconds)
        return clock.played_at(self.now)

    def _entry(self, place: int) -> tuple[UUID, Plain]:
        keys = sorted(self.plain)
        key = keys[place % len(keys)]
        return key, self.plain[key]

    def _try(self, refused: str | None, verb: Any, **asked: Any) -> Any:
        """Ask the verb; it must be refused with this code, or not at all. A roll that is closed takes nothing new."""
        return self._say({"roll.closed", refused} - {None} if self.closed else {refused}, verb, **asked)

    def _say(self, wanted: set[str | None], verb: Any, **asked: Any) -> Any:
        """Ask the verb; it must be refused with one of these codes; none stands for not at all."""
        try:
            done = verb(**asked)
        except Refusal as refusal:
            code = refusal.code
        else:
            code = None
        assert code in wanted
        return done if code is None else None

    STEP = st.sampled_from([1, 7, 600, 7200, 20_000])
    PLACE = st.integers(0, 11)

    @rule(place=PLACE, outcome=st.sampled_from(OUTCOMES), seconds=STEP, basis=st.sampled_from(ClockBasis.values))
    def answer(self, place: int, outcome: str, seconds: int, basis: str) -> None:
        key, plain = self._entry(place)
        fact, unit = new_id(), self.cast.units[plain.unit]
        with self._at(seconds):
            new = self._try(
                "entry.removed" if plain.state == "gone" else None,
                visit, by=self.cast.commander, unit=unit, entry=key, outcome=outcome, id=fact, clock_basis=basis,
            )  # fmt: skip
        if self.closed or plain.state == "gone":
            return
        assert new == (not (plain.state == "answered" and plain.outcome == outcome))
        if new:
            plain.facts.append(fact)
        if KIND.outcomes[outcome].effect is Effect.ATTEMPT:
            plain.attempts += 1
        elif plain.state != "answered":
            plain.state, plain.outcome, plain.stands = "answered", outcome, fact
            plain.late = self.now > DUE and basis != ClockBasis.DEVICE
            plain.pending = {}
        elif plain.outcome != outcome:
            plain.pending[fact] = outcome

    @rule(place=PLACE, again=PLACE, outcome=st.sampled_from(OUTCOMES), seconds=STEP)
    def send_again(self, place: int, again: int, outcome: str, seconds: int) -> None:
        key, plain = self._entry(place)
        if not plain.facts:
            return
        fact = plain.facts[again % len(plain.facts)]
        with self._at(seconds):
            unit = self.cast.units[plain.unit]
            assert visit(by=self.cast.commander, unit=unit, entry=key, outcome=outcome, id=fact) is False

    @rule(place=PLACE, who=st.sampled_from(("commander", "second")), seconds=STEP)
    def call_in_vain(self, place: int, who: str, seconds: int) -> None:
        key, plain = self._entry(place)
        with self._at(seconds):
            asked = {"by": getattr(self.cast, who), "unit": self.cast.units[plain.unit], "entry": key}
            if who in plain.called and self.now - plain.called[who] < SAME_TAP:
                assert note_attempt(**asked) is False
                return
            new = self._try("entry.removed" if plain.state == "gone" else None, note_attempt, **asked)
        if new:
            plain.attempts += 1
            plain.called[who] = self.now
        assert bool(new) == (not self.closed and plain.state != "gone")

    def _to_mend(self, place: int) -> tuple[UUID, Plain]:
        """Any entry; on a closed roll mostly one that was answered, for only those are mended there."""
        answered = sorted(key for key, plain in self.plain.items() if plain.state == "answered")
        if not self.closed or not answered or place % 4 == 0:
            return self._entry(place)
        key = answered[place % len(answered)]
        return key, self.plain[key]

    def _mend(self, plain: Plain, verb: Any, who: str, reason: str, **asked: Any) -> bool:
        """Mend an answer, as its author or as somebody who leads; True when that was not refused.

        An author mends until the roll closes, then a lead with a reason.
        """
        refused = {"answered": None, "gone": "entry.removed"}.get(plain.state, "entry.not_answered")
        if self.closed:
            by_lead = None if reason else "reason.needed"
            refused = "roll.closed" if refused else ("roll.ask_lead" if who == "author" else by_lead)
        by = {"author": self.cast.member, "above": self.cast.town_lead}.get(who, self.cast.commander)
        unit = self.cast.units[plain.unit]
        if who == "above" and not covers(self.cast.town.path, unit.path):
            refused = "rights.refused"
        author = self.cast.people["m_a1_1"] if who == "author" else None
        self._say({refused}, verb, by=by, unit=unit, author=author, reason=reason, **asked)
        return refused is None

    WHO = st.sampled_from(("commander", "above", "author"))
    REASONS = st.sampled_from((REASON, ""))

    @rule(place=PLACE, outcome=st.sampled_from(OUTCOMES), who=WHO, reason=REASONS, seconds=STEP)
    def correct(self, place: int, outcome: str, who: str, reason: str, seconds: int) -> None:
        key, plain = self._to_mend(place)
        with self._at(seconds):
            done = self._mend(plain, correct_visit, who, reason, entry=key, outcome=outcome)
        if not done:
            return
        if KIND.outcomes[outcome].effect is Effect.ATTEMPT:
            plain.rest("outstanding")
            plain.attempts += 1
        else:
            plain.outcome, plain.pending = outcome, {}
            plain.stands = Ruling.objects.latest("recorded_at").pk

    @rule(place=PLACE, who=WHO, reason=REASONS, seconds=STEP)
    def withdraw(self, place: int, who: str, reason: str, seconds: int) -> None:
        key, plain = self._to_mend(place)
        with self._at(seconds):
            if self._mend(plain, withdraw_visit, who, reason, entry=key):
                plain.rest("outstanding")

    @rule(place=PLACE, which=PLACE, seconds=STEP)
    def choose(self, place: int, which: int, seconds: int) -> None:
        key, plain = self._entry(place)
        choices = [f for f in (*plain.pending, plain.stands) if f] if plain.pending else plain.facts
        if not choices:
            return
        fact = choices[which % len(choices)]
        refused = None if plain.pending else "entry.no_difference"
        with self._at(seconds):
            self._say(
                {refused}, choose_answer, by=self.cast.commander, unit=self.cast.units[plain.unit], entry=key,
                fact_id=fact, reason=REASON,
            )  # fmt: skip
        if not refused:
            plain.outcome = plain.pending.get(fact, plain.outcome)
            plain.stands, plain.pending = fact, {}

    @rule(places=st.sets(PLACE, min_size=1, max_size=3), seconds=STEP)
    def excuse(self, places: set[int], seconds: int) -> None:
        some = dict(self._entry(place) for place in places)
        states = [self.plain[key].state for key in sorted(some)]
        wrong = {"gone": "entry.removed", "answered": "entry.answered"}
        refused = next((wrong[state] for state in states if state in wrong), None)
        with self._at(seconds):
            done = self._try(refused, excuse, by=self.cast.commander, entries=sorted(some), reason=REASON)
        if self.closed or refused:
            return
        assert done == states.count("outstanding")
        for plain in some.values():
            plain.state = "excused"

    @rule(place=PLACE, seconds=STEP)
    def lift(self, place: int, seconds: int) -> None:
        key, plain = self._entry(place)
        wrong = {"gone": "entry.removed", "answered": "entry.answered", "outstanding": "entry.not_excused"}
        with self._at(seconds):
            self._try(wrong.get(plain.state), lift_excuse, by=self.cast.commander, entries=[key])
        if not self.closed and plain.state == "excused":
            plain.state = "outstanding"

    @rule(pair=st.permutations(CODES[:3]), seconds=STEP)
    def hand_over(self, pair: list[str], seconds: int) -> None:
        unit, into = pair[:2]
        with self._at(seconds):
            done = hand_over_entries(
                by=self.cast.town_lead, parent=self.cast.town, unit=self.cast.units[unit], into=self.cast.units[into],
                reason=REASON,
            )  # fmt: skip
        here = [p for p in self.plain.values() if p.unit == unit and p.state == "outstanding" and not self.closed]
        assert done == len(here)
        for plain in here:
            plain.unit = into

    @rule(person=st.integers(0, 8), code=st.sampled_from(CODES), seconds=STEP)
    def add(self, person: int, code: str, seconds: int) -> None:
        subject = self.people[person]
        known = self.plain.get(self.ids.get(subject, UUID(int=0)))
        expected = Expected(self.cast.units[code].pk, "person", subject)
        refused = "entry.there" if known and known.state != "gone" else None
        if self.closed and refused:
            return
        with self._at(seconds):
            key = self._try(
                refused, add_entry, by=self.cast.clerk, holder=self.cast.root, roll=self.roll, expected=expected
            )
        if self.closed or refused:
            return
        if known:
            known.rest("outstanding")
            known.unit = code
        else:
            self.ids[subject] = key
            self.plain[key] = Plain(code)

    @rule(place=PLACE, seconds=STEP)
    def remove(self, place: int, seconds: int) -> None:
        key, plain = self._entry(place)
        refused = "entry.removed" if plain.state == "gone" else None
        if self.closed and refused:
            return
        with self._at(seconds):
            self._try(refused, remove_entry, by=self.cast.commander, holder=self.cast.root, entry=key, reason=REASON)
        if not self.closed and not refused:
            plain.rest("gone")

    @precondition(lambda self: len(self.snapshots) > 7)
    @rule(seconds=STEP)
    def close(self, seconds: int) -> None:
        was_closed, self.closed = self.closed, False
        with self._at(seconds):
            refused = "roll.not_open" if was_closed else None
            self._try(refused, close_roll, by=self.cast.commander, holder=self.cast.root, roll=self.roll)
        self.closed = True

    @rule()
    def a_day_ends(self) -> None:
        with self._at(3600):
            closings.close_days(clock.settled())

    # -- what must hold

    def _model(self) -> dict[str, Counts]:
        found: dict[str, Counts] = {}
        for code in CODES:
            here = [p for p in self.plain.values() if p.unit == code and p.state != "gone"]
            states = [p.state for p in here]
            counts = tuple(states.count(s) for s in ("outstanding", "answered", "excused"))
            if any(counts):
                found[code] = (*counts, sum(p.late for p in here), sum(p.unmet for p in here))  # type: ignore[assignment]
        return found

    def _counted(self, moment: datetime) -> dict[str, Counts]:
        counted = coverage.count([self.roll], moment)[self.roll.pk].units
        return {
            self.codes[unit]: (c.outstanding, c.answered, c.excused, c.late, c.unmet) for unit, c in counted.items()
        }

    def _named(self, moment: datetime) -> dict[str, set[tuple[str, UUID, str]]]:
        return {
            state: {
                (self.codes[n.unit], n.subject_id, n.outcome) for n in coverage.names(self.roll, moment, state=state)
            }
            for state in ("outstanding", "answered", "excused")
        }

    @invariant()
    def coverage_is_the_models(self) -> None:
        self.roll = Roll.objects.get(pk=self.roll.pk)
        with clock.played_at(self.now):
            counts, names = self._counted(self.now), self._named(self.now)
        assert counts == self._model()
        subjects = {key: subject for subject, key in self.ids.items()}
        for state, found in names.items():
            standing = {
                (p.unit, subjects[key], p.outcome if state == "answered" else "")
                for key, p in self.plain.items()
                if p.state == state
            }
            told = {(unit, subject, outcome if state == "answered" else "") for unit, subject, outcome in found}
            assert told == standing
        self.snapshots.append(Snapshot(self.now, counts, names))

    def teardown(self) -> None:
        if not hasattr(self, "atomic"):
            return
        try:
            self._everything_can_be_asked_again()
            self._entries_are_the_models()
            assert proofs() == []
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def _everything_can_be_asked_again(self) -> None:
        with clock.played_at(self.now + timedelta(seconds=11)):
            for snapshot in self.snapshots:
                assert self._counted(snapshot.at) == snapshot.counts
        with clock.played_at(self.now + timedelta(days=3)):
            closings.close_days(clock.settled())
            self._ask_all()
            Closing.objects.all().delete()
            for snapshot in self.snapshots:
                assert self._counted(snapshot.at) == snapshot.counts

    def _ask_all(self) -> None:
        for snapshot in self.snapshots:
            assert self._counted(snapshot.at) == snapshot.counts
            assert self._named(snapshot.at) == snapshot.names

    def _entries_are_the_models(self) -> None:
        rows = Entry.objects.filter(roll=self.roll).in_bulk()
        assert set(rows) == set(self.plain)
        for key, plain in self.plain.items():
            row = rows[key]
            assert (row.state or "gone", row.outcome, row.attempts) == (plain.state, plain.outcome, plain.attempts)
            assert (row.late, row.unmet, row.differs) == (plain.late, plain.unmet, bool(plain.pending))


@pytest.mark.django_db
def test_a_roll_is_what_the_plain_model_says(cast: Cast) -> None:
    class Machine(RollMachine):
        pass

    Machine.cast = cast
    thorough = settings.get_current_profile_name() == "thorough"
    chosen = settings() if thorough else settings(max_examples=20, stateful_step_count=30, phases=[Phase.generate])
    run_state_machine_as_test(Machine, settings=chosen)
