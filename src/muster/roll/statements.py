"""The statements behind the open book, in the words of either engine.

An answer is made of few and short ones, because 8,000 people answer at once: lock, read, append, update.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection

from muster.foundation import sql
from muster.roll.rules import Standing

if TYPE_CHECKING:
    from muster.roll.book import Open

_ENTRY = (
    "id, roll_id, unit_id, subject_kind, subject_id, slot, due_at, state, outcome, late, unmet, differs, n, attempts,"
    " fact_kind, fact_id, assignee_id, settled_at"
)


@dataclass(frozen=True)
class Chosen:
    """Rolls chosen by a query of their ids, so that an answer finds and locks its entries by one statement."""

    statement: str
    values: Sequence[Any]


def lock(
    *,
    entries: Collection[UUID] = (),
    subjects: Sequence[tuple[str, UUID]] = (),
    rolls: Collection[UUID] | Chosen = (),
) -> list[Open]:
    """Lock entries in the order of their ids and read them."""
    where: str
    values: list[Any]
    if entries:
        where = f"id IN ({sql.placeholders(list(entries))})"
        values = [sql.uuid_value(i) for i in entries]
    elif subjects and rolls:
        chosen = rolls if isinstance(rolls, Chosen) else _ids(rolls)
        values = [*chosen.values]
        # By kind, not by pair: a long chain of OR is no search by the index on SQLite.
        parts = []
        for kind in sorted({kind for kind, _ in subjects}):
            ids = [sql.uuid_value(subject) for k, subject in subjects if k == kind]
            parts.append(f"(subject_kind = %s AND subject_id IN ({sql.placeholders(ids)}))")
            values += [kind, *ids]
        where = f"roll_id IN ({chosen.statement}) AND ({' OR '.join(parts)})"
    else:
        return []
    # A row lock that lets foreign keys pass; SQLite's transaction has the whole file already.
    ending = " FOR NO KEY UPDATE" if sql.is_postgresql() else ""
    found = sql.rows(f"SELECT {_ENTRY} FROM roll_entry WHERE {where} ORDER BY id{ending}", values)
    return [_open(row) for row in found]


def lock_rolls(rolls: Sequence[UUID]) -> None:
    """Lock rolls, then all their entries in the order of their ids; however many there are, none is read."""
    if not rolls or not sql.is_postgresql():
        return
    wanted = sql.placeholders(rolls)
    sql.rows(f"SELECT id FROM roll_roll WHERE id IN ({wanted}) ORDER BY id FOR NO KEY UPDATE", rolls)
    sql.rows(
        "SELECT count(*) FROM (SELECT id FROM roll_entry"
        f" WHERE roll_id IN ({wanted}) ORDER BY id FOR NO KEY UPDATE) AS locked",
        rolls,
    )


def _ids(rolls: Collection[UUID]) -> Chosen:
    return Chosen(sql.placeholders(list(rolls)), [sql.uuid_value(r) for r in rolls])


def _open(row: tuple[Any, ...]) -> Open:
    from muster.roll.book import Open

    pk, roll, unit, kind, subject, slot, due, *standing, n, attempts, fact_kind, fact, assignee, settled = row
    state, outcome, late, unmet, differs = standing
    uuid = sql.as_uuid
    return Open(
        id=uuid(pk),  # type: ignore[arg-type]
        roll=uuid(roll),  # type: ignore[arg-type]
        unit=uuid(unit),  # type: ignore[arg-type]
        subject_kind=kind,
        subject_id=uuid(subject),  # type: ignore[arg-type]
        slot=slot,
        due_at=sql.as_time(due),
        standing=Standing(state, outcome, bool(late), bool(unmet), bool(differs), attempts),
        n=n,
        fact_kind=fact_kind,
        fact_id=uuid(fact),
        assignee=uuid(assignee),
        settled_at=sql.as_time(settled),
    )


def fact_marked(entry: UUID, fact: UUID) -> bool:
    """Whether this fact marked this entry before."""
    values = [sql.uuid_value(entry), sql.uuid_value(fact)]
    return bool(sql.rows("SELECT 1 FROM roll_mark WHERE entry_id = %s AND fact_id = %s LIMIT 1", values))


_SET = (
    "unit_id",
    "state",
    "outcome",
    "late",
    "unmet",
    "differs",
    "n",
    "attempts",
    "settled_at",
    "fact_kind",
    "fact_id",
)
_TYPES = (
    "uuid", "text", "text", "bool", "bool", "bool", "int", "int", "timestamptz", "text", "uuid", "uuid",
)  # fmt: skip
_UPDATE = f"UPDATE roll_entry SET {', '.join(f'{c} = %s' for c in _SET)} WHERE id = %s"
_UPDATE_MANY = (
    f"UPDATE roll_entry e SET {', '.join(f'{c} = x.{c}' for c in _SET)} FROM unnest("
    + ", ".join(f"%s::{t}[]" for t in _TYPES)
    + f") AS x({', '.join(_SET)}, key) WHERE e.id = x.key"
)


def update_entries(entries: Sequence[Open]) -> None:
    """Bring the caches of entries up to their marks: one statement for one, one for all on PostgreSQL."""
    if not entries:
        return
    values = [_values(e) for e in entries]
    if len(values) > 1 and sql.is_postgresql():
        sql.execute(_UPDATE_MANY, [list(column) for column in zip(*values, strict=True)])
    else:
        sql.execute_many(_UPDATE, values)


def _values(entry: Open) -> list[Any]:
    s = entry.standing
    return [
        sql.uuid_value(entry.unit),
        s.state,
        s.outcome,
        s.late,
        s.unmet,
        s.differs,
        entry.n,
        s.attempts,
        sql.time_value(entry.settled_at),
        entry.fact_kind,
        sql.uuid_value(entry.fact_id),
        sql.uuid_value(entry.id),
    ]


_ADD = (
    "UPDATE roll_tally SET outstanding = outstanding + %s, answered = answered + %s, excused = excused + %s,"
    " late = late + %s, unmet = unmet + %s WHERE roll_id = %s AND unit_id = %s"
)
_ZERO = (
    "INSERT INTO roll_tally (roll_id, unit_id, outstanding, answered, excused, late, unmet)"
    " VALUES (%s, %s, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING"
)


def add_to_tally(deltas: Mapping[tuple[UUID, UUID], Sequence[int]]) -> Callable[[], None]:
    """Add to one tally; what is returned makes sure of it once the statement is done: a missing tally is made."""
    ((roll, unit), change), *_none = deltas.items()
    if not any(change):
        return lambda: None
    key = [sql.uuid_value(roll), sql.uuid_value(unit)]
    cursor = connection.cursor()
    cursor.execute(_ADD, [*change, *key])

    def sure() -> None:
        if cursor.rowcount == 0:
            sql.execute(_ZERO, key)
            sql.execute(_ADD, [*change, *key])
        cursor.close()

    return sure


def add_to_tallies(deltas: Mapping[tuple[UUID, UUID], Sequence[int]]) -> None:
    """Add sums to the tallies, in the order of roll and unit; a missing tally is made first."""
    changes = [
        ([sql.uuid_value(roll), sql.uuid_value(unit)], change)
        for (roll, unit), change in sorted(deltas.items())
        if any(change)
    ]
    if changes:
        rolls = list({roll for roll, _ in deltas})
        here = f"SELECT roll_id, unit_id FROM roll_tally WHERE roll_id IN ({sql.placeholders(rolls)})"
        standing = set(sql.rows(here, [sql.uuid_value(roll) for roll in rolls]))
        sql.execute_many(_ZERO, [key for key, _ in changes if tuple(key) not in standing])
        sql.execute_many(_ADD, [[*change, *key] for key, change in changes])
