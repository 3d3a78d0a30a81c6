"""How a figure came to what it is: its counts at the ends of days, the recount from the marks.

Counts of past days come from the closings, one a day and unit, so that a history costs days times units, never marks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from muster.foundation import sql
from muster.organisation.models import UnitPath
from muster.organisation.scope import covers
from muster.organisation.tree import Tree
from muster.roll.coverage import NOTHING, Coverage
from muster.roll.figures import Question, Row
from muster.roll.models import ANSWERED, EXCUSED, OUTSTANDING, Closing, Roll


class Places:
    """Where every unit stood, over time: gives the tree of any moment up to which places were read.

    rows: (unit, path, since) in order of time. Between two of them the tree is the same, and is made once.
    """

    def __init__(self, rows: Sequence[tuple[UUID, str, datetime]]) -> None:
        self.rows = rows
        self._since = [since for _unit, _path, since in rows]
        self._paths: dict[int, dict[UUID, str]] = {}
        self._under: dict[tuple[UUID, int], set[UUID]] = {}

    @classmethod
    def up_to(cls, until: datetime) -> Places:
        """All places recorded up to a moment. One query."""
        rows = UnitPath.objects.filter(since__lte=until).order_by("since").values_list("unit_id", "path", "since")
        return cls(list(rows.iterator(chunk_size=5000)))

    def tree(self, at: datetime) -> Tree:
        """The tree of a moment."""
        count = bisect_right(self._since, at)
        if count not in self._paths:
            self._paths[count] = {unit: path for unit, path, _since in self.rows[:count]}
        return Tree(at, self._paths[count])

    def units_under(self, unit: UUID, at: datetime) -> set[UUID]:
        """The units of a unit's subtree at a moment; none before it was there."""
        key = unit, bisect_right(self._since, at)
        if key not in self._under:
            tree = self.tree(at)
            path = tree.paths.get(unit)
            self._under[key] = set(tree.under(path)) if path is not None else set()
        return self._under[key]

    def ever_under(self, unit: UUID) -> set[UUID]:
        """The units that stood under a unit at any moment; a unit's label is fixed for life, its place is not."""
        own = {path for one, path, _since in self.rows if one == unit}
        return {one for one, path, _since in self.rows if any(covers(place, path) for place in own)}


@dataclass(frozen=True)
class Point:
    """A figure's counts at one moment. roll: the roll behind it; opened: the moment at which that roll was opened."""

    at: datetime
    coverage: Coverage
    roll: UUID
    opened: bool = False


def behind(rolls: Iterable[Roll], as_of: datetime) -> dict[str, Roll]:
    """{figure key: the roll behind it at a moment}, of those that share it the one opened last. No query."""
    found = {}
    for roll in sorted((r for r in rolls if r.opened_at and r.opened_at <= as_of), key=lambda r: (r.opened_at, r.pk)):
        found[roll.figure] = roll
    return found


def closed_days(rolls: Sequence[Roll], since: datetime, asked: Question, places: Places) -> dict[str, list[Point]]:
    """{figure key: its points at the ends of the days in (since, as of]}. One query.

    At each of them the roll counts that was behind the figure then, over the subtree of that moment.
    """
    rows = Closing.objects.filter(roll__in=[r.pk for r in rolls], closed_at__gt=since, closed_at__lte=asked.as_of)
    counts = ("answered", "excused", "outstanding", "late", "unmet")
    sums: dict[tuple[UUID, datetime], Coverage] = {}
    if asked.unit.parent_id is None:
        totals = rows.order_by("closed_at").values_list("roll_id", "closed_at").annotate(*(Sum(c) for c in counts))
        for roll, at, *numbers in totals:
            sums[(roll, at)] = Coverage(*numbers)
        return _points(rolls, sums)
    here: dict[datetime, set[UUID]] = {}
    rows = rows.filter(unit__in=places.ever_under(asked.unit.pk))
    for roll, at, unit, *numbers in rows.values_list("roll_id", "closed_at", "unit_id", *counts):
        if at not in here:
            here[at] = places.units_under(asked.unit.pk, at)
        if unit in here[at]:
            sums[(roll, at)] = sums.get((roll, at), NOTHING) + Coverage(*numbers)
    return _points(rolls, sums)


def _points(rolls: Sequence[Roll], sums: Mapping[tuple[UUID, datetime], Coverage]) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for moment in sorted({at for _roll, at in sums}):
        for figure, roll in behind(rolls, moment).items():
            counted = sums.get((roll.pk, moment))
            if counted is not None:
                found.setdefault(figure, []).append(Point(moment, counted, roll.pk))
    return found


def of_rows(rows: Sequence[Row]) -> list[tuple[datetime, int]]:
    """The history of a count, from its rows' own moments; empty where a row does not say when."""
    total = 0
    points: list[tuple[datetime, int]] = []
    moments = [(row.at, row.value) for row in rows if row.at is not None]
    if len(moments) < len(rows):
        return []
    for at, value in sorted(moments):
        total += value
        if points and points[-1][0] == at:
            points.pop()
        points.append((at, total))
    return points


def recounted(roll: Roll, asked: Question) -> Coverage:
    """The coverage counted once more, name by name: each entry's last mark up to the moment. One query.

    It uses neither tallies nor closings nor differences, so it can contradict them. late and unmet are left out.
    """
    moment = sql.time_value(asked.as_of)
    rows = sql.rows(
        "SELECT m.unit_id, m.after, COUNT(*) FROM roll_mark m WHERE m.roll_id = %s AND m.recorded_at <= %s"
        " AND m.after IS NOT NULL AND NOT EXISTS (SELECT 1 FROM roll_mark x WHERE x.entry_id = m.entry_id"
        " AND x.n = m.n + 1 AND x.recorded_at <= %s) GROUP BY m.unit_id, m.after",
        [sql.uuid_value(roll.pk), moment, moment],
    )
    here = asked.units()
    found = {ANSWERED: 0, EXCUSED: 0, OUTSTANDING: 0}
    for unit, state, count in rows:
        if sql.as_uuid(unit) in here:
            found[state] += int(count)
    return Coverage(found[ANSWERED], found[EXCUSED], found[OUTSTANDING])


def same(one: Coverage, other: Coverage) -> bool:
    """Whether two counts of the same names agree in all three states."""
    return (one.answered, one.excused, one.outstanding) == (other.answered, other.excused, other.outstanding)
