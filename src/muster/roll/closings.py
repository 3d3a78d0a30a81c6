"""Closings: each roll's counts at the end of each reporting day, so that the past is counted from there."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from muster.foundation import clock, sql
from muster.organisation.models import District
from muster.roll import coverage
from muster.roll.models import Closing, Roll


def day_ends(first: datetime, last: datetime, district: District) -> list[datetime]:
    """The ends of the reporting days in (first, last], in the district's zone."""
    zone = ZoneInfo(district.zone)
    day = first.astimezone(zone).date()
    ends: list[datetime] = []
    while True:
        end = datetime.combine(day, district.day_starts_at, zone)
        if end > last:
            return ends
        if end > first:
            ends.append(end)
        day += timedelta(days=1)


def close_days(up_to: datetime) -> int:
    """Write every closing that is due and missing; returns how many moments were closed."""
    district = District.objects.first()
    if district is None:
        return 0
    # Only a settled moment is closed: nothing can be recorded at or before it any more.
    limit = min(up_to, clock.settled())
    done = 0
    rolls = list(Roll.objects.filter(opened_at__lte=limit).order_by("pk"))
    last = coverage.last_closings([roll.pk for roll in rolls], limit) if rolls else {}
    for roll in rolls:
        first = last.get(roll.pk) or roll.opened_at
        assert first is not None
        stop = limit if roll.closed_at is None else min(limit, roll.closed_at + timedelta(days=1))
        for end in day_ends(first, stop, district):
            _close(roll, end)
            done += 1
    return done


@transaction.atomic
def _close(roll: Roll, end: datetime) -> None:
    counted = coverage.count([roll], end)[roll.pk]
    sql.insert(
        [
            Closing(
                roll=roll,
                closed_at=end,
                unit_id=unit,
                outstanding=c.outstanding,
                answered=c.answered,
                excused=c.excused,
                late=c.late,
                unmet=c.unmet,
            )
            for unit, c in sorted(counted.units.items())
        ]
    )


def chore() -> int:
    """For the clockwork: close the days that ended."""
    return close_days(clock.settled())
