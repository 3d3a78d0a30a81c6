"""What changed on the rolls behind a figure, hour by hour: its history close up, and a recount of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from muster.briefing.history import Places, Point, closed_days
from muster.foundation import sql
from muster.roll import coverage
from muster.roll.coverage import NOTHING, Coverage
from muster.roll.figures import Question
from muster.roll.models import Roll


class Change(NamedTuple):
    """What the marks of one hour changed at a unit; None for the whole roll. opening: what the roll began with."""

    roll: UUID
    end: datetime
    opening: bool
    unit: UUID | None
    coverage: Coverage


class Changes:
    """All that changed on the rolls behind a figure, hour by hour, read from the marks alone."""

    def __init__(self, rolls: Sequence[Roll], asked: Question, places: Places, rows: Sequence[Change]) -> None:
        self.rolls, self.asked, self.places, self.rows = rolls, asked, places, rows

    @classmethod
    def read(cls, rolls: Sequence[Roll], asked: Question, places: Places, *, opening: bool = False) -> Changes:
        """The changes up to the moment asked about. opening: only what the rolls began with. One query.

        rolls: those that followed one another, each opened by then. It reads every mark of theirs, unless of the
        opening only: for rolls of some thousand names.
        """
        root = asked.unit.parent_id is None
        hour = "date_trunc('hour', recorded_at)" if sql.is_postgresql() else "substr(recorded_at, 1, 13) || ':00:00'"
        ids = [sql.uuid_value(r.pk) for r in rolls]
        values = [*ids, sql.time_value(asked.as_of)]
        only = " AND recorded_at <= r.opened_at" if opening else ""
        if not root:
            units = [sql.uuid_value(u) for u in places.ever_under(asked.unit.pk)]
            only += f" AND unit_id IN ({sql.placeholders(units)})"
            values += units
        rows = sql.rows(
            f"SELECT roll_id, {hour}, CASE WHEN recorded_at <= r.opened_at THEN 1 ELSE 0 END,"
            f" {'roll_id' if root else 'unit_id'}, {coverage.SUMS} FROM roll_mark JOIN roll_roll r ON r.id = roll_id"
            f" WHERE roll_id IN ({sql.placeholders(ids)}) AND recorded_at <= %s{only} GROUP BY 1, 2, 3, 4",
            values,
        )
        return cls(rolls, asked, places, [_change(row, root) for row in rows])

    def total(self, roll: Roll) -> Coverage:
        """What the changes of one roll add up to in the scope: a recount that uses neither tallies nor closings."""
        here = self.asked.units()
        found = (c.coverage for c in self.rows if c.roll == roll.pk and (c.unit is None or c.unit in here))
        return sum(found, NOTHING)

    def openings(self) -> list[Point]:
        """What each roll asked for when it was opened: all outstanding."""
        sums: dict[UUID, int] = {}
        opened = {roll.pk: roll.opened_at for roll in self.rolls if roll.opened_at is not None}
        for change in self.rows:
            if change.opening and self._here(change, opened[change.roll]):
                sums[change.roll] = sums.get(change.roll, 0) + change.coverage.outstanding
        return [Point(at, Coverage(outstanding=sums.get(roll, 0)), roll, opened=True) for roll, at in opened.items()]

    def by_day(self, now: Coverage) -> list[Point]:
        """The openings, the counts at the ends of the days, and now. One query."""
        openings = self.openings()
        first = min(point.at for point in openings)
        days = closed_days(self.rolls, first, self.asked, self.places)
        points = [*openings, *(point for part in days.values() for point in part)]
        return [*sorted(points, key=lambda p: p.at), self._now(now)]

    def by_hour(self, now: Coverage) -> list[Point]:
        """The openings, the counts at the end of each hour in which something changed, and now.

        Of each roll until the next one was opened.
        """
        points = self.openings()
        for roll in self.rolls:
            hours: dict[datetime, Coverage] = {}
            for change in self.rows:
                if change.roll == roll.pk and self._here(change, min(change.end, self.asked.as_of)):
                    hours[change.end] = hours.get(change.end, NOTHING) + change.coverage
            total = NOTHING
            for end, change_then in sorted(hours.items()):
                total = total + change_then
                points.append(Point(min(end, self.asked.as_of), total, roll.pk))
        following = {one.pk: other.opened_at for one, other in pairwise(self.rolls)}
        shown = [p for p in points if p.opened or (after := following.get(p.roll)) is None or p.at < after]
        return [*sorted(shown, key=lambda p: (p.at, not p.opened)), self._now(now)]

    def _now(self, now: Coverage) -> Point:
        return Point(self.asked.as_of, now, self.rolls[-1].pk)

    def _here(self, change: Change, at: datetime) -> bool:
        """Whether the unit stood in the scope at a moment."""
        return change.unit is None or change.unit in self.places.units_under(self.asked.unit.pk, at)


def _change(row: Sequence[Any], root: bool) -> Change:
    roll, begun, opening, unit, outstanding, answered, excused, late, unmet = row
    start = sql.as_time(begun)
    assert start is not None
    # The last moment of the hour: what happens at the stroke belongs to the next.
    end = start + timedelta(hours=1, microseconds=-1)
    counts = Coverage(int(answered), int(excused), int(outstanding), int(late), int(unmet))
    return Change(sql.as_uuid(roll), end, bool(opening), None if root else sql.as_uuid(unit), counts)  # type: ignore[arg-type]
