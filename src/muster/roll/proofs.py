"""`muster verify` for rolls: marks = entries = tallies = closings by recount, and each fact has its mark."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from muster.foundation import sql
from muster.foundation.registry import FACTS
from muster.roll.coverage import SUMS
from muster.roll.models import OUTSTANDING, Entry, Roll

SHOWN_MAX = 20


def outstanding_at(unit: UUID) -> int:
    """How many entries of open rolls are outstanding at a unit: what must be handed over before it closes."""
    return Entry.objects.filter(unit_id=unit, state=OUTSTANDING, roll__state=Roll.State.OPEN).count()


def _shown(statement: str, words: str, values: tuple[Any, ...] = ()) -> list[str]:
    rows = sql.rows(f"{statement} LIMIT {SHOWN_MAX}", values)
    return [words.format(*row) for row in rows]


_WINDOW = (
    "WITH m AS (SELECT entry_id, n, unit_id, before, after, leg, recorded_at,"
    " LAG(n) OVER w AS n0, LAG(after) OVER w AS after0, LAG(unit_id) OVER w AS unit0, LAG(leg) OVER w AS leg0,"
    " LAG(recorded_at) OVER w AS at0 FROM roll_mark WINDOW w AS (PARTITION BY entry_id ORDER BY n)) "
)


def prove_marks(**_: Any) -> list[str]:
    """Each mark goes on from the one before it: number, state, unit, and not earlier."""
    found = _shown(
        _WINDOW + "SELECT entry_id, n FROM m WHERE n <> COALESCE(n0, 0) + 1",
        "entry {0}: its marks do not count through at mark {1}",
    )
    found += _shown(
        _WINDOW + "SELECT entry_id, n FROM m WHERE COALESCE(before, '-') <> COALESCE(after0, '-')",
        "entry {0}: mark {1} does not begin where the mark before it ended",
    )
    found += _shown(
        _WINDOW + "SELECT entry_id, n FROM m WHERE n0 IS NOT NULL AND unit_id <> unit0 AND NOT"
        " (leg = 'in' AND leg0 = 'out')",
        "entry {0}: mark {1} changes the unit without a hand-over",
    )
    found += _shown(
        _WINDOW + "SELECT entry_id, n FROM m WHERE n0 IS NOT NULL AND recorded_at < at0",
        "entry {0}: mark {1} is recorded before the mark before it",
    )
    return found


def prove_entries(**_: Any) -> list[str]:
    """Each entry is what its marks say."""
    last = (
        " FROM roll_entry e LEFT JOIN roll_mark m ON m.entry_id = e.id AND m.n = e.n"
        " LEFT JOIN roll_mark x ON x.entry_id = e.id AND x.n = e.n + 1"
    )
    found = _shown(
        f"SELECT e.id, e.n {last} WHERE e.n = 0 OR m.id IS NULL OR x.id IS NOT NULL",
        "entry {0}: {1} marks are counted, which is not how many stand",
    )
    found += _shown(
        f"SELECT e.id, e.state, m.after {last}"
        " WHERE COALESCE(e.state, '-') <> COALESCE(m.after, '-') OR e.unit_id <> m.unit_id OR e.roll_id <> m.roll_id",
        "entry {0}: it says {1}, its last mark says {2}, or the unit differs",
    )
    sums = (
        " JOIN (SELECT entry_id, SUM(late_delta) AS late, SUM(unmet_delta) AS unmet FROM roll_mark"
        " GROUP BY entry_id) s ON s.entry_id = e.id WHERE (CASE WHEN e.late THEN 1 ELSE 0 END) <> s.late"
        " OR (CASE WHEN e.unmet THEN 1 ELSE 0 END) <> s.unmet"
    )
    found += _shown(f"SELECT e.id FROM roll_entry e {sums}", "entry {0}: late or unmet is not what its marks add up to")
    answers = (
        " FROM roll_entry e WHERE e.state = 'answered' AND NOT EXISTS (SELECT 1 FROM roll_mark m"
        " WHERE m.entry_id = e.id AND m.after = 'answered' AND m.outcome = e.outcome AND m.fact_id = e.fact_id)"
        " AND NOT EXISTS (SELECT 1 FROM roll_mark m WHERE m.entry_id = e.id AND m.n = e.n AND m.outcome = e.outcome)"
    )
    found += _shown(f"SELECT e.id, e.outcome {answers}", "entry {0}: no mark gives the answer {1}")
    return found


def prove_tallies(**_: Any) -> list[str]:
    """Each tally is the sum of the marks of its roll and unit, and none is missing."""
    marks = f"SELECT roll_id, unit_id, {_named(SUMS)} FROM roll_mark GROUP BY roll_id, unit_id"
    both = (
        f"FROM ({marks}) m FULL OUTER JOIN roll_tally t ON t.roll_id = m.roll_id AND t.unit_id = m.unit_id"
        if sql.is_postgresql()
        else ""
    )
    different = " OR ".join(f"COALESCE(m.{c}, 0) <> COALESCE(t.{c}, 0)" for c in _COUNTS)
    shown = "COALESCE(m.roll_id, t.roll_id), COALESCE(m.unit_id, t.unit_id), m.outstanding, m.answered, m.excused,"
    shown += " t.outstanding, t.answered, t.excused"
    words = (
        "tally of roll {0}, unit {1}: marks give outstanding {2}, answered {3}, excused {4};"
        " it says {5}, {6}, {7}, or late and unmet differ"
    )
    if both:
        return _shown(f"SELECT {shown} {both} WHERE {different}", words)
    left = f"FROM ({marks}) m LEFT JOIN roll_tally t ON t.roll_id = m.roll_id AND t.unit_id = m.unit_id"
    found = _shown(f"SELECT {shown} {left} WHERE {different}", words)
    alone = f"FROM roll_tally t LEFT JOIN ({marks}) m ON t.roll_id = m.roll_id AND t.unit_id = m.unit_id"
    return found + _shown(f"SELECT {shown} {alone} WHERE m.roll_id IS NULL AND ({different})", words)


_COUNTS = ("outstanding", "answered", "excused", "late", "unmet")


def _named(sums: str) -> str:
    return ", ".join(f"{part} AS {name}" for part, name in zip(sums.split(", "), _COUNTS, strict=True))


def prove_closings(**_: Any) -> list[str]:
    """Each closing is the sum of the marks up to its moment."""
    sums = _named(
        SUMS.replace("SUM(late_delta)", "SUM(m.late_delta)").replace("SUM(unmet_delta)", "SUM(m.unmet_delta)")
    )
    recount = (
        f"SELECT c.roll_id, c.closed_at, m.unit_id, {sums} FROM"
        " (SELECT DISTINCT roll_id, closed_at FROM roll_closing) c"
        " JOIN roll_mark m ON m.roll_id = c.roll_id AND m.recorded_at <= c.closed_at"
        " GROUP BY c.roll_id, c.closed_at, m.unit_id"
    )
    different = " OR ".join(f"COALESCE(c.{n}, 0) <> r.{n}" for n in _COUNTS)
    return _shown(
        f"SELECT r.roll_id, r.closed_at, r.unit_id FROM ({recount}) r LEFT JOIN roll_closing c"
        " ON c.roll_id = r.roll_id AND c.closed_at = r.closed_at AND c.unit_id = r.unit_id"
        f" WHERE {different}",
        "closing of roll {0} at {1}, unit {2}: it is not what the marks add up to",
    )


def prove_facts_of_marks(**_: Any) -> list[str]:
    """Each mark's fact exists, and each settling fact has its mark, by joins of whole tables."""
    found = []
    kinds = {row[0] for row in sql.rows("SELECT DISTINCT fact_kind FROM roll_mark")}
    for kind in sorted(kinds):
        model = FACTS.get(kind)
        if model is None:
            found.append(f"marks name facts of an unknown kind {kind}")
            continue
        table = model._meta.db_table
        found += _shown(
            f"SELECT m.id, m.fact_id FROM roll_mark m LEFT JOIN {table} f ON f.id = m.fact_id"
            " WHERE m.fact_kind = %s AND f.id IS NULL",
            f"mark {{0}}: its fact {kind} {{1}} is missing",
            (kind,),
        )
    for kind, model in FACTS.items():
        if not getattr(model, "MARKS", True):
            continue
        table = model._meta.db_table
        without = f"FROM {table} f LEFT JOIN roll_mark m ON m.fact_id = f.id WHERE m.id IS NULL"
        if kind == "roll.ruling":
            without += " AND f.what NOT IN ('closed', 'opened')"
        found += _shown(f"SELECT f.id {without}", f"fact {kind} {{0}}: no mark came of it")
    return found
