"""Whom a telling reaches, and the clockwork that puts it into the outbox, slice by slice (docs/rules/chasing.md)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from muster.foundation import clock, sql
from muster.foundation.action import action, current_line, locked
from muster.foundation.rights import HOUSE, Actor, house
from muster.messages import outbox
from muster.messages.outbox import New, Put
from muster.organisation.models import Unit
from muster.organisation.people import holding
from muster.organisation.roles import COMMANDER, LEAD
from muster.roll.chasing import awake_at, tellings_of
from muster.roll.ladders import ABOVE, ASKED, GROUP, due_tellings
from muster.roll.models import OUTSTANDING, Chase, ChaseStep, Entry, Roll

SLICE = 500
"""People whom one transaction tells: it may not live longer than 8 s."""

Leads = Mapping[UUID, Collection[UUID]]


@dataclass(frozen=True)
class Recipient:
    """Who is told, by which template, of how many, and at which unit that stands; group: the group of that unit."""

    to: UUID
    template: str
    count: int
    unit: UUID
    group: bool = False


@dataclass(frozen=True)
class Open:
    """An outstanding entry, as far as telling needs it."""

    unit: UUID
    assignee: UUID | None


def outstanding(roll: Roll, among: Q | None = None) -> list[Open]:
    """What is outstanding on a roll, all or some of it. One query."""
    rows = Entry.objects.filter(roll=roll, state=OUTSTANDING)
    rows = rows.filter(among) if among is not None else rows
    return [Open(unit, assignee) for unit, assignee in rows.order_by("pk").values_list("unit", "assignee")]


def recipients(whom: str, entries: Sequence[Open], at: datetime) -> list[Recipient]:
    """Whom a step tells of these entries, each once, in the order of their ids. Three queries for each 500 units."""
    if whom == ABOVE:
        found = _above(entries, at)
    elif whom == GROUP:
        found = groups(entries)
    else:
        found = _people(entries, at, leads_too=whom != ASKED)
    return sorted(found, key=lambda one: one.to)


def asked(entries: Sequence[Open], at: datetime) -> list[Recipient]:
    """Who must answer these entries."""
    return recipients(ASKED, entries, at)


def _people(entries: Sequence[Open], at: datetime, *, leads_too: bool) -> list[Recipient]:
    """Assignees, and those who lead the unit: of what nobody is assigned, or of everything."""
    leads = leads_at({one.unit for one in entries if leads_too or one.assignee is None}, at)
    own: Counter[UUID] = Counter()
    led: Counter[UUID] = Counter()
    unit: dict[UUID, UUID] = {}
    for one in entries:
        if one.assignee is not None:
            own[one.assignee] += 1
            unit.setdefault(one.assignee, one.unit)
        if leads_too or one.assignee is None:
            for lead in leads.get(one.unit, ()):
                led[lead] += 1
                unit[lead] = one.unit
    # Whoever is assigned an entry and leads a unit hears of both in one message.
    if not leads_too:
        return [Recipient(to, "roll.asked", n, unit[to]) for to, n in (own + led).items()]
    found = [Recipient(to, "roll.lead", n, unit[to]) for to, n in led.items()]
    return found + [Recipient(to, "roll.asked", n, unit[to]) for to, n in own.items() if to not in led]


def _above(entries: Sequence[Open], at: datetime) -> list[Recipient]:
    """Who leads the units above, with how many are outstanding under each."""
    parents = _parents({one.unit for one in entries})
    counts = Counter(parents[one.unit] for one in entries if one.unit in parents)
    leads = leads_at(counts, at)
    missing = [unit for unit in counts if not leads.get(unit)]
    leads = {**leads, **leads_at(missing, at, role=COMMANDER)} if missing else leads
    sums: Counter[UUID] = Counter()
    unit: dict[UUID, UUID] = {}
    for one, count in counts.items():
        for lead in leads.get(one, ()):
            sums[lead] += count
            unit[lead] = one
    return [Recipient(to, "roll.above", n, unit[to]) for to, n in sums.items()]


def groups(entries: Sequence[Open]) -> list[Recipient]:
    """The groups of the accountable units that have a robot."""
    counts = Counter(one.unit for one in entries)
    reached = outbox.groups_of(counts)
    return [Recipient(unit, "roll.group", counts[unit], unit, group=True) for unit in reached]


def _parents(units: Iterable[UUID]) -> dict[UUID, UUID]:
    found: dict[UUID, UUID] = {}
    for part in sql.slices(sorted(units)):
        rows = Unit.objects.filter(pk__in=part, parent__isnull=False)
        found |= dict(rows.values_list("pk", "parent_id"))
    return found


def leads_at(units: Iterable[UUID], at: datetime, role: str = LEAD) -> dict[UUID, set[UUID]]:
    """{unit: the people who hold a role at it}, by the grants in force. A query for each 500 units."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for part in sql.slices(sorted(set(units))):
        rows = holding(role, at).filter(unit__in=part)
        for unit, person in rows.values_list("unit", "account__person"):
            found[unit].add(person)
    return found


def asked_of(person: UUID, at: datetime) -> Q:
    """The entries that ask somebody: assigned to them, or of a unit that they lead where nobody is assigned."""
    led = holding(LEAD, at).filter(account__person=person).values("unit")
    return Q(assignee=person) | Q(assignee=None, unit__in=led)


def led_by(person: UUID, at: datetime) -> Q:
    """The entries of the units that somebody leads, and those assigned to them."""
    return Q(assignee=person) | Q(unit__in=holding(LEAD, at).filter(account__person=person).values("unit"))


def put(roll: Roll, step: str, told: Sequence[Recipient], *, urgent: bool = False) -> Put:
    """Put one telling for each recipient into the outbox. Inside an action."""
    return outbox.put(
        [
            New(
                to=one.to,
                about=roll.pk,
                step=step,
                template=one.template,
                args={"roll": str(roll.pk), "count": one.count, "unit": str(one.unit), "to": str(one.to)},
                incident=roll.incident_id,
                urgent=urgent,
                group=one.group,
            )
            for one in told
        ]
    )


def step_of(turn: int, telling: int) -> str:
    """The name of a telling in the outbox."""
    return f"ladder:{turn}:{telling}"


@action("roll.tell_slice", roles=(HOUSE,))
def tell_slice(*, by: Actor, roll: Roll) -> bool:
    """Tell the next people of the telling that is due on a chased roll; the last slice notes it done.

    Returns whether more of it is left. What came between the look and the lock counts: a roll that is closed or
    chased no more tells nothing.
    """
    chase = Chase.objects.select_for_update(no_key=True, of=("self",)).select_related("ladder").get(pk=roll.pk)
    row = Roll.objects.select_related("incident").get(pk=roll.pk)
    at = locked()
    current_line().note(row.pk, chase.ladder_id)
    if chase.stopped_at is not None or row.state != Roll.State.OPEN or not row.incident.runs:
        return False
    now = due_tellings(tellings_of(chase.ladder, row), chase.since, at)
    over = set(ChaseStep.objects.filter(roll=row, turn=chase.turn).values_list("telling", flat=True))
    _note([one.n for one in now.passed if one.n not in over], chase, at, passed=True)
    if now.due is None or now.due.n in over:
        Chase.objects.filter(pk=row.pk).update(next_at=now.next.at if now.next else None)
        return False
    awake = awake_at(chase.ladder, at)
    if awake > at:
        # The clockwork stood still when its time came, and goes on in the night.
        Chase.objects.filter(pk=row.pk).update(next_at=awake)
        return False
    step = step_of(chase.turn, now.due.n)
    before = outbox.told_at(row.pk, step)
    left = [one for one in recipients(now.due.whom, outstanding(row), at) if one.to not in before]
    put(row, step, left[:SLICE], urgent=chase.ladder.urgent)
    current_line().note(f"step:{step}", f"count:{len(left[:SLICE])}")
    if len(left) > SLICE:
        return True
    _note([now.due.n], chase, at, passed=False)
    Chase.objects.filter(pk=row.pk).update(next_at=now.next.at if now.next else None)
    return False


def _note(tellings: Sequence[int], chase: Chase, at: datetime, *, passed: bool) -> None:
    sql.insert(
        [
            sql.fresh(ChaseStep, roll_id=chase.roll_id, turn=chase.turn, telling=n, done_at=at, passed=passed)
            for n in tellings
        ]
    )


def chore() -> int:
    """For the clockwork: whatever is due on the rolls that are chased. One query where nothing is."""
    rolls = Roll.objects.filter(
        state=Roll.State.OPEN,
        incident__closed_at=None,
        incident__rests_since=None,
        chase__stopped_at=None,
        chase__next_at__lte=clock.now(),
    )
    done = 0
    for roll in rolls.order_by("chase__next_at", "pk"):
        while tell_slice(by=house("clockwork", "clockwork"), roll=roll):
            done += 1
        done += 1
    return done
