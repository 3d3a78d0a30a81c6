"""The open book: entries locked, marks written, caches kept. The only writer of marks, entries and tallies.

    book = open_book(entries=[...])         # locks in id order, then takes the moment
    done = book.answer(entry, fact, outcome="will_do")
    book.write()                            # facts, marks, entries, tallies

It works only inside an action. Locks are always taken in the same order (entries by id, then tallies by roll and
unit), so that two actions never wait for each other in a circle (decision 5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from muster.foundation import facts, sql
from muster.foundation.action import current_line, locked
from muster.foundation.errors import Refusal, not_found, text
from muster.foundation.facts import Fact
from muster.organisation.incidents import is_closed
from muster.organisation.models import Unit
from muster.roll import mending, rules, statements
from muster.roll.identity import FIXED, mac_of
from muster.roll.kinds import Expected, RollKind, kind_of
from muster.roll.models import ANSWERED, EXCUSED, OUTSTANDING, Entry, Mark, Roll
from muster.roll.rules import Decision, Standing
from muster.roll.statements import Chosen

SUCCESSOR = "successor"
"""Reason of a mark that hands an entry to the unit in which its own goes on."""
Delta = dict[tuple[UUID, UUID], list[int]]
COLUMNS = (OUTSTANDING, ANSWERED, EXCUSED)


@dataclass(slots=True)
class Open:
    """An entry that is locked: who and what it is, and how it stands."""

    id: UUID
    roll: UUID
    unit: UUID
    subject_kind: str
    subject_id: UUID
    slot: str
    due_at: datetime | None
    standing: Standing
    n: int
    fact_kind: str
    fact_id: UUID | None
    assignee: UUID | None
    settled_at: datetime | None
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """The roll of a locked entry, as the book needs it."""

    id: UUID
    kind: RollKind
    state: str
    due_at: datetime | None
    held_by: UUID
    incident: UUID
    source: UUID
    zone: str
    """The district's, read with the roll: a fact's day is one of it, and no answer costs another statement."""
    incident_ended: bool = False


@dataclass
class Book:
    """Locked entries and what is about to be written about them."""

    at: datetime
    entries: dict[UUID, Open]
    calls: dict[UUID, Call]
    marks: list[Mark] = field(default_factory=list)
    facts: dict[type[Fact], dict[UUID, Fact]] = field(default_factory=lambda: defaultdict(dict))
    added: list[UUID] = field(default_factory=list)
    deltas: Delta = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0, 0, 0]))

    def call_of(self, entry: Open) -> Call:
        """The entry's roll."""
        return self.calls[entry.roll]

    def record(self, fact: Fact, happened_at: datetime | None = None) -> None:
        """Write a fact with this book, at the book's moment; the same fact may mark several entries.

        Without happened_at, it happened now.
        """
        if fact.id in self.facts[type(fact)]:
            return
        by = current_line().by
        fact.recorded_at = self.at
        fact.happened_at = happened_at or self.at
        fact.channel = by.channel
        if fact.by_person is None:
            fact.by_person = by.person_id
        self.facts[type(fact)][fact.id] = fact
        current_line().note(fact.id)

    def answer(self, entry: Open, fact: Fact, outcome: str, happened_at: datetime | None = None) -> bool:
        """An answer to an entry; True when it changes or adds something, False for a duplicate.

        Raises: Refusal when the roll is not open.
        """
        if self._seen(entry, fact):
            return False
        call = self._open_call(entry)
        late = rules.is_late(entry.due_at or call.due_at, happened_at or self.at, fact.clock_basis)
        decision = rules.answer(entry.standing, outcome, call.kind.outcomes[outcome].effect, late=late)
        if decision is None:
            return False
        self.record(fact, happened_at)
        self._mark(entry, fact, decision, outcome=outcome)
        return True

    def note_attempt(self, entry: Open, fact: Fact) -> None:
        """Somebody called and reached nobody. Raises: Refusal when the roll is not open."""
        self._open_call(entry)
        decision = rules.attempt(entry.standing)
        self.record(fact)
        self._mark(entry, fact, decision)

    def correct(self, entry: Open, fact: Fact, outcome: str, reason: str = "") -> None:
        """The answer that stands is corrected by a fact that names it.

        Raises: Refusal when the roll is not open, unless it has closed and a lead gives a reason why.
        """
        fact.corrects = entry.fact_id
        self.correct_too(entry, fact, outcome, reason)

    def correct_too(self, entry: Open, fact: Fact, outcome: str, reason: str = "") -> None:
        """The same correction, for another entry that the corrected fact answered too."""
        call = self._call_to_mend(entry, "correction", reason)
        decision = rules.correct(entry.standing, outcome, call.kind.outcomes[outcome].effect)
        self.record(fact)
        self._mark(entry, fact, replace(decision, reason=reason), outcome=outcome)

    def withdraw(self, entry: Open, fact: Fact, reason: str) -> None:
        """The answer that stands is taken back.

        Raises: Refusal when the roll is not open, unless it has closed and it is a lead who takes it back.
        """
        self._call_to_mend(entry, "withdrawal", reason)
        decision = rules.withdraw(entry.standing)
        fact.corrects = fact.corrects or entry.fact_id
        self.record(fact)
        self._mark(entry, fact, replace(decision, reason=reason))

    def rule(self, entry: Open, fact: Fact, decision: Decision | None, reason: str = "") -> bool:
        """An office's decision on an entry; False when nothing changes."""
        self._open_call(entry)
        if decision is None:
            return False
        self.record(fact)
        self._mark(entry, fact, replace(decision, reason=reason or decision.reason))
        return True

    def hand_over(self, entry: Open, fact: Fact, to_unit: UUID, reason: str) -> None:
        """Another unit sees to it from now on."""
        self._open_call(entry)
        self.record(fact)
        self._move(entry, fact, to_unit, reason)

    def join(self, entry: Open, fact: Fact) -> None:
        """A name comes onto the roll."""
        self.record(fact)
        self.entries[entry.id] = entry
        self.added.append(entry.id)
        self._mark(entry, fact, Decision(Standing(state=OUTSTANDING)), keep_fact=True)

    def settle_by(self, entry: Open, ruling: Fact, decision: Decision, chosen: Mark, reason: str) -> None:
        """Somebody chose between two answers: the chosen fact stands from now on."""
        self._call_to_mend(entry, "correction", reason)
        self._mark(entry, ruling, replace(decision, reason=reason), outcome=chosen.outcome, keep_fact=True)
        entry.fact_kind, entry.fact_id = chosen.fact_kind, chosen.fact_id

    def write(self, beside: Sequence[models.Model] = ()) -> None:
        """Append the facts and the marks, and bring entries and tallies up to them.

        beside: rows of one model, of the answer's own room, that come with it. One answer is sent to PostgreSQL in one
        go: it costs half of what it waits for (ratio to raw SQL with one client 0.43 without, 0.51 with).
        """
        # What names another row follows it: SQLite else searches for whoever waits for that row.
        sql.insert([_row_of(self.entries[e]) for e in self.added])
        if len(self.marks) == 1 and len(self.deltas) == 1 and not self.added:
            with sql.together():
                self._write_rows()
                make_sure = statements.add_to_tally(self.deltas)
                sql.insert(beside)
            make_sure()
        else:
            self._write_rows()
            statements.add_to_tallies(self.deltas)
            sql.insert(beside)

    def _write_rows(self) -> None:
        for rows in self.facts.values():
            facts.record(list(rows.values()))
        facts.record(self.marks)
        added = set(self.added)
        statements.update_entries([e for e in self.entries.values() if e.changed and e.id not in added])

    # -- inside

    def _open_call(self, entry: Open) -> Call:
        call = self.calls[entry.roll]
        if call.state != Roll.State.OPEN:
            raise not_open(call.state)
        return call

    def _call_to_mend(self, entry: Open, use: str, reason: str) -> Call:
        """The entry's roll, when its answer may be mended: while it is open, and by a lead once it has closed."""
        call = self.calls[entry.roll]
        if call.state != Roll.State.CLOSED or entry.standing.state != ANSWERED:
            return self._open_call(entry)
        if call.incident_ended:
            raise is_closed()
        mending.require_mender(current_line().by, entry.unit, use, reason)
        return call

    def _seen(self, entry: Open, fact: Fact) -> bool:
        """Whether this very fact marked the entry before, even if it was withdrawn since."""
        if entry.fact_id is None and entry.n <= 1:
            return False
        return statements.fact_marked(entry.id, fact.id)

    def _mark(
        self,
        entry: Open,
        fact: Fact,
        decision: Decision,
        *,
        outcome: str = "",
        leg: str = "",
        keep_fact: bool = False,
    ) -> None:
        before, after = entry.standing, decision.after
        mark = sql.fresh(
            Mark,
            line=current_line().id,
            roll_id=entry.roll,
            entry_id=entry.id,
            n=entry.n + 1,
            unit_id=entry.unit,
            before=before.state,
            after=after.state,
            outcome=outcome,
            late_delta=after.late - before.late,
            unmet_delta=after.unmet - before.unmet,
            fact_kind=fact.KIND,
            fact_id=fact.id,
            leg=leg,
            reason=decision.reason,
            by_person=fact.by_person,
            recorded_at=self.at,
        )
        self.marks.append(mark)
        count(self.deltas, mark)
        self._apply(entry, fact, decision, keep_fact)
        if after.state == OUTSTANDING and before.state in (ANSWERED, EXCUSED):
            self._follow_successor(entry, fact)

    def _follow_successor(self, entry: Open, fact: Fact) -> None:
        """What is asked again at a unit that was closed meanwhile is asked of the unit that goes on."""
        unit = successor_of(entry.unit)
        if unit is not None:
            self._move(entry, fact, unit, SUCCESSOR)

    def _move(self, entry: Open, fact: Fact, to_unit: UUID, reason: str) -> None:
        """Out at one unit, in at the other, one fact."""
        standing = entry.standing
        gone = Standing(state=None, attempts=standing.attempts)
        self._mark(entry, fact, Decision(gone, reason), leg="out", keep_fact=True)
        entry.unit = to_unit
        self._mark(entry, fact, Decision(standing, reason), outcome=standing.outcome, leg="in", keep_fact=True)

    def _apply(self, entry: Open, fact: Fact, decision: Decision, keep_fact: bool) -> None:
        before, after = entry.standing, decision.after
        entry.n += 1
        entry.changed = True
        if not keep_fact and decision.reason not in rules.KEPT_BESIDE:
            settled = after.state in (ANSWERED, EXCUSED)
            entry.fact_kind, entry.fact_id = (fact.KIND, fact.id) if settled else ("", None)
            if settled and before.state != after.state:
                entry.settled_at = self.at
            elif not settled:
                entry.settled_at = None
        entry.standing = after


def successor_of(unit: UUID) -> UUID | None:
    """The unit in which a closed one goes on, as far as that leads; None for a unit that is open. A query a step.

    Locked: a merge waits until what is written about the unit stands, or is waited for.
    """
    found = Unit.objects.select_for_update(no_key=True).get(pk=unit)
    if found.successor_id is None:
        return None
    return successor_of(found.successor_id) or found.successor_id


def count(deltas: Delta, mark: Mark) -> None:
    """Add what a mark changes to the sums of its roll and unit."""
    row = deltas[(mark.roll_id, mark.unit_id)]
    if mark.before is not None:
        row[COLUMNS.index(mark.before)] -= 1
    if mark.after is not None:
        row[COLUMNS.index(mark.after)] += 1
    row[3] += mark.late_delta
    row[4] += mark.unmet_delta


def open_book(
    *,
    entries: Collection[UUID] = (),
    subjects: Sequence[tuple[str, UUID]] = (),
    rolls: Collection[UUID] | Chosen = (),
    beside: Chosen | None = None,
) -> Book:
    """Lock entries, by their ids or by their subjects on some rolls, and open the book on them.

    beside: further rolls, on which the entries of the same subjects are locked too, by a statement of its own: whoever
    held the first lock before may have added one there, and a statement that waited for the lock does not see it.
    Raises: Refusal (404) when none is there.
    """
    found = statements.lock(entries=entries, subjects=subjects, rolls=rolls)
    if not found:
        raise not_found("entry.unknown")
    if beside is not None:
        found += statements.lock(subjects=list({(e.subject_kind, e.subject_id) for e in found}), rolls=beside)
    # The moment comes after all locks, so that no entry's marks go back in time.
    at = locked()
    calls = calls_of({entry.roll for entry in found})
    return Book(at=at, entries={e.id: e for e in found}, calls=calls)


def calls_of(ids: Iterable[UUID]) -> dict[UUID, Call]:
    """The rolls of locked entries, read after the lock: who closes a roll locks its entries first."""
    wanted = list(ids)
    rows = (
        sql.rows(
            "SELECT id, kind, state, due_at, held_by_id, incident_id, source_id,"
            " (SELECT closed_at IS NOT NULL FROM organisation_incident WHERE id = incident_id),"
            " (SELECT zone FROM organisation_district) FROM roll_roll "
            f"WHERE id IN ({sql.placeholders(wanted)})",
            [sql.uuid_value(i) for i in wanted],
        )
        if wanted
        else []
    )
    found = {}
    for pk, kind, state, due_at, *others, ended, zone in rows:
        held_by, incident, source = (_uuid(other) for other in others)
        place = (held_by, incident, source, zone, bool(ended))
        found[_uuid(pk)] = Call(_uuid(pk), kind_of(kind), state, sql.as_time(due_at), *place)
    return found


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def new_open(roll: UUID, expected: Expected) -> Open:
    """An entry that is not on the roll yet."""
    from muster.foundation.ids import new_id

    return Open(
        id=new_id(),
        roll=roll,
        unit=expected.unit,
        subject_kind=expected.subject_kind,
        subject_id=expected.subject_id,
        slot=expected.slot,
        due_at=expected.due_at,
        standing=Standing(state=None),
        n=0,
        fact_kind="",
        fact_id=None,
        assignee=expected.assignee,
        settled_at=None,
    )


def _row_of(entry: Open) -> Entry:
    standing = entry.standing
    row = Entry(
        id=entry.id,
        roll_id=entry.roll,
        unit_id=entry.unit,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        slot=entry.slot,
        assignee_id=entry.assignee,
        due_at=entry.due_at,
        state=standing.state,
        n=entry.n,
        attempts=standing.attempts,
    )
    row.mac = mac_of([getattr(row, name) for name in FIXED])
    return row


def not_open(state: str) -> Refusal:
    """The roll takes no answer in this state."""
    words = {
        Roll.State.WITHDRAWN: text("This was withdrawn; no answer is needed."),
        Roll.State.SUPERSEDED: text("A newer version is in force; answer that one."),
        Roll.State.CLOSED: text("This roll is closed."),
        Roll.State.OPENING: text("This roll is being opened."),
    }
    next_steps = {
        Roll.State.WITHDRAWN: text("There is nothing to do."),
        Roll.State.SUPERSEDED: text("Open the newer version in your list."),
        Roll.State.CLOSED: text("If something must be put right, ask the office that holds it."),
        Roll.State.OPENING: text("Try again in a minute."),
    }
    return Refusal(f"roll.{state}", words[Roll.State(state)], next_steps[Roll.State(state)])
