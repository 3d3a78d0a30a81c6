"""A month of answers, written without the actions and just as consistent: marks = entries = tallies, digests and macs.

Each entry has three marks: opened, nobody there, then answered (six of ten), excused (one of twenty) or nobody there
again. Answers come in batches of 20, each with an audit line of its own, as a field phone sends them.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from bench import ground

OUTSTANDING, ANSWERED, EXCUSED = "outstanding", "answered", "excused"
BATCH = 20
OPENED_AT_ONCE = 2000
WRITTEN_AT_ONCE = 5000
FACT = "roll.ruling"


@dataclass
class Writer:
    """Gathers rows and writes them by the thousand."""

    roll: Any
    facts: list[Any] = field(default_factory=list)
    marks: list[Any] = field(default_factory=list)
    lines: list[Any] = field(default_factory=list)
    deltas: dict[tuple[UUID, UUID], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 5))

    def line(self, at: datetime, line: UUID, rows: Sequence[Any]) -> None:
        """The audit line of one action that wrote these rows."""
        from muster.foundation import sql
        from muster.foundation.audit import digest_of_digests, mac_of
        from muster.foundation.facts import digest_of
        from muster.foundation.models import AuditLine

        digests = []
        for row in rows:
            digests.append(digest_of(row))
            if hasattr(row, "digest"):
                row.digest = digests[-1]
        row = sql.fresh(
            AuditLine,
            id=line,
            at=at,
            actor="bench",
            channel="field",
            verb="bench.fill",
            unit_path="",
            ids=json.dumps([str(rows[0].pk)]),
            input_hmac="0" * 64,
            facts_digest=digest_of_digests(digests),
            witnessed=len(rows),
            mac="",
        )
        row.mac = mac_of(row)
        self.lines.append(row)

    def mark(self, at: datetime, line: UUID, fact: UUID, entry: Any, after: str, outcome: str = "") -> Any:
        """The next mark of an entry; counts it too."""
        from muster.foundation import sql
        from muster.roll.book import count
        from muster.roll.models import Mark

        entry.n += 1
        row = sql.fresh(
            Mark,
            line=line,
            roll_id=self.roll.pk,
            entry_id=entry.id,
            n=entry.n,
            unit_id=entry.unit_id,
            before=None if entry.n == 1 else OUTSTANDING,
            after=after,
            outcome=outcome,
            fact_kind=FACT,
            fact_id=fact,
            recorded_at=at,
        )
        count(self.deltas, row)
        self.marks.append(row)
        return row

    def fact(self, at: datetime, line: UUID, unit: UUID, entry: UUID | None, what: str) -> Any:
        """One fact."""
        from muster.foundation import sql
        from muster.roll.models import Ruling

        row = sql.fresh(
            Ruling,
            line=line,
            incident=self.roll.incident_id,
            channel="field",
            happened_at=at,
            recorded_at=at,
            digest="",
            at_unit_id=unit,
            what=what,
            roll_id=self.roll.pk,
            entry_id=entry,
        )
        self.facts.append(row)
        return row

    def flush(self, at_least: int = 1) -> None:
        """Write what is gathered."""
        from muster.foundation import sql

        if len(self.marks) >= at_least:
            for rows in (self.facts, self.marks, self.lines):
                sql.insert(rows)
                rows.clear()


def fill(roll: Any, subjects: Sequence[tuple[UUID, str, UUID]], opened: datetime, end: datetime, seed: int) -> int:
    """Put these (unit, kind of subject, subject) on the roll and give them a month of marks; returns how many."""
    from django.db import transaction

    from muster.foundation import sql
    from muster.roll import statements

    writer = Writer(roll)
    entries = [_entry(roll, *subject) for subject in subjects]
    _without_foreign_keys()
    with transaction.atomic(), sql.one_cursor():
        _open(writer, entries, opened)
        _answer(writer, entries, opened, end, random.Random(seed))
        writer.flush()
        # Last, as they stand in the end.
        for part in sql.slices(entries, WRITTEN_AT_ONCE):
            sql.insert(part)
        statements.add_to_tallies(writer.deltas)
    return 3 * len(entries)


def _without_foreign_keys() -> None:
    """On SQLite a row that others wait for makes it search for them; PostgreSQL looks at the end."""
    from muster.foundation import sql

    if not sql.is_postgresql():
        sql.execute("PRAGMA foreign_keys=OFF")


def _entry(roll: Any, unit: UUID, kind: str, subject: UUID) -> Any:
    from muster.foundation import sql
    from muster.roll.identity import FIXED, mac_of
    from muster.roll.models import OUTSTANDING, Entry

    columns = {"roll_id": roll.pk, "unit_id": unit, "subject_kind": kind, "subject_id": subject}
    row = sql.fresh(Entry, **columns, due_at=roll.due_at, state=OUTSTANDING, mac="")
    row.mac = mac_of([vars(row)[name] for name in FIXED])
    return row


def _open(writer: Writer, entries: Sequence[Any], at: datetime) -> None:
    from muster.foundation import sql
    from muster.foundation.ids import new_id

    fact = None
    for part in sql.slices(entries, OPENED_AT_ONCE):
        line = new_id()
        rows = [writer.mark(at, line, fact, entry, OUTSTANDING) for entry in part] if fact else []
        if fact is None:
            opening = writer.fact(at, line, writer.roll.held_by_id, None, "opened")
            fact = opening.id
            rows = [opening, *(writer.mark(at, line, fact, entry, OUTSTANDING) for entry in part)]
        writer.line(at, line, rows)
        writer.flush(WRITTEN_AT_ONCE)


def _answer(writer: Writer, entries: Sequence[Any], opened: datetime, end: datetime, rng: random.Random) -> None:
    """Two marks an entry, spread over the time, in its order."""
    from muster.foundation.ids import new_id

    plan: list[tuple[float, int, str]] = []
    for i in range(len(entries)):
        first, second = sorted((rng.random(), rng.random()))
        plan += [(first, i, OUTSTANDING), (second, i, rng.choices((ANSWERED, EXCUSED, OUTSTANDING), (60, 5, 35))[0])]
    plan.sort()
    for start in range(0, len(plan), BATCH):
        part = plan[start : start + BATCH]
        line, at = new_id(), opened + (end - opened) * part[-1][0]
        rows = []
        for _, i, after in part:
            entry = entries[i]
            outcome = {ANSWERED: "met", EXCUSED: "", OUTSTANDING: "nobody"}[after]
            fact = writer.fact(at, line, entry.unit_id, entry.id, "visited")
            rows += [fact, writer.mark(at, line, fact.id, entry, after, outcome)]
            entry.state, entry.outcome = after, outcome if after == ANSWERED else ""
            entry.attempts += after == OUTSTANDING
            if after != OUTSTANDING:
                entry.settled_at, entry.fact_kind, entry.fact_id = at, FACT, fact.id
        writer.line(at, line, rows)
        writer.flush(WRITTEN_AT_ONCE)


def rolls(here: ground.District, number: int, opened: datetime) -> list[Any]:
    """Open rolls without a name on them yet, called by the district."""
    from muster.foundation.ids import new_id
    from muster.foundation.registry import ROLL_KINDS
    from muster.organisation.models import Unit
    from muster.roll.kinds import Effect, Outcome, RollKind, Words
    from muster.roll.models import Roll

    outcomes = {"met": Outcome("met"), "nobody": Outcome("nobody at home", Effect.ATTEMPT)}
    words = Words("visited", "not visited", "places")
    ROLL_KINDS.add("bench.visit", RollKind("bench.visit", "Visits", words, outcomes))
    root = Unit.objects.get(parent__isnull=True)
    return [
        Roll.objects.create(
            key=f"visits-{i}",
            kind="bench.visit",
            title=f"Visits {i}",
            figure=f"bench.visits.{i}",
            incident=here.incident,
            held_by=root,
            state=Roll.State.OPEN,
            opened_at=opened,
            source_kind="bench",
            source_id=new_id(),
        )
        for i in range(number)
    ]


def places(here: ground.District, number: int) -> list[tuple[UUID, str, UUID]]:
    """So many places to visit, shared out among the units."""
    from muster.foundation.ids import new_id

    return [(here.units[i % len(here.units)].pk, "place", new_id()) for i in range(number)]
