"""The hours in which nobody is woken. Pure, but for the row that the district may state: docs/rules/messages.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from muster.messages.models import Night


@dataclass(frozen=True)
class Hours:
    """From when to when by the clock of the zone; begins after ends means over midnight. Equal: no night at all."""

    begins: time
    ends: time

    def __contains__(self, moment: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= moment < self.ends
        return moment >= self.begins or moment < self.ends

    def __str__(self) -> str:
        """As a line of the log says it: 22:00-07:00."""
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"


USUAL = Hours(time(22), time(7))


def hours() -> Hours:
    """The district's night. One query."""
    row = Night.objects.first()
    return Hours(row.begins, row.ends) if row else USUAL


def after_night(at: datetime, quiet: Hours, zone: tzinfo) -> datetime:
    """The moment itself, or the end of the night in which it lies."""
    local = at.astimezone(zone)
    if local.time() not in quiet:
        return at
    ends = datetime.combine(local.date(), quiet.ends, zone)
    if ends <= local:
        ends = datetime.combine(local.date() + timedelta(days=1), quiet.ends, zone)
    return ends.astimezone(at.tzinfo)
