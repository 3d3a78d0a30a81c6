"""The clockwork sends what waits: each message is taken, sent, and what became of it written down.

A message is taken before it is sent, in a transaction of its own, and let go after it. Killed in between, it may have
arrived: it is *unsure*, stands on the administrator's list, and is not sent again unasked. Nothing is told twice, and
nothing is lost unseen. These two writes are the house's own bookkeeping about each envelope and no verb; what was read
of people in order to send is one, with its line in the log, once for each batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import structlog
from django.db.models import F, QuerySet

from muster.foundation import clock
from muster.foundation.action import action, current_line, locked
from muster.foundation.rights import HOUSE, Actor, house
from muster.messages import channels, night, robots, sms
from muster.messages.mail import Mailer
from muster.messages.models import ROBOTS, Channel, Message, Wish
from muster.messages.outbox import REACHED_BY
from muster.messages.results import Later, Never, Result, Sent, Unsure
from muster.messages.texts import Told, still_holds, told
from muster.organisation.asking import district, zone
from muster.vault.models import Reading
from muster.vault.particulars import open_all
from muster.vault.readings import note

SECONDS_MAX = 15.0
"""So long a tick sends; the rest waits for the next one."""
BATCH = 50
TRIES_MAX = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
GONE_AFTER = timedelta(minutes=5)
"""A message that is being sent for longer than any answer is waited for: whoever sent it was killed."""
FAILURES_MAX = 3
"""So many failures one after another, and the channel is left alone until the next tick."""

NO_ADDRESS = "message.no_address"
OUTDATED = "message.outdated"

log = structlog.get_logger()


def chore() -> int:
    """Send what is due, channel by channel, for some seconds; returns how many were sent."""
    _find_the_killed()
    ends = clock.monotonic() + SECONDS_MAX
    sent = 0
    for channel in _due_channels():
        sent += _send_by(channel, ends)
    return sent


def _due_channels() -> list[Channel]:
    """Those by which something is due, the one that waits longest first."""
    due = Message.objects.filter(state=Message.State.WAITING, next_at__lte=clock.now())
    waiting = {row[0] for row in due.values_list("channel").distinct()}
    return list(Channel.objects.filter(pk__in=waiting, paused_at=None).order_by("made_at"))


def _find_the_killed() -> int:
    """What somebody was sending when they were killed may have arrived."""
    old = Message.objects.filter(state=Message.State.SENDING, begun_at__lte=clock.now() - GONE_AFTER)
    return old.update(state=Message.State.UNSURE, ended_at=clock.now(), error="channel.killed")


def _send_by(channel: Channel, ends: float) -> int:
    """Send by one channel until nothing is due, the time is up, or the channel is in trouble."""
    sent, failures, due_by = 0, 0, clock.now()
    with _speaker(channel) as speaker:
        while clock.monotonic() < ends and _due(channel, due_by).exists():
            for letter in take_batch(by=house("messages", "clockwork"), channel=channel, due_by=due_by):
                if clock.monotonic() >= ends or not _begin(letter.message):
                    continue
                result = speaker(letter)
                _end(letter.message, result)
                sent += isinstance(result, Sent)
                failures = failures + 1 if isinstance(result, Later) else 0
                if failures >= FAILURES_MAX or (isinstance(result, Later) and result.broken):
                    log.warning("messages.channel_in_trouble", channel=str(channel.pk), code=_code(result))
                    return sent
    return sent


def _due(channel: Channel, by: datetime) -> QuerySet[Message]:
    """What is due; what failed in this tick is due after it."""
    return channel.messages.filter(state=Message.State.WAITING, next_at__lte=by)


class Letter:
    """A message with what it says and where it goes; to: none where nothing is kept to reach them."""

    def __init__(self, message: Message, to: str | None, told: Told) -> None:
        self.message, self.to, self.told = message, to, told


@action("messages.take_batch", roles=(HOUSE,))
def take_batch(*, by: Actor, channel: Channel, due_by: datetime) -> list[Letter]:
    """The next messages that are due by a channel, with the addresses opened for them: a reading each."""
    at = locked()
    rows = list(_due(channel, due_by).order_by("next_at", "pk")[:BATCH])
    people = sorted({row.person_id for row in rows if row.person_id})
    purpose = REACHED_BY.get(channel.kind, "")
    addresses = open_all("person", people, purpose, at) if purpose and people else {}
    if addresses:
        note(by, "person", list(addresses), purpose, Reading.Way.OPENED)
    current_line().note(channel.pk, f"count:{len(rows)}")
    languages = dict(Wish.objects.filter(person__in=people).values_list("person", "language"))
    usual = district().language
    return [
        Letter(
            row,
            addresses.get(row.person_id) if row.person_id else None,
            told(row.template, row.args, languages.get(row.person_id, usual) if row.person_id else usual),
        )
        for row in rows
    ]


class Speaker(Protocol):
    """Says one letter by a channel."""

    def __call__(self, letter: Letter) -> Result: ...


@contextmanager
def _speaker(channel: Channel) -> Iterator[Speaker]:
    """Whoever speaks by a channel, for as long as a tick sends by it."""
    known = channels.known_of(channel)
    if known is None:
        yield lambda letter: Later("channel.unreadable", broken=True)
    elif channel.kind == Channel.Kind.MAIL:
        mailer = Mailer(known)
        try:
            yield partial(_speak, by=lambda letter: mailer.say(letter.to or "", letter.told, letter.message.pk))
        finally:
            mailer.close()
    else:
        yield partial(_speak, by=partial(_ask_web, channel, known))


def _ask_web(channel: Channel, known: Mapping[str, Any], letter: Letter) -> Result:
    if channel.kind in ROBOTS:
        return robots.say(channel.kind, known, letter.told.whole)
    return sms.say(known, letter.to or "", letter.told.whole, letter.message.pk.hex)


def _speak(letter: Letter, by: Speaker) -> Result:
    """What is no longer worth saying, or nowhere to be sent, is not said."""
    if not still_holds(letter.message.template, letter.message.args):
        return Never(OUTDATED)
    if letter.message.person_id is not None and not letter.to:
        return Never(NO_ADDRESS)
    return by(letter)


def _begin(message: Message) -> bool:
    """Take a message, before it is sent. False where somebody else has it, or it was given up meanwhile."""
    now = clock.now()
    free = Message.objects.filter(pk=message.pk, state=Message.State.WAITING)
    return bool(free.update(state=Message.State.SENDING, begun_at=now, tries=F("tries") + 1))


def _end(message: Message, result: Result) -> None:
    """Write down what became of a message that was taken."""
    now, tries = clock.now(), message.tries + 1
    mine = Message.objects.filter(pk=message.pk, state=Message.State.SENDING)
    if isinstance(result, Sent):
        mine.update(state=Message.State.SENT, ended_at=now, error="")
    elif isinstance(result, Later) and tries < TRIES_MAX:
        mine.update(state=Message.State.WAITING, next_at=_next(message, result, tries, now), error=result.code)
    else:
        mine.update(state=_LAST[type(result)], ended_at=now, error=_code(result))


_LAST = {
    Later: Message.State.FAILED,
    Never: Message.State.FAILED,
    Unsure: Message.State.UNSURE,
}


def _code(result: Result) -> str:
    return "" if isinstance(result, Sent) else result.code


def _next(message: Message, result: Later, tries: int, now: datetime) -> datetime:
    """When it is tried again: each wait twice the one before, as long as was asked at least, and not in the night."""
    wait = max(min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT), timedelta(seconds=result.after))
    return now + wait if message.urgent else night.after_night(now + wait, night.hours(), zone())
