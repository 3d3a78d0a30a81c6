"""Against guessing: tries are counted before they are looked at, by account and by address (docs/rules/ways-in.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from muster.foundation import clock, keys
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, text
from muster.foundation.rights import HOUSE, Actor, house
from muster.organisation.models import LockOut

TRIES_MAX: dict[str, int] = {LockOut.Kind.ACCOUNT: 5, LockOut.Kind.FACTOR: 5, LockOut.Kind.ADDRESS: 30}
FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=8)
FORGOTTEN_AFTER = timedelta(days=1)
"""So long after the last try a count is forgotten, with its address."""


@dataclass(frozen=True)
class Guarded:
    """For what tries are counted: an account by its name, or an address; by its keyed hash only."""

    kind: str
    key: str


def guarded(kind: str, words: str) -> Guarded:
    """What is counted for an account's name or for an address."""
    return Guarded(kind, keys.hmac_hex("access", f"{kind} {words.strip().lower()}"))


@action("organisation.take_try", roles=(HOUSE,))
def take_try(*, by: Actor, what: Sequence[Guarded]) -> None:
    """Count a try before its password is looked at, so that many at once are no more than one after the other.

    The last that is allowed locks at once; a right answer lifts that. Raises: Refusal `guessing.locked` (429).
    """
    rows = [_row(one) for one in sorted(what, key=lambda one: (one.kind, one.key))]
    at = locked()
    until = max((row.locked_until for row in rows if row.locked_until and row.locked_until > at), default=None)
    if until is not None:
        raise is_locked(until)
    for row in rows:
        _count(row, at)


def _row(one: Guarded) -> LockOut:
    now = clock.now()
    LockOut.objects.bulk_create(
        [LockOut(kind=one.kind, key_hmac=one.key, first_at=now, last_at=now)], ignore_conflicts=True
    )
    return LockOut.objects.select_for_update(no_key=True).get(kind=one.kind, key_hmac=one.key)


def _count(row: LockOut, at: datetime) -> None:
    quiet_since = at - FORGOTTEN_AFTER
    rounds = row.rounds if row.last_at > quiet_since else 0
    # A lock that has ended, or a day without a try, begins a new count.
    tries = 0 if row.locked_until is not None or row.last_at <= quiet_since else row.tries
    until = None
    if tries + 1 >= TRIES_MAX[row.kind]:
        until = at + min(FIRST_LOCK * 2**rounds, LONGEST_LOCK)
        rounds = min(rounds + 1, 10)
    LockOut.objects.filter(pk=row.pk).update(
        tries=tries + 1, rounds=rounds, locked_until=until, last_at=at, first_at=at if tries == 0 else row.first_at
    )


def count_within(what: Guarded, most: int, time: timedelta) -> datetime | None:
    """Count one more of what may be done so often in a time; where it was, until when it may not. Inside an action."""
    row = _row(what)
    at = locked()
    begun = row.tries > 0 and row.first_at > at - time
    if begun and row.tries >= most:
        return row.first_at + time
    LockOut.objects.filter(pk=row.pk).update(
        tries=row.tries + 1 if begun else 1, first_at=row.first_at if begun else at, last_at=at
    )
    return None


def forgive(what: Sequence[Guarded]) -> None:
    """A right answer: the account's count is cleared, the address has this one try back. Inside an action."""
    for one in what:
        rows = LockOut.objects.filter(kind=one.kind, key_hmac=one.key)
        if one.kind != LockOut.Kind.ADDRESS:
            rows.update(tries=0, rounds=0, locked_until=None)
            continue
        row = rows.select_for_update(no_key=True).first()
        if row is not None and row.tries:
            rows.update(
                tries=row.tries - 1, locked_until=None if row.tries == TRIES_MAX[one.kind] else row.locked_until
            )


def is_locked(until: datetime) -> Refusal:
    """No more tries for now: until when, and whom to ask."""
    return Refusal(
        "guessing.locked",
        text("Too many wrong tries. Nobody is let in here until %(until)s."),
        text("Wait until then, or ask the administrator or whoever leads your unit for a new link."),
        status=429,
        until=timezone.localtime(until).strftime("%H:%M"),
    )


def _quiet(at: datetime) -> QuerySet[LockOut]:
    return LockOut.objects.filter(last_at__lte=at - FORGOTTEN_AFTER)


def forget_old() -> int:
    """For the clockwork: counts of which nothing was heard for a day go. No line in the log where there is none."""
    if not _quiet(clock.now()).exists():
        return 0
    return forget_tries(by=house("retention", "clockwork"))


@action("organisation.forget_tries", roles=(HOUSE,))
def forget_tries(*, by: Actor) -> int:
    """Let go the counts of tries of which nothing was heard for a day, with what hides an address; returns how many."""
    gone, _each = _quiet(locked()).delete()
    current_line().note(f"count:{gone}")
    return gone
