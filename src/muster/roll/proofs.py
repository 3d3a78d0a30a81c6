"""`muster verify` for rolls: marks = entries = tallies = closings by recount, and each fact has its mark."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext

from muster.foundation import sql
from muster.foundation.errors import Text, text
from muster.foundation.registry import FACTS, ROLL_KINDS
from muster.organisation.incidents import StillOpen
from muster.roll import rules
from muster.roll.book import SUCCESSOR
from muster.roll.coverage import COUNTS, NAMED_SUMS
from muster.roll.identity import FIXED, mac_holds
from muster.roll.kinds import Effect, RollKind
from muster.roll.models import OUTSTANDING, STATE_WORDS, Attempt, Entry, Roll

SHOWN_MAX = 20


def outstanding_at(unit: UUID) -> int:
    """How many entries are outstanding at a unit, on rolls that are open or being opened: it closes without any."""
    waiting = (Roll.State.OPEN, Roll.State.OPENING)
    return Entry.objects.filter(unit_id=unit, state=OUTSTANDING, roll__state__in=waiting).count()


def rolls_open(incident: UUID) -> list[StillOpen]:
    """For the stand-down list: each open roll with its outstanding. Two queries."""
    waiting = (Roll.State.OPEN, Roll.State.OPENING)
    rolls = list(Roll.objects.filter(incident=incident, state__in=waiting).order_by("opened_at", "pk"))
    entries = Entry.objects.filter(roll__in=rolls, state=OUTSTANDING).order_by()
    counts = dict(entries.values_list("roll").annotate(count=Count("pk")))
    return [
        StillOpen(text("roll open, names outstanding"), counts.get(roll.pk, 0), roll.title, "roll:rolls")
        for roll in rolls
    ]


STATES = STATE_WORDS | {
    "opening": text("being opened"),
    "open": text("open"),
    "closed": text("closed"),
    "superseded": text("superseded"),
    "withdrawn": text("withdrawn"),
}
"""The states of entries and rolls, in words."""


def _shown(statement: str, words: str, places: str, values: tuple[Any, ...] = ()) -> list[str]:
    """The first rows of a statement, each in words. places: what these call the columns, in their order.

    A state is said in the reader's language; ids, moments and the codes of answers stay as they are, none is a dash.
    """
    names = places.split()
    rows = sql.rows(f"{statement} LIMIT {SHOWN_MAX}", values)
    return [words % {name: _said(name, value) for name, value in zip(names, row, strict=True)} for row in rows]


def _said(name: str, value: Any) -> Any:
    if value is None or value == "":
        return "—"
    return STATES.get(value, value) if name.endswith("state") else value


_WINDOW = (
    "WITH m AS (SELECT entry_id, n, unit_id, before, after, leg, recorded_at,"
    " LAG(n) OVER w AS n0, LAG(after) OVER w AS after0, LAG(unit_id) OVER w AS unit0, LAG(leg) OVER w AS leg0,"
    " LAG(recorded_at) OVER w AS at0 FROM roll_mark WINDOW w AS (PARTITION BY entry_id ORDER BY n)) "
)


def prove_marks(**_: Any) -> list[str]:
    """Each mark goes on from the one before it: number, state, unit, and not earlier."""
    found = _shown(
        _WINDOW + "SELECT entry_id, n FROM m WHERE n <> COALESCE(n0, 0) + 1",
        gettext("entry %(entry)s: its marks do not count through at mark %(mark)s"),
        "entry mark",
    )
    found += _shown(
        _WINDOW + "SELECT entry_id, n FROM m WHERE COALESCE(before, '-') <> COALESCE(after0, '-')",
        gettext("entry %(entry)s: mark %(mark)s does not begin where the mark before it ended"),
        "entry mark",
    )
    found += _shown(
        _WINDOW + "SELECT entry_id, n FROM m WHERE n0 IS NOT NULL AND unit_id <> unit0 AND NOT"
        " (leg = 'in' AND leg0 = 'out')",
        gettext("entry %(entry)s: mark %(mark)s changes the unit without a hand-over"),
        "entry mark",
    )
    found += _shown(
        _WINDOW + "SELECT entry_id, n FROM m WHERE n0 IS NOT NULL AND recorded_at < at0",
        gettext("entry %(entry)s: mark %(mark)s is recorded before the mark before it"),
        "entry mark",
    )
    return found


def prove_entries(**_: Any) -> list[str]:
    """Each entry is what its marks say, and who and what it was when it came onto the roll."""
    last = (
        " FROM roll_entry e LEFT JOIN roll_mark m ON m.entry_id = e.id AND m.n = e.n"
        " LEFT JOIN roll_mark x ON x.entry_id = e.id AND x.n = e.n + 1"
    )
    found = _shown(
        f"SELECT e.id, e.n {last} WHERE e.n = 0 OR m.id IS NULL OR x.id IS NOT NULL",
        gettext("entry %(entry)s: %(count)s marks are counted, which is not how many stand"),
        "entry count",
    )
    found += _shown(
        "SELECT m.entry_id, COUNT(*) FROM roll_mark m LEFT JOIN roll_entry e ON e.id = m.entry_id"
        " WHERE e.id IS NULL GROUP BY m.entry_id",
        gettext("entry %(entry)s: is missing, though %(count)s marks name it"),
        "entry count",
    )
    found += _shown(
        f"SELECT e.id, e.state, m.after {last}"
        " WHERE COALESCE(e.state, '-') <> COALESCE(m.after, '-') OR e.unit_id <> m.unit_id OR e.roll_id <> m.roll_id",
        gettext("entry %(entry)s: it says %(state)s, its last mark says %(mark_state)s, or the unit differs"),
        "entry state mark_state",
    )
    sums = (
        " JOIN (SELECT entry_id, SUM(late_delta) AS late, SUM(unmet_delta) AS unmet FROM roll_mark"
        " GROUP BY entry_id) s ON s.entry_id = e.id WHERE (CASE WHEN e.late THEN 1 ELSE 0 END) <> s.late"
        " OR (CASE WHEN e.unmet THEN 1 ELSE 0 END) <> s.unmet"
    )
    late = gettext("entry %(entry)s: late or unmet is not what its marks add up to")
    found += _shown(f"SELECT e.id FROM roll_entry e {sums}", late, "entry")
    return found + _prove_answers() + _prove_attempts() + _prove_identity()


_KEPT = ", ".join(f"'{reason}'" for reason in sorted(rules.KEPT_BESIDE))

# Each entry with the last mark that changed it (s), whether an answer that differs stands beside it (d), and the
# last mark by which it was settled (t).
_STOOD = (
    "WITH last AS (SELECT entry_id, MAX(n) AS n,"
    " MAX(CASE WHEN after IN ('answered', 'excused') AND COALESCE(before, '-') <> after THEN n END) AS settled"
    f" FROM roll_mark WHERE reason NOT IN ({_KEPT}) AND leg = '' GROUP BY entry_id),"
    " beside AS (SELECT entry_id, MAX(n) AS n FROM roll_mark WHERE reason = 'differs' GROUP BY entry_id)"
    " {0} FROM roll_entry e JOIN last ON last.entry_id = e.id"
    " JOIN roll_mark s ON s.entry_id = e.id AND s.n = last.n"
    " LEFT JOIN beside ON beside.entry_id = e.id"
    " LEFT JOIN roll_mark t ON t.entry_id = e.id AND t.n = last.settled WHERE {1}"
)
_SETTLED = "COALESCE(e.state, '-') IN ('answered', 'excused')"


def _prove_answers() -> list[str]:
    """The answer, its fact, its moment and whether another differs are those of the last mark that changed it."""
    open_ = f"NOT ({_SETTLED}) AND (e.outcome <> '' OR e.fact_id IS NOT NULL OR e.settled_at IS NOT NULL OR e.differs)"
    unasked = gettext("entry %(entry)s: it has an answer, though it is %(state)s")
    found = _shown(_STOOD.format("SELECT e.id, e.state", open_), unasked, "entry state")
    found += _shown(
        _STOOD.format("SELECT e.id, e.outcome, s.outcome", f"{_SETTLED} AND e.outcome <> s.outcome"),
        gettext("entry %(entry)s: it gives the answer %(outcome)s, its marks say %(mark_outcome)s"),
        "entry outcome mark_outcome",
    )
    chosen = (
        "s.fact_kind = 'roll.ruling' AND e.state = 'answered' AND EXISTS (SELECT 1 FROM roll_mark c"
        " WHERE c.entry_id = e.id AND c.fact_id = e.fact_id AND c.fact_kind = e.fact_kind AND c.outcome = e.outcome)"
    )
    same = "e.fact_id IS NOT NULL AND s.fact_id = e.fact_id AND s.fact_kind = e.fact_kind"
    found += _shown(
        _STOOD.format("SELECT e.id, s.fact_id", f"{_SETTLED} AND NOT ({same}) AND NOT ({chosen})"),
        gettext("entry %(entry)s: the fact it names is not %(fact)s, which its marks name"),
        "entry fact",
    )
    moments = f"{_SETTLED} AND (e.settled_at IS NULL OR e.settled_at <> t.recorded_at)"
    settled = gettext("entry %(entry)s: it was settled at %(at)s, which it does not say")
    found += _shown(_STOOD.format("SELECT e.id, t.recorded_at", moments), settled, "entry at")
    differs = "(CASE WHEN e.differs THEN 1 ELSE 0 END) <> (CASE WHEN COALESCE(beside.n, 0) > last.n THEN 1 ELSE 0 END)"
    return found + _shown(
        _STOOD.format("SELECT e.id", f"{_SETTLED} AND {differs}"),
        gettext("entry %(entry)s: whether another answer differs is not what its marks say"),
        "entry",
    )


def _prove_attempts() -> list[str]:
    """As many attempts are counted as marks tell of."""
    pairs = [(kind.key, code) for kind in ROLL_KINDS.values() for code in _attempts_of(kind)]
    one = "(r.kind = %s AND m.outcome = %s)"
    called = f"m.fact_kind = '{Attempt.KIND}'"
    counted = f"SUM(CASE WHEN {' OR '.join([called, *[one] * len(pairs)])} THEN 1 ELSE 0 END)"
    return _shown(
        f"SELECT e.id, e.attempts, {counted} FROM roll_entry e JOIN roll_roll r ON r.id = e.roll_id"
        f" JOIN roll_mark m ON m.entry_id = e.id GROUP BY e.id, e.attempts HAVING e.attempts <> {counted}",
        gettext("entry %(entry)s: it counts %(attempts)s attempts, its marks %(mark_attempts)s"),
        "entry attempts mark_attempts",
        tuple(value for _ in range(2) for pair in pairs for value in pair),
    )


def _attempts_of(kind: RollKind) -> list[str]:
    return [code for code, outcome in kind.outcomes.items() if outcome.effect is Effect.ATTEMPT]


def _prove_identity() -> list[str]:
    """Nobody was put in another's place: who and what an entry is fits its mac."""
    found: list[str] = []
    for mac, *values in Entry.objects.values_list("mac", *FIXED).iterator(chunk_size=5000):
        if not mac_holds(values, mac) and len(found) < SHOWN_MAX:
            words = gettext("entry %(entry)s: who it names, or when it is due, was changed")
            found.append(words % {"entry": values[0]})
    return found


_MENDS = (
    f"m.reason NOT IN ('', {_KEPT}) AND (m.leg = '' AND m.before = 'answered' AND COALESCE(m.after, '-') IN"
    f" ('answered', 'outstanding') OR m.leg <> '' AND m.reason = '{SUCCESSOR}')"
)
"""A mark that a lead may write on a closed roll; what is asked again of a successor goes over by two legs."""


def prove_rolls(**_: Any) -> list[str]:
    """Each roll stands as the rulings say that opened and ended it, and after its end answers were mended only."""
    rulings = (
        " FROM roll_roll r LEFT JOIN roll_ruling o ON o.roll_id = r.id AND o.what = 'opened'"
        " LEFT JOIN roll_ruling s ON s.roll_id = r.id AND s.what = 'shown'"
        " LEFT JOIN roll_ruling c ON c.roll_id = r.id AND c.what = 'closed'"
    )
    found = _shown(
        f"SELECT r.id, r.key {rulings} WHERE o.id IS NULL OR o.at_unit_id <> r.held_by_id",
        gettext("roll %(roll)s (%(key)s): no ruling says that its holder opened it"),
        "roll key",
    )
    shown = "CASE WHEN o.reason = 'staged' THEN s.recorded_at ELSE o.recorded_at END"
    found += _shown(
        f"SELECT r.id, r.key, r.opened_at {rulings} WHERE COALESCE(r.opened_at <> {shown}, TRUE)"
        f" AND NOT (r.opened_at IS NULL AND {shown} IS NULL)",
        gettext("roll %(roll)s (%(key)s): it was not opened at %(at)s"),
        "roll key at",
    )
    found += _shown(
        "SELECT m.id, r.key, r.state FROM roll_roll r JOIN roll_mark m ON m.roll_id = r.id"
        f" AND m.recorded_at > r.closed_at WHERE NOT (r.state = 'closed' AND {_MENDS})",
        gettext("mark %(mark)s: it came after the roll %(key)s was %(state)s, and mends no answer with a reason"),
        "mark key state",
    )
    return found + _shown(
        f"SELECT r.id, r.key, r.state {rulings} WHERE"
        " CASE WHEN r.state IN ('open', 'opening') THEN '' ELSE r.state END <> COALESCE(c.reason, '')"
        " OR COALESCE(r.closed_at <> c.recorded_at, (r.closed_at IS NULL) <> (c.recorded_at IS NULL))",
        gettext("roll %(roll)s (%(key)s): no ruling says that it is %(state)s, or not from that moment"),
        "roll key state",
    )


def prove_tallies(**_: Any) -> list[str]:
    """Each tally is the sum of the marks of its roll and unit, and none is missing."""
    marks = f"SELECT roll_id, unit_id, {NAMED_SUMS} FROM roll_mark GROUP BY roll_id, unit_id"
    both = (
        f"FROM ({marks}) m FULL OUTER JOIN roll_tally t ON t.roll_id = m.roll_id AND t.unit_id = m.unit_id"
        if sql.is_postgresql()
        else ""
    )
    different = " OR ".join(f"COALESCE(m.{c}, 0) <> COALESCE(t.{c}, 0)" for c in COUNTS)
    shown = "COALESCE(m.roll_id, t.roll_id), COALESCE(m.unit_id, t.unit_id), m.outstanding, m.answered, m.excused,"
    shown += " t.outstanding, t.answered, t.excused"
    words = gettext(
        "tally of roll %(roll)s, unit %(unit)s: marks give outstanding %(outstanding)s, answered %(answered)s,"
        " excused %(excused)s; it says %(said_outstanding)s, %(said_answered)s, %(said_excused)s,"
        " or late and unmet differ"
    )
    places = "roll unit outstanding answered excused said_outstanding said_answered said_excused"
    if both:
        return _shown(f"SELECT {shown} {both} WHERE {different}", words, places)
    left = f"FROM ({marks}) m LEFT JOIN roll_tally t ON t.roll_id = m.roll_id AND t.unit_id = m.unit_id"
    found = _shown(f"SELECT {shown} {left} WHERE {different}", words, places)
    alone = f"FROM roll_tally t LEFT JOIN ({marks}) m ON t.roll_id = m.roll_id AND t.unit_id = m.unit_id"
    return found + _shown(f"SELECT {shown} {alone} WHERE m.roll_id IS NULL AND ({different})", words, places)


# Each closing with the one before it on the same roll.
_CLOSED = (
    "WITH c AS (SELECT roll_id, closed_at, LAG(closed_at) OVER (PARTITION BY roll_id ORDER BY closed_at) AS since"
    " FROM (SELECT DISTINCT roll_id, closed_at FROM roll_closing) AS d) "
)
_BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)


def prove_closings(**_: Any) -> list[str]:
    """Each closing is the one before it and the marks since, so each is the sum of all marks up to its moment."""
    kept = ", ".join(COUNTS)
    marks = (
        f"SELECT c.roll_id, c.closed_at, m.unit_id, {NAMED_SUMS} FROM c JOIN roll_mark m ON m.roll_id = c.roll_id"
        " AND m.recorded_at > COALESCE(c.since, %s) AND m.recorded_at <= c.closed_at"
        " GROUP BY c.roll_id, c.closed_at, m.unit_id"
    )
    before = (
        f"SELECT c.roll_id, c.closed_at, k.unit_id, {', '.join(f'k.{n}' for n in COUNTS)} FROM c"
        " JOIN roll_closing k ON k.roll_id = c.roll_id AND k.closed_at = c.since"
    )
    itself = f"SELECT roll_id, closed_at, unit_id, {', '.join(f'-{n}' for n in COUNTS)} FROM roll_closing"
    different = " OR ".join(f"SUM({n}) <> 0" for n in COUNTS)
    return _shown(
        f"{_CLOSED}SELECT roll_id, closed_at, unit_id FROM"
        f" (SELECT roll_id, closed_at, unit_id, {kept} FROM ({marks}) AS m UNION ALL {before} UNION ALL {itself}) AS x"
        f" GROUP BY roll_id, closed_at, unit_id HAVING {different}",
        gettext("closing of roll %(roll)s at %(at)s, unit %(unit)s: it is not what the marks add up to"),
        "roll at unit",
        (sql.time_value(_BEFORE_ALL),),
    )


def prove_facts_of_marks(**_: Any) -> list[str]:
    """Each mark's fact exists, and each settling fact has its mark, by joins of whole tables."""
    found = []
    lost = gettext("mark %(mark)s: its fact %(kind)s %(fact)s is missing")
    unmarked = gettext("fact %(kind)s %(fact)s: no mark came of it")
    kinds = {row[0] for row in sql.rows("SELECT DISTINCT fact_kind FROM roll_mark")}
    for kind in sorted(kinds):
        model = FACTS.get(kind)
        if model is None:
            found.append(gettext("marks name facts of an unknown kind %(kind)s") % {"kind": kind})
            continue
        table = model._meta.db_table
        found += _shown(
            f"SELECT m.id, m.fact_kind, m.fact_id FROM roll_mark m LEFT JOIN {table} f ON f.id = m.fact_id"
            " WHERE m.fact_kind = %s AND f.id IS NULL",
            lost,
            "mark kind fact",
            (kind,),
        )
    for kind, model in FACTS.items():
        if not getattr(model, "MARKS", True):
            continue
        table = model._meta.db_table
        without = f"FROM {table} f LEFT JOIN roll_mark m ON m.fact_id = f.id WHERE m.id IS NULL"
        if kind == "roll.ruling":
            without += " AND f.what NOT IN ('closed', 'opened', 'shown')"
        found += _shown(f"SELECT '{kind}', f.id {without}", unmarked, "kind fact")
    return found


def on_a_roll(kind: str, ids: Collection[UUID]) -> dict[UUID, Text]:
    """{id: that it stands on a roll} of units or people that an import made: it is not taken back any more."""
    found = Entry.objects.filter(subject_kind=kind, subject_id__in=list(ids)).values_list("subject_id", flat=True)
    return dict.fromkeys(found.distinct(), text("it stands on a roll"))
