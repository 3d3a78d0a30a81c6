"""Reminding by hand: one entry or whoever is outstanding under some units, with what it will reach seen before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from muster.foundation import clock, jobs, sql
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, text
from muster.foundation.ids import new_id
from muster.foundation.models import Job
from muster.foundation.rights import HOUSE, Actor, house, refused
from muster.messages import outbox
from muster.messages.models import Channel
from muster.organisation.incidents import require_running
from muster.organisation.scope import below_any, holds_at
from muster.roll import telling
from muster.roll.actions import ABOVE
from muster.roll.book import not_open
from muster.roll.coverage import Name
from muster.roll.models import Entry, Roll
from muster.roll.telling import SLICE, Recipient

LATELY = timedelta(minutes=30)
"""Whoever was told anything about the roll within it is left out."""


@dataclass(frozen=True)
class Preview:
    """Whom a reminder reaches: how many by SMS, by mail and in groups, whom no channel reaches, who was told lately."""

    people: int
    sms: int
    mail: int
    groups: int
    unreached: int
    lately: int

    @property
    def anybody(self) -> bool:
        """Whether anybody would be told."""
        return bool(self.people or self.groups)


@dataclass(frozen=True)
class Reminded:
    """What came of a reminder. started: it goes on as a job, and so many will be told."""

    told: int = 0
    without: int = 0
    lately: int = 0
    started: int = 0


@dataclass(frozen=True)
class Whom:
    """The outstanding to remind: under the units at some paths, or one entry of them."""

    paths: tuple[str, ...]
    entry: UUID | None = None

    def wanted(self) -> Q:
        """The entries, as a condition."""
        found = below_any(self.paths, "unit__path")
        return found & Q(pk=self.entry) if self.entry else found


def told_of(roll: Roll, whom: Whom, at: datetime) -> list[Recipient]:
    """Who is told, people before groups; a single entry reminds no group."""
    entries = telling.outstanding(roll, whom.wanted())
    people = [Recipient(one.to, "roll.by_hand", one.count, one.unit) for one in telling.asked(entries, at)]
    return people + ([] if whom.entry else telling.groups(entries))


def preview(roll: Roll, whom: Whom, at: datetime) -> Preview:
    """What a reminder would reach now."""
    found = told_of(roll, whom, at)
    lately = outbox.told_since(roll.pk, at - LATELY, [one.to for one in found])
    left = [one for one in found if one.to not in lately]
    people = [one.to for one in left if not one.group]
    ways = outbox.reach(people, at)
    kinds = Counter(way.channel.kind for way in ways.values() if way.channel is not None)
    sms, mail = kinds[Channel.Kind.SMS], kinds[Channel.Kind.MAIL]
    return Preview(len(people), sms, mail, len(left) - len(people), len(people) - sms - mail, len(lately))


@action("roll.remind", roles=ABOVE)
def remind(*, by: Actor, roll: Roll, whom: Whom) -> Reminded:
    """Tell those who are outstanding, each once by this request; more than a slice of them by a job.

    A call carries `request`, so that the same form sent twice tells once.

    Raises: Refusal (403) for units that are not one's own, `remind.nobody` where nobody is left to tell.
    """
    if not whom.paths or not all(holds_at(by, ABOVE, path) for path in whom.paths):
        raise refused()
    # Locked: of two who remind at once the second finds whom the first told just now.
    row = Roll.objects.select_for_update(no_key=True).get(pk=roll.pk)
    if row.state != Roll.State.OPEN:
        raise not_open(row.state)
    require_running(row.incident_id)
    at = locked()
    found = told_of(row, whom, at)
    lately = outbox.told_since(row.pk, at - LATELY, [one.to for one in found])
    left = [one for one in found if one.to not in lately]
    if not left:
        raise _nobody(lately)
    current_line().note(row.pk, f"count:{len(left)}", *([whom.entry] if whom.entry else []))
    request = current_line().request or new_id()
    if len(left) > SLICE:
        _start(by, row, whom, request, at, len(left))
        return Reminded(lately=len(lately), started=len(left))
    put = telling.put(row, step_of(request), left)
    return Reminded(put.told, put.without, len(lately))


def _nobody(lately: Collection[UUID]) -> Refusal:
    if lately:
        return Refusal(
            "remind.lately",
            text("Everybody here was told within the last 30 minutes."),
            text("Wait a little, or call them."),
        )
    return Refusal("remind.nobody", text("Nobody here is outstanding."), text("Look at the roll again."))


def _start(by: Actor, roll: Roll, whom: Whom, request: UUID, at: datetime, count: int) -> None:
    args = {"roll": str(roll.pk), "paths": list(whom.paths), "request": str(request), "at": at.isoformat()}
    jobs.start("roll.remind", by=by.name, of=count, **args)


def step_of(request: UUID) -> str:
    """The name of a reminder in the outbox."""
    return f"hand:{request}"


@action("roll.remind_slice", roles=(HOUSE,))
def remind_slice(*, by: Actor, job: Job) -> int:
    """Tell the next people of a reminder; returns how many are left then."""
    rolls = Roll.objects.select_for_update(no_key=True, of=("self",)).select_related("incident")
    row = rolls.get(pk=UUID(job.args["roll"]))
    at = locked()
    if row.state != Roll.State.OPEN or not row.incident.runs:
        return 0
    step = step_of(UUID(job.args["request"]))
    left = _left(row, Whom(tuple(job.args["paths"])), step, datetime.fromisoformat(job.args["at"]), at)
    telling.put(row, step, left[:SLICE])
    current_line().note(row.pk, f"count:{len(left[:SLICE])}")
    return len(left[SLICE:])


def _left(roll: Roll, whom: Whom, step: str, asked_at: datetime, at: datetime) -> Sequence[Recipient]:
    """Who was not told yet by this reminder, nor by anything else shortly before or since it was asked for."""
    found = told_of(roll, whom, at)
    before = outbox.told_at(roll.pk, step)
    lately = outbox.told_since(roll.pk, asked_at - LATELY, [one.to for one in found if one.to not in before])
    return [one for one in found if one.to not in before and one.to not in lately]


def do_slice(job: Job) -> tuple[int, int, bool]:
    """One slice of the job `roll.remind`."""
    left = remind_slice(by=house("clockwork", "clockwork"), job=job)
    return max(0, job.of - left), job.of, left > 0


def assignees(names: Sequence[Name]) -> dict[UUID, UUID]:
    """{entry: who sees it as theirs}, of those that are assigned to somebody. A query for each 500 names."""
    found: dict[UUID, UUID] = {}
    for part in sql.slices([name.entry for name in names]):
        found |= dict(Entry.objects.filter(pk__in=part, assignee__isnull=False).values_list("pk", "assignee"))
    return found


def only_unreached(names: Sequence[Name], people: Mapping[UUID, UUID], most: int) -> tuple[list[Name], int]:
    """Of some outstanding names the first of those whom no channel reaches, and how many there are."""
    wanted = unreached({name.entry: (name.unit, people.get(name.entry)) for name in names})
    return [name for name in names if name.entry in wanted][:most], len(wanted)


def unreached(entries: Mapping[UUID, tuple[UUID, UUID | None]], at: datetime | None = None) -> set[UUID]:
    """The entries of which no channel reaches anybody who must answer; by entry its unit and its assignee."""
    at = at or clock.now()
    leads = telling.leads_at({unit for unit, assignee in entries.values() if assignee is None}, at)
    people = {pk: {assignee} if assignee else leads.get(unit, set()) for pk, (unit, assignee) in entries.items()}
    ways = outbox.reach({person for asked in people.values() for person in asked}, at)
    return {pk for pk, asked in people.items() if not any(ways.get(one) and ways[one].channel for one in asked)}
