"""What goes into the outbox, and by which channel it will leave. Inside an action; docs/rules/messages.md."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from muster.foundation import sql
from muster.foundation.action import locked
from muster.foundation.ids import new_id
from muster.messages import night
from muster.messages.models import ROBOTS, Channel, Message, Nudge
from muster.messages.purposes import MAIL
from muster.organisation.asking import zone
from muster.organisation.models import Appointment, Person
from muster.organisation.scope import covers
from muster.vault.models import Particular
from muster.vault.purposes import CONTACT

REACHED_BY: Mapping[str, str] = {Channel.Kind.SMS: CONTACT, Channel.Kind.MAIL: MAIL}
"""What must be kept of somebody so that a channel of this kind reaches them; tried in this order."""


@dataclass(frozen=True)
class New:
    """Something to tell. to: a person, or a unit whose group is told. about, step: told once to each.

    args: ids, codes and counts, never a name. by: the channel, where it is to be that one and no other.
    """

    to: UUID
    about: UUID
    step: str
    template: str
    args: Mapping[str, Any] = field(default_factory=dict)
    incident: UUID | None = None
    urgent: bool = False
    group: bool = False
    by: Channel | None = None


@dataclass(frozen=True)
class Put:
    """What became of it: how many will be told, whom no channel reaches, and whom it was told before."""

    told: int
    without: int
    before: int


@dataclass(frozen=True)
class Way:
    """How somebody is reached: by which channel (none: by nobody's), and at which unit they belong."""

    unit: UUID
    channel: Channel | None


def put(news: Sequence[New]) -> Put:
    """Put messages into the outbox, each once for its (about, step, to). Inside an action, after its locks."""
    at = locked()
    fresh = _not_told(news)
    ways = reach([new.to for new in fresh if not new.group], at) | _groups([new.to for new in fresh if new.group])
    quiet, local = night.hours(), zone()
    messages: list[Message] = []
    nudges: list[Nudge] = []
    for new in fresh:
        way = ways.get(new.to)
        channel = new.by or (way.channel if way else None)
        message = None
        if way is not None and channel is not None:
            next_at = at if new.urgent else night.after_night(at, quiet, local)
            message = _message(new, way.unit, channel, at, next_at)
            messages.append(message)
        sent_as = message.pk if message else None
        nudges.append(sql.fresh(Nudge, about=new.about, step=new.step, to=new.to, message_id=sent_as, at=at))
    sql.insert(messages)
    sql.insert(nudges)
    return Put(len(messages), len(fresh) - len(messages), len(news) - len(fresh))


def _message(new: New, unit: UUID, channel: Channel, at: datetime, next_at: datetime) -> Message:
    return Message(
        id=new_id(),
        incident_id=new.incident,
        unit_id=unit,
        person_id=None if new.group else new.to,
        channel=channel,
        template=new.template,
        args=dict(new.args),
        urgent=new.urgent,
        made_at=at,
        next_at=next_at,
    )


def _not_told(news: Sequence[New]) -> list[New]:
    """Those that were not told before, each once, by the id of whom they are for."""
    told: set[tuple[UUID, str, UUID]] = set()
    for about, step in {(new.about, new.step) for new in news}:
        told |= {(about, step, to) for to in told_at(about, step)}
    fresh: dict[tuple[UUID, str, UUID], New] = {}
    for new in news:
        key = (new.about, new.step, new.to)
        if key not in told:
            fresh.setdefault(key, new)
    return [fresh[key] for key in sorted(fresh, key=lambda key: (key[2], key[0], key[1]))]


def told_at(about: UUID, step: str) -> set[UUID]:
    """Whom it was told at that step already, and as whom they go on who were merged since. Two queries."""
    rows = Nudge.objects.filter(about=about, step=step)
    merged = Person.objects.filter(pk__in=rows.values("to"), merged_into__isnull=False)
    return set(rows.values_list("to", flat=True)) | set(merged.values_list("merged_into_id", flat=True))


def told_since(about: UUID, since: datetime, among: Collection[UUID]) -> set[UUID]:
    """Which of these were told anything about it since a moment."""
    found: set[UUID] = set()
    for part in sql.slices(list(among)):
        merged = dict(Person.objects.filter(merged_into__in=part).values_list("pk", "merged_into_id"))
        rows = Nudge.objects.filter(about=about, to__in=[*part, *merged], at__gte=since)
        found |= {merged.get(to, to) for to in rows.values_list("to", flat=True)}
    return found


def reach(people: Collection[UUID], at: datetime) -> dict[UUID, Way]:
    """{person: how they are reached}, for those who belong anywhere. One query, and two for each 500 people."""
    channels = list(Channel.objects.filter(kind__in=REACHED_BY, paused_at=None, ended_at=None).select_related("unit"))
    found: dict[UUID, Way] = {}
    for part in sql.slices(sorted(set(people))):
        homes = Appointment.objects.filter(person__in=part, primary=True, until=None)
        places = {person: (unit, path) for person, unit, path in homes.values_list("person", "unit", "unit__path")}
        kept = _kept(places, at) if channels else {}
        for person, (unit, path) in places.items():
            found[person] = Way(unit, _nearest(channels, path, kept.get(person, ())))
    return found


def _kept(people: Iterable[UUID], at: datetime) -> dict[UUID, set[str]]:
    """{person: the purposes of what is kept to reach them}."""
    rows = Particular.objects.filter(
        subject_kind="person",
        subject_id__in=list(people),
        purpose__in=REACHED_BY.values(),
        body__isnull=False,
        expires_at__gt=at,
    )
    found: dict[UUID, set[str]] = {}
    for person, purpose in rows.values_list("subject_id", "purpose"):
        found.setdefault(person, set()).add(purpose)
    return found


def _nearest(channels: Sequence[Channel], path: str, kept: Collection[str]) -> Channel | None:
    """The channel of the first kind that reaches somebody at this place: the one that stands nearest above."""
    for kind, purpose in REACHED_BY.items():
        over = [one for one in channels if one.kind == kind and covers(one.unit.path, path)]
        if over and purpose in kept:
            return max(over, key=lambda one: (len(one.unit.path), one.made_at))
    return None


def _groups(units: Collection[UUID]) -> dict[UUID, Way]:
    """{unit: the robot of its group}."""
    found: dict[UUID, Way] = {}
    for part in sql.slices(sorted(set(units))):
        rows = Channel.objects.filter(unit__in=part, kind__in=ROBOTS, paused_at=None, ended_at=None)
        found |= {row.unit_id: Way(row.unit_id, row) for row in rows.order_by("made_at")}
        found |= {unit: Way(unit, None) for unit in part if unit not in found}
    return found


def groups_of(units: Collection[UUID]) -> set[UUID]:
    """Which of these units have a robot in their group. A query for each 500 units."""
    return {unit for unit, way in _groups(units).items() if way.channel}
