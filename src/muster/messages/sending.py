"""The clockwork sends what waits: each message is taken, sent, and what became of it written down.

A message is taken before it is sent, in a transaction of its own, and let go after it. Killed in between, it may have
arrived: it is *unsure*, stands on the administrator's list, and is not sent again unasked. Nothing is told twice, and
nothing is lost unseen. These two writes are the house's own bookkeeping about each envelope and no verb; what was read
of people in order to send is one, with its line in the log, once for each batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import structlog
from django.db import DatabaseError
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
from muster.organisation.models import Person
from muster.vault.models import Reading
from muster.vault.particulars import open_all
from muster.vault.readings import note

SECONDS_MAX = 15.0
"""So long a tick sends; the rest waits for the next one."""
SECONDS_LEAST = 1.0
"""So long each channel may send in any case, however long those before it took."""
BATCH = 50
TRIES_MAX = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
GONE_AFTER = timedelta(minutes=5)
"""A message that is being sent for longer than any answer is waited for: whoever sent it was killed."""
FAILURES_MAX = 3
"""So many failures one after another, and the channel is left alone until the next tick."""

GONE = "message.gone"
NO_WORDS = "message.no_words"
NO_ADDRESS = "message.no_address"
OUTDATED = "message.outdated"

log = structlog.get_logger()


def chore() -> int:
    """Send what is due, channel by channel, for some seconds; returns how many were sent."""
    _find_the_killed()
    _list_the_ended()
    ends = clock.monotonic() + SECONDS_MAX
    sent, channels_due = 0, _due_channels()
    for place, channel in enumerate(channels_due):
        # Of the time that is left each has its share, and a little always: one that is slow keeps no other waiting.
        left = ends - clock.monotonic()
        share = max(left / (len(channels_due) - place), SECONDS_LEAST)
        try:
            sent += _send_by(channel, clock.monotonic() + share)
        except Exception as error:  # one channel's trouble is not the next one's
            log.error("messages.channel_failed", channel=str(channel.pk), error=type(error).__name__)
    return sent


def _due_channels() -> list[Channel]:
    """Those by which something is due."""
    due = Message.objects.filter(state=Message.State.WAITING, next_at__lte=clock.now())
    waiting = {row[0] for row in due.values_list("channel").distinct()}
    return list(Channel.objects.filter(pk__in=waiting, paused_at=None, ended_at=None).order_by("made_at"))


def _find_the_killed() -> int:
    """What somebody was sending when they were killed may have arrived."""
    old = Message.objects.filter(state=Message.State.SENDING, begun_at__lte=clock.now() - GONE_AFTER)
    return old.update(state=Message.State.UNSURE, ended_at=clock.now(), error="channel.killed")


def _list_the_ended() -> int:
    """What was put, or came back to be tried again, while its channel ended stands on the list as well."""
    over = Message.objects.filter(
        state=Message.State.WAITING, channel__in=Channel.objects.filter(ended_at__isnull=False)
    )
    return over.update(state=Message.State.FAILED, ended_at=clock.now(), error="channel.ended")


def _send_by(channel: Channel, ends: float) -> int:
    """Send by one channel until nothing is due, the time is up, or the channel is in trouble."""
    sent, failures, due_by = 0, 0, clock.now()
    with _speaker(channel) as speaker:
        while clock.monotonic() < ends and _due(channel, due_by).exists():
            for letter in take_batch(by=house("messages", "clockwork"), channel=channel, due_by=due_by):
                if clock.monotonic() >= ends or not _begin(letter.message):
                    continue
                result = _said(speaker, letter)
                _end(letter.message, result)
                sent += isinstance(result, Sent)
                failures = failures + 1 if isinstance(result, Later | Unsure) else 0
                if failures >= FAILURES_MAX or (isinstance(result, Later) and result.broken):
                    log.warning("messages.channel_in_trouble", channel=str(channel.pk), code=_code(result))
                    return sent
    return sent


def _said(speaker: Speaker, letter: Letter) -> Result:
    """What became of one try; whatever nobody thought of may have happened after it was handed over."""
    try:
        return speaker(letter)
    except Exception as error:  # the next message is not held up by it, and it stands on the list
        log.error("messages.speaker_failed", message=str(letter.message.pk), error=type(error).__name__)
        return Unsure("channel.no_answer")


def _due(channel: Channel, by: datetime) -> QuerySet[Message]:
    """What is due, while the channel speaks; what failed in this tick is due after it."""
    return channel.messages.filter(
        state=Message.State.WAITING, next_at__lte=by, channel__paused_at=None, channel__ended_at=None
    )


class Letter:
    """A message with what it says and where it goes. unfit: why it is not sent at all; to, told: then none."""

    def __init__(self, message: Message, to: str | None, told: Told | None, unfit: str = "") -> None:
        self.message, self.to, self.unfit = message, to, unfit
        self.told = told or Told("", "")


@action("messages.take_batch", roles=(HOUSE,))
def take_batch(*, by: Actor, channel: Channel, due_by: datetime) -> list[Letter]:
    """The next messages that are due by a channel, with the addresses opened for them: a reading each."""
    at = locked()
    rows = list(_due(channel, due_by).order_by("next_at", "pk")[:BATCH])
    asked = {row.person_id for row in rows if row.person_id}
    # Whoever left, was merged or erased meanwhile is told nothing, and nothing of theirs is opened.
    people = sorted(Person.objects.filter(pk__in=asked, status=Person.Status.ACTIVE).values_list("pk", flat=True))
    purpose = REACHED_BY.get(channel.kind, "")
    addresses = open_all("person", people, purpose, at) if purpose and people else {}
    if addresses:
        note(by, "person", list(addresses), purpose, Reading.Way.OPENED)
    current_line().note(channel.pk, f"count:{len(rows)}")
    wishes = Wish.objects.filter(person__in=people).values_list("person", "language")
    languages: dict[UUID | None, str] = dict(wishes)
    languages[None] = district().language
    return [_letter(row, set(people), addresses, languages) for row in rows]


def _letter(
    row: Message, people: Collection[UUID], addresses: Mapping[UUID, str], languages: Mapping[UUID | None, str]
) -> Letter:
    """A message in the language of whoever reads it; languages: that of None is the district's."""
    to = addresses.get(row.person_id) if row.person_id else None
    if row.person_id and row.person_id not in people:
        return Letter(row, None, None, GONE)
    if row.person_id and not to:
        return Letter(row, None, None, NO_ADDRESS)
    try:
        return Letter(row, to, told(row.template, row.args, languages.get(row.person_id, languages[None])))
    except DatabaseError:
        raise
    except Exception as error:  # a template that no room knows any more, what it was about is not there any more
        log.error("messages.no_words", message=str(row.pk), error=type(error).__name__)
        return Letter(row, None, None, NO_WORDS)


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
    if letter.unfit:
        return Never(letter.unfit)
    if not still_holds(letter.message.template, letter.message.args):
        return Never(OUTDATED)
    return by(letter)


def _begin(message: Message) -> bool:
    """Take a message, before it is sent. False where somebody else has it, it was given up, or its channel stopped."""
    now = clock.now()
    speaks = Channel.objects.filter(paused_at=None, ended_at=None)
    free = Message.objects.filter(pk=message.pk, state=Message.State.WAITING, channel__in=speaks)
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
