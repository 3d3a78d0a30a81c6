"""Coverage and names, as of any settled moment.

Now is read from the tallies less the marks younger than the moment; a past moment from the last closing plus the
marks after it. One statement each, so that both halves see the same commits. The cost is the number of units.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from muster.foundation import clock, sql
from muster.foundation.errors import invalid, text
from muster.foundation.registry import ROLL_KINDS, SUBJECTS
from muster.foundation.rights import HOUSE, Actor
from muster.organisation.finding import words_of
from muster.organisation.models import Incident
from muster.organisation.scope import below, seen_paths
from muster.organisation.tree import Tree
from muster.roll import rules
from muster.roll.models import ANSWERED, EXCUSED, OUTSTANDING, Entry, Roll, Tally

RECENT = timedelta(hours=1)
"""A moment this young is counted backwards from the tallies."""
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
"""Before every mark."""


class Coverage(NamedTuple):
    """answered + excused + outstanding = expected. late and unmet are parts of answered, overdue of outstanding."""

    answered: int = 0
    excused: int = 0
    outstanding: int = 0
    late: int = 0
    unmet: int = 0
    overdue: int = 0

    @property
    def expected(self) -> int:
        """How many are expected: the sum, never typed in."""
        return self.answered + self.excused + self.outstanding

    def __add__(self, other: Coverage) -> Coverage:  # type: ignore[override]
        return Coverage(
            self.answered + other.answered,
            self.excused + other.excused,
            self.outstanding + other.outstanding,
            self.late + other.late,
            self.unmet + other.unmet,
            self.overdue + other.overdue,
        )


NOTHING = Coverage()


@dataclass(frozen=True)
class Counted:
    """The coverage of one roll at one moment, by accountable unit."""

    roll: Roll
    as_of: datetime
    units: Mapping[UUID, Coverage] = field(default_factory=dict)

    def of(self, units: Iterable[UUID]) -> Coverage:
        """The sum over some units."""
        total = NOTHING
        for unit in units:
            part = self.units.get(unit)
            if part is not None:
                total = total + part
        return total

    def under(self, tree: Tree, path: str) -> Coverage:
        """The sum over a subtree, as the tree stood at the moment."""
        here = tree.under(path)
        return self.of(unit for unit in self.units if unit in here)


def as_of_moment(asked: datetime | None, incident: Incident | None = None) -> datetime:
    """The moment that a question is answered for; now is the newest settled one.

    Raises: Refusal `as_of.ahead`, `as_of.before_incident`.
    """
    newest = clock.settled()
    if asked is None:
        return newest
    if asked > newest:
        raise invalid(
            "as_of", text("This moment lies ahead, or is younger than 10 seconds: it is not settled."), "as_of.ahead"
        )
    if incident is not None and asked < incident.opened_at:
        raise invalid("as_of", text("This moment lies before the incident was opened."), "as_of.before_incident")
    return asked


SUMS = (
    "SUM(CASE WHEN after = 'outstanding' THEN 1 ELSE 0 END - CASE WHEN before = 'outstanding' THEN 1 ELSE 0 END),"
    " SUM(CASE WHEN after = 'answered' THEN 1 ELSE 0 END - CASE WHEN before = 'answered' THEN 1 ELSE 0 END),"
    " SUM(CASE WHEN after = 'excused' THEN 1 ELSE 0 END - CASE WHEN before = 'excused' THEN 1 ELSE 0 END),"
    " SUM(late_delta), SUM(unmet_delta)"
)
COUNTS = ("outstanding", "answered", "excused", "late", "unmet")
NAMED_SUMS = ", ".join(f"{part} AS {name}" for part, name in zip(SUMS.split(", "), COUNTS, strict=True))


def count(rolls: Sequence[Roll], as_of: datetime) -> dict[UUID, Counted]:
    """The coverage of some rolls at a moment, by roll id. A roll not open yet counts nothing.

    One query; of a past moment one for each hundred rolls.
    """
    opened = [r for r in rolls if r.opened_at is not None and r.opened_at <= as_of]
    # Ids as text: the same few hundred stand in ten thousand rows, and each is made a UUID once.
    sums: dict[str, dict[str, Sequence[int]]] = {_text(r): {} for r in rolls}
    for roll, unit, *numbers in _rows([r.pk for r in opened], as_of) if opened else ():
        sums[roll][unit] = numbers
    ids = {unit: sql.as_uuid(unit) for unit in set().union(*sums.values())}
    return {r.pk: Counted(r, as_of, _coverages(r, as_of, sums[_text(r)], ids)) for r in rolls}


def _text(roll: Roll) -> str:
    return str(sql.uuid_value(roll.pk))


def _rows(rolls: Sequence[UUID], as_of: datetime) -> list[tuple[Any, ...]]:
    ids = [sql.uuid_value(r) for r in rolls]
    wanted = sql.placeholders(ids)
    moment = sql.time_value(as_of)
    if clock.now() - as_of <= RECENT:
        minus = ", ".join(f"-({part})" for part in SUMS.split(", "))
        return _summed(
            f"SELECT roll_id, unit_id, outstanding, answered, excused, late, unmet FROM roll_tally"
            f" WHERE roll_id IN ({wanted}) UNION ALL SELECT roll_id, unit_id, {minus} FROM roll_mark"
            f" WHERE roll_id IN ({wanted}) AND recorded_at > %s GROUP BY roll_id, unit_id",
            [*ids, *ids, moment],
        )
    return [row for part in sql.slices(ids, PAST_AT_ONCE) for row in _summed(*_past(part, moment))]


PAST_AT_ONCE = 100
"""Rolls of one statement about the past: SQLite puts no more than 500 selects together."""
_LAST = "(SELECT MAX(closed_at) FROM roll_closing WHERE roll_id = %s AND closed_at <= %s)"
_PAST = (
    f"SELECT roll_id, unit_id, outstanding, answered, excused, late, unmet FROM roll_closing"
    f" WHERE roll_id = %s AND closed_at = {_LAST} UNION ALL SELECT roll_id, unit_id, {SUMS} FROM roll_mark"
    f" WHERE roll_id = %s AND recorded_at > COALESCE({_LAST}, %s) AND recorded_at <= %s GROUP BY roll_id, unit_id"
)


def _past(rolls: Sequence[Any], moment: Any) -> tuple[str, list[Any]]:
    """Each roll's last closing up to a moment and the marks after it, and the values."""
    # Written out roll by roll: asked for all rolls in one join, PostgreSQL reads every mark that there is.
    first = sql.time_value(BEGINNING)
    values = [value for r in rolls for value in (r, r, moment, r, r, moment, first, moment)]
    return " UNION ALL ".join([_PAST] * len(rolls)), values


def _summed(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """One row a roll and unit: their ids as text, and the sums of the five counts."""
    counts = ", ".join(f"CAST(SUM({name}) AS bigint)" for name in COUNTS)
    return sql.rows(
        f"SELECT CAST(roll_id AS text), CAST(unit_id AS text), {counts} FROM ({statement}) AS parts"
        " GROUP BY roll_id, unit_id",
        values,
    )


def last_closings(rolls: Sequence[UUID], as_of: datetime) -> dict[UUID, datetime]:
    """{roll id: the moment of its last closing up to a moment}, of those that have one. One query."""
    # One look into the index for each roll: a GROUP BY reads every closing that there is.
    rows = sql.rows(
        "SELECT r.id, (SELECT MAX(c.closed_at) FROM roll_closing c WHERE c.roll_id = r.id AND c.closed_at <= %s)"
        f" FROM roll_roll r WHERE r.id IN ({sql.placeholders(rolls)})",
        [sql.time_value(as_of), *map(sql.uuid_value, rolls)],
    )
    return {sql.as_uuid(roll): sql.as_time(at) for roll, at in rows if at is not None}  # type: ignore[misc]


def _coverages(
    roll: Roll, as_of: datetime, sums: Mapping[str, Sequence[int]], ids: Mapping[str, Any]
) -> dict[UUID, Coverage]:
    due = is_due(roll, as_of)
    return {
        ids[unit]: Coverage(answered, excused, outstanding, late, unmet, outstanding if due else 0)
        for unit, (outstanding, answered, excused, late, unmet) in sums.items()
        if answered or excused or outstanding
    }


def is_due(roll: Roll, as_of: datetime) -> bool:
    """Whether what is outstanding at this moment is overdue; a roll that ended asks no more."""
    if roll.closed_at is not None and roll.closed_at <= as_of:
        return False
    return roll.due_at is not None and roll.due_at < as_of


def state_at(roll: Roll, as_of: datetime) -> str:
    """The roll's state at a moment."""
    if roll.opened_at is None or roll.opened_at > as_of:
        return Roll.State.OPENING
    if roll.closed_at is not None and roll.closed_at <= as_of:
        return roll.state
    return Roll.State.OPEN


class Name(NamedTuple):
    """One name on a roll at a moment: which entry, about what, whose to see to, and how it stood.

    beside: why the last mark changed nothing (`rules.DIFFERS` and the like), where it did not; empty else.
    """

    entry: UUID
    unit: UUID
    subject_kind: str
    subject_id: UUID
    state: str
    outcome: str
    reason: str
    recorded_at: datetime
    fact_kind: str
    fact_id: UUID
    by: UUID | None
    beside: str = ""


_NAMES = (
    "SELECT m.entry_id, m.unit_id, e.subject_kind, e.subject_id, m.after, m.outcome, m.reason, m.recorded_at,"
    " m.fact_kind, m.fact_id, m.by_person FROM {first}roll_mark m"
    # The roll is said of the entry too: else PostgreSQL reads the entries of all rolls.
    " JOIN roll_entry e ON e.id = m.entry_id AND e.roll_id = m.roll_id"
    " WHERE m.roll_id = %s AND m.recorded_at <= %s {and_state} {and_units}"
    " AND NOT EXISTS (SELECT 1 FROM roll_mark x WHERE x.entry_id = m.entry_id AND x.n = m.n + 1"
    " AND x.recorded_at <= %s)"
)


def names(
    roll: Roll, as_of: datetime, *, state: str | None = OUTSTANDING, units: Collection[UUID] | None = None
) -> list[Name]:
    """Who stood in a state on a roll at a moment, by their last mark up to it; within some units, or all.

    None is any of the three states. Ordered by unit and subject id, so that the same question gets the same list.
    """
    if roll.opened_at is None or roll.opened_at > as_of:
        return []
    found: list[Name] = []
    for part in [None] if units is None else sql.slices(sorted(units), 400):
        found += _names(roll, as_of, state, part, " ORDER BY m.unit_id, e.subject_id")
    return _as_they_stood(found, as_of)


@dataclass(frozen=True)
class Part:
    """Which part of a list of names is wanted: the order, from where on, how many.

    search: only names that hold the words, or whose unit's name does. outcomes: only answers of which one of these
    stands; None for all.
    """

    search: str = ""
    outcomes: Collection[str] | None = None
    newest_first: bool = False
    start: int = 0
    count: int | None = None


def names_part(
    roll: Roll, as_of: datetime, part: Part, *, state: str | None = OUTSTANDING, units: Collection[UUID] | None = None
) -> list[Name]:
    """One page of the names, in the order of the tree or the newest first: sorted and cut by the database.

    Two queries at most.
    """
    if roll.opened_at is None or roll.opened_at > as_of:
        return []
    more, values = _only(part, as_of)
    in_tree = not part.newest_first
    more += " AND u.id = m.unit_id ORDER BY u.path, e.subject_id" if in_tree else f" ORDER BY {_NEWEST}"
    if part.count is not None:
        more += f" LIMIT {int(part.count)} OFFSET {int(part.start)}"
    first = _UNITS_FIRST if in_tree else ""
    return _as_they_stood(_names(roll, as_of, state, units, more, values, first), as_of)


def names_count(
    roll: Roll, as_of: datetime, part: Part, *, state: str | None = OUTSTANDING, units: Collection[UUID] | None = None
) -> int:
    """How many names there are that the part does not leave out by words or outcome. One query."""
    if roll.opened_at is None or roll.opened_at > as_of:
        return 0
    statement, values = _statement(roll, as_of, state, units, *_only(part, as_of))
    return int(sql.rows(f"SELECT COUNT(*) FROM ({statement}) AS found", values)[0][0])


def late_entries(roll: Roll, as_of: datetime) -> set[UUID]:
    """The entries of a roll whose answer came late, as it stood at a moment. One query."""
    rows = sql.rows(
        "SELECT entry_id FROM roll_mark WHERE roll_id = %s AND recorded_at <= %s AND late_delta <> 0"
        " GROUP BY entry_id HAVING SUM(late_delta) > 0",
        [sql.uuid_value(roll.pk), sql.time_value(as_of)],
    )
    return {sql.as_uuid(entry) for (entry,) in rows}  # type: ignore[misc]


_UNITS_FIRST = "organisation_unit u CROSS JOIN "
"""Walks the units in the order of their paths and stops when the page is full: 1.5 ms instead of 25 of 8,000 names."""
_NEWEST = "m.recorded_at DESC, e.subject_id DESC"


def _only(part: Part, as_of: datetime) -> tuple[str, list[Any]]:
    """The condition of a part, and its values."""
    where, values = _searched(part.search)
    if part.outcomes is None:
        return where, [*values]
    kept = ", ".join(f"'{reason}'" for reason in rules.KEPT_BESIDE)
    stood = (
        f"CASE WHEN m.reason IN ({kept}) THEN (SELECT y.outcome FROM roll_mark y WHERE y.entry_id = m.entry_id"
        f" AND y.recorded_at <= %s AND y.reason NOT IN ({kept}) ORDER BY y.n DESC LIMIT 1) ELSE m.outcome END"
    )
    wanted = list(part.outcomes)
    if not wanted:
        return f"{where} AND 1 = 0", [*values]
    return f"{where} AND {stood} IN ({sql.placeholders(wanted)})", [*values, sql.time_value(as_of), *wanted]


def _searched(search: str) -> tuple[str, list[str]]:
    """The condition that a name, or the name of its unit, holds the words or their pinyin; nothing for no words."""
    words = words_of(search)
    if not search.strip():
        return "", []
    if not words.plain:
        return " AND 1 = 0", []
    called = "SELECT id FROM %s WHERE folded LIKE %%s OR pinyin LIKE %%s"
    people, units = called % "organisation_person", called % "organisation_unit"
    # Neither holds a sign that means something in a pattern.
    values = [f"%{words.plain}%", f"%{words.spelled or words.plain}%"]
    where = f" AND (m.unit_id IN ({units}) OR e.subject_id IN ({units}) OR e.subject_id IN ({people}))"
    return where, values * 3


def _as_they_stood(found: Sequence[Name], as_of: datetime) -> list[Name]:
    """Names whose last mark is one kept beside the answer, with the answer that stood instead."""
    beside = [name.entry for name in found if name.reason in rules.KEPT_BESIDE]
    stood: dict[UUID, dict[str, Any]] = {}
    for part in sql.slices(beside):
        values = [*map(sql.uuid_value, part), sql.time_value(as_of), *rules.KEPT_BESIDE]
        rows = sql.rows(
            "SELECT entry_id, outcome, reason, recorded_at, fact_kind, fact_id, by_person FROM roll_mark"
            f" WHERE entry_id IN ({sql.placeholders(part)}) AND recorded_at <= %s"
            f" AND reason NOT IN ({sql.placeholders(list(rules.KEPT_BESIDE))}) ORDER BY n",
            values,
        )
        for entry, outcome, reason, at, fact_kind, fact, by in rows:
            stood[sql.as_uuid(entry)] = {  # type: ignore[index]
                "outcome": outcome,
                "reason": reason,
                "recorded_at": sql.as_time(at),
                "fact_kind": fact_kind,
                "fact_id": sql.as_uuid(fact),
                "by": sql.as_uuid(by),
            }
    return [name._replace(beside=name.reason, **stood[name.entry]) if name.entry in stood else name for name in found]


_AND_STATE = {s: f"AND m.after = '{s}'" for s in (OUTSTANDING, ANSWERED, EXCUSED)} | {None: "AND m.after IS NOT NULL"}


def _statement(
    roll: Roll,
    as_of: datetime,
    state: str | None,
    units: Collection[UUID] | None,
    more: str = "",
    more_values: Sequence[Any] = (),
    first: str = "",
) -> tuple[str, list[Any]]:
    moment = sql.time_value(as_of)
    values: list[Any] = [sql.uuid_value(roll.pk), moment]
    and_units = ""
    if units is not None:
        and_units = f"AND m.unit_id IN ({sql.placeholders(list(units))})"
        values += [sql.uuid_value(u) for u in units]
    # The state is written out, so that the engines see that the partial index of outstanding marks serves.
    statement = _NAMES.format(first=first, and_state=_AND_STATE[state], and_units=and_units) + more
    return statement, [*values, moment, *more_values]


def _names(
    roll: Roll,
    as_of: datetime,
    state: str | None,
    units: Collection[UUID] | None,
    more: str = "",
    more_values: Sequence[Any] = (),
    first: str = "",
) -> list[Name]:
    rows = sql.rows(*_statement(roll, as_of, state, units, more, more_values, first))
    uuid = sql.as_uuid
    return [
        Name(
            entry=uuid(entry),  # type: ignore[arg-type]
            unit=uuid(unit),  # type: ignore[arg-type]
            subject_kind=kind,
            subject_id=uuid(subject),  # type: ignore[arg-type]
            state=after,
            outcome=outcome,
            reason=reason,
            recorded_at=sql.as_time(at),  # type: ignore[arg-type]
            fact_kind=fact_kind,
            fact_id=uuid(fact),  # type: ignore[arg-type]
            by=uuid(by),
        )
        for entry, unit, kind, subject, after, outcome, reason, at, fact_kind, fact, by in rows
    ]


def subject_names(found: Iterable[Name | Entry], people: Iterable[UUID] = ()) -> dict[UUID, str]:
    """{subject id: its name now}, over all kinds of subject, and of some people besides. A query a kind."""
    by_kind: dict[str, list[UUID]] = {"person": list(people)}
    for name in found:
        by_kind.setdefault(name.subject_kind, []).append(name.subject_id)
    names: dict[UUID, str] = {}
    for kind, ids in by_kind.items():
        if ids:
            names.update(SUBJECTS[kind](ids))
    return names


def roll_of_figure(figure: str, incident: Incident, as_of: datetime) -> Roll | None:
    """The roll behind a figure at a moment: of those that share it, the one opened last by then."""
    return (
        Roll.objects.filter(incident=incident, figure=figure, opened_at__lte=as_of)
        .order_by("-opened_at", "-pk")
        .first()
    )


def rolls_visible_to(actor: Actor) -> QuerySet[Roll]:
    """The rolls of which an actor sees something: held by a unit of theirs, or with entries in their subtrees.

    Kinds flagged holder_only never appear under the subject's scope (decision 8).
    """
    if actor.has(HOUSE):
        return Roll.objects.all()
    hidden = [key for key, kind in ROLL_KINDS.items() if kind.holder_only]
    paths = Q(pk__in=[])
    for path in seen_paths(actor):
        paths |= below(path, "unit__path")
    theirs = Tally.objects.filter(paths).exclude(roll__kind__in=hidden).values("roll_id")
    return Roll.objects.filter(Q(pk__in=Roll.objects.visible_to(actor).values("pk")) | Q(pk__in=theirs))
