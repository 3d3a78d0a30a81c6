"""Every time in Muster comes from here.

A district's clock is the machine's. A drill's clock is the machine's plus an offset that is kept in the
drill's database, or, while a scenario is played, the time of the event being played. Leases, time-outs and
retries never use either: they go by `monotonic()`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from muster.foundation.errors import Refusal, text

SETTLE_SECONDS = 10
"""A moment is settled when no transaction can any more record anything at it (decision 2)."""

STEP_BACK_WAIT_SECONDS_MAX = 2.0

YEAR_MIN, YEAR_MAX = 2000, 2999
"""Of every moment that somebody writes: what is reckoned from it, in any zone, stays one that engines have."""

_played: ContextVar[datetime | None] = ContextVar("played", default=None)
_offset: timedelta | None = None
_latest: datetime | None = None
"""The newest moment given out by this process, or recorded before it; none: not known yet."""


def machine_now() -> datetime:
    """The machine's own clock, UTC. Only for the offset of a drill and for log lines."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds of the machine's monotonic clock: for leases, time-outs, lock-outs and retries."""
    return time.monotonic()


def in_calendar(moment: datetime) -> bool:
    """Whether a moment that somebody wrote may be reckoned with; its year is read in the zone that it stands in."""
    return YEAR_MIN <= moment.year <= YEAR_MAX


def pause(seconds: float) -> None:
    """Sleep; here so that no other module needs `time`."""
    time.sleep(seconds)


def now() -> datetime:
    """The present moment of this database, UTC."""
    played = _played.get()
    return played if played is not None else machine_now() + offset()


def settled() -> datetime:
    """The newest moment about which every question has its final answer."""
    return now() - timedelta(seconds=SETTLE_SECONDS)


def recorded_at() -> datetime:
    """The moment to record on a fact, taken after the locks. Never before one that was recorded earlier.

    Raises: Refusal `clock.stepped_back` when the machine's clock went back by more than it is worth waiting.
    """
    global _latest
    if _played.get() is not None:
        return now()
    if _latest is None:
        _latest = _newest_recorded()
    waited = 0.0
    while (moment := now()) < _latest:
        if waited >= STEP_BACK_WAIT_SECONDS_MAX:
            raise Refusal(
                "clock.stepped_back",
                text("The server's clock went back. Nothing was recorded."),
                text("Set the server's clock right, then send it again."),
                status=503,
            )
        pause(0.05)
        waited += 0.05
    _latest = max(moment, _latest)
    return moment


def _newest_recorded() -> datetime:
    """What stands in the log: the clock may have gone back while this process was not there to see it."""
    from muster.foundation.models import AuditLine

    found = AuditLine.objects.order_by("-at").values_list("at", flat=True).first()
    return found or datetime.min.replace(tzinfo=UTC)


def offset() -> timedelta:
    """How far this database's clock is from the machine's: zero but in a drill."""
    global _offset
    if _offset is None:
        from muster.foundation.models import Database

        row = Database.objects.only("clock_offset_microseconds").first()
        _offset = timedelta(microseconds=row.clock_offset_microseconds if row else 0)
    return _offset


def forget_offset() -> None:
    """Read the offset and the newest moment again at the next question: after a drill has set it, at each tick."""
    global _offset, _latest
    _offset = None
    _latest = None


@contextmanager
def played_at(moment: datetime) -> Iterator[None]:
    """Set the clock to one moment, for an event of a scenario. Only a drill's database and tests accept it."""
    token = _played.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _played.reset(token)
