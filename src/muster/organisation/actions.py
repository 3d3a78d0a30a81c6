"""The verbs of organisation: set up a district, register units and people, grant, merge, open an incident."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Count

from muster.foundation import clock, sql
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.ids import new_id
from muster.foundation.rights import HOUSE, Actor
from muster.organisation.asking import require_district
from muster.organisation.granting import write_absence
from muster.organisation.models import (
    Absence,
    Account,
    Appointment,
    District,
    Grant,
    Incident,
    Person,
    Unit,
    UnitCode,
    UnitKind,
    UnitPath,
    UnitSet,
    UnitSetMember,
    lasting,
)
from muster.organisation.names import person_columns, unit_columns
from muster.organisation.roles import ADMINISTRATOR, COMMANDER, DECIDE, LEAD, MEMBER
from muster.organisation.scope import covers
from muster.organisation.tree import label_of, next_number
from muster.organisation.units import require_nothing_open
from muster.vault import purposes

SETTERS = (HOUSE, ADMINISTRATOR)


@dataclass(frozen=True)
class NewKind:
    """A rank or kind of unit to register."""

    key: str
    name: str
    rank: int
    team: bool = False


@dataclass(frozen=True)
class NewUnit:
    """A unit to register, by its code; `parent` is the code of the unit above, empty for the root."""

    code: str
    scheme: str
    name: str
    short_name: str
    kind: str
    parent: str
    opened_on: date


@dataclass(frozen=True)
class NewPerson:
    """A person to register with the first appointment; `unit` is a unit's id."""

    number: str
    name: str
    unit: UUID
    title: str
    leads: bool = False
    id: UUID = field(default_factory=new_id)


@action("organisation.register_kinds", roles=SETTERS)
def register_kinds(*, by: Actor, kinds: Sequence[NewKind]) -> None:
    """Name the ranks and kinds of units of this district."""
    UnitKind.objects.bulk_create([UnitKind(key=k.key, name=k.name, rank=k.rank, team=k.team) for k in kinds])


@action("organisation.register_units", roles=SETTERS)
def register_units(*, by: Actor, units: Sequence[NewUnit], opened_at: datetime) -> dict[str, UUID]:
    """Add units to the tree; returns {code: unit id}.

    They stand in the tree from the moment at which it is said, so that no tree of the past changes; opened_at is only
    what is told of them. Raises: Refusal for a code that stands twice, an unknown kind or parent, a circle, a second
    root.
    """
    at = locked()
    ordered = _parents_first(units)
    _require_kinds(units)
    _require_one_root(units)
    known = dict(UnitCode.objects.filter(valid_to__isnull=True).values_list("code", "unit"))
    placed: dict[UUID, Unit] = {u.pk: u for u in Unit.objects.filter(pk__in=known.values())}
    number = next_number()
    made: list[Unit] = []
    for order, row in enumerate(ordered):
        if row.code in known:
            raise invalid("code", text("The code %(unit_code)s is in use."), "unit.code_twice", unit_code=row.code)
        parent = placed[known[row.parent]] if row.parent else None
        unit = Unit(
            label=label_of(number + order),
            parent=parent,
            kind_id=row.kind,
            name=row.name,
            short_name=row.short_name or row.name,
            **unit_columns(row.name, row.short_name or row.name),
            order=number + order,
            opened_at=opened_at,
        )
        unit.path = f"{parent.path if parent else ''}{unit.label}."
        known[row.code] = unit.pk
        placed[unit.pk] = unit
        made.append(unit)
    sql.insert(made)
    sql.insert([UnitPath(unit_id=u.pk, since=at, path=u.path) for u in made])
    UnitCode.objects.bulk_create(
        UnitCode(scheme=r.scheme, code=r.code, unit=u, valid_from=r.opened_on)
        for r, u in zip(ordered, made, strict=True)
    )
    return {row.code: unit.pk for row, unit in zip(ordered, made, strict=True)}


def _require_kinds(units: Sequence[NewUnit]) -> None:
    kinds = set(UnitKind.objects.values_list("key", flat=True))
    for row in units:
        if row.kind not in kinds:
            raise invalid("kind", text("There is no kind of unit %(kind)s."), "unit.kind", kind=row.kind[:32])


def _require_one_root(units: Sequence[NewUnit]) -> None:
    roots = [row for row in units if not row.parent]
    if len(roots) + Unit.objects.filter(parent__isnull=True).count() > 1:
        raise invalid(
            "parent",
            text("The unit %(unit_code)s has none above it, and there is a root already."),
            "unit.second_root",
            unit_code=roots[-1].code,
        )


def _parents_first(units: Sequence[NewUnit]) -> list[NewUnit]:
    """The rows in an order in which each parent precedes its children; the given order within that."""
    here = {u.code for u in units}
    above = set(UnitCode.objects.filter(valid_to__isnull=True).values_list("code", flat=True))
    waiting, ordered, done = list(units), [], set(above)
    if len(here) != len(units):
        codes = [u.code for u in units]
        twice = next(c for c in codes if codes.count(c) > 1)
        raise invalid("code", text("The code %(unit_code)s stands twice."), "unit.code_twice", unit_code=twice)
    while waiting:
        ready = [u for u in waiting if not u.parent or u.parent in done]
        if not ready:
            raise _no_way_up(waiting, here)
        ordered += ready
        done |= {u.code for u in ready}
        waiting = [u for u in waiting if u.code not in done]
    return ordered


def _no_way_up(waiting: Sequence[NewUnit], here: Collection[str]) -> Refusal:
    """Why none of these units can be placed: a parent that nobody knows, else a circle."""
    for row in waiting:
        if row.parent not in here:
            words = text("There is no unit with the code %(unit_code)s.")
            return invalid("parent", words, "unit.unknown", unit_code=row.parent[:40])
    words = text("The units above %(unit_code)s form a circle.")
    return invalid("parent", words, "unit.circle", unit_code=_in_a_circle(waiting))


def _in_a_circle(waiting: Sequence[NewUnit]) -> str:
    """The code of a unit that stands above itself, found by walking up."""
    parents = {row.code: row.parent for row in waiting}
    code, seen = waiting[0].code, set()
    while code not in seen:
        seen.add(code)
        code = parents[code]
    return code


def require_zone(zone: str) -> None:
    """Refuse a time zone that there is not."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise invalid("zone", text("There is no time zone %(zone)s."), "district.zone", zone=zone[:64]) from error


@action("organisation.set_up_district", roles=SETTERS)
def set_up_district(
    *, by: Actor, root: Unit, zone: str, day_starts_at: time, language: str, legal_basis: str = ""
) -> District:
    """Say which unit is the district, its zone, where its reporting day starts, its language.

    legal_basis: on which whatever is personal is kept, for all purposes; empty where it is named later.
    Raises: Refusal `district.zone`, `purpose.basis` for too long a basis.
    """
    require_zone(zone)
    basis = legal_basis.strip()
    if len(basis) > purposes.LEGAL_BASIS_MAX:
        raise invalid("legal_basis", purposes.LAW_AND_ARTICLE, "purpose.basis")
    purposes.state_defaults(root.name, basis)
    return District.objects.create(root=root, zone=zone, day_starts_at=day_starts_at, language=language)


@action("organisation.register_set", roles=SETTERS)
def register_set(*, by: Actor, key: str, name: str, units: Iterable[UUID]) -> UnitSet:
    """Name a set of units."""
    made = UnitSet.objects.create(key=key, name=name)
    UnitSetMember.objects.bulk_create(UnitSetMember(set=made, unit_id=u) for u in units)
    return made


@action("organisation.register_people", roles=SETTERS)
def register_people(*, by: Actor, people: Sequence[NewPerson], since: datetime) -> None:
    """Register people with their first appointment, an account each, and the grants that come with both.

    Raises: Refusal for a number that stands twice or is in use.
    """
    _require_new_numbers([p.number for p in people])
    sql.insert([Person(id=p.id, number=p.number, name=p.name, **person_columns(p.name)) for p in people])
    Appointment.objects.bulk_create(
        (Appointment(person_id=p.id, unit_id=p.unit, title=p.title, leads=p.leads, since=since) for p in people),
        batch_size=2000,
    )
    accounts = {p.id: Account(name=p.number, person_id=p.id, password="!") for p in people}
    sql.insert(list(accounts.values()))
    grants = [Grant(account=accounts[p.id], role=MEMBER, unit_id=p.unit, since=since) for p in people]
    grants += [Grant(account=accounts[p.id], role=LEAD, unit_id=p.unit, since=since) for p in people if p.leads]
    Grant.objects.bulk_create(grants, batch_size=2000)


def _require_new_numbers(numbers: Sequence[str]) -> None:
    seen: set[str] = set()
    for part in sql.slices(numbers):
        seen |= set(Person.objects.filter(number__in=part).values_list("number", flat=True))
    for number in numbers:
        if number in seen:
            raise invalid("number", text("The number %(number)s stands twice."), "person.number", number=number[:32])
        seen.add(number)


@action("organisation.appoint", roles=(HOUSE, *DECIDE), at="unit")
def appoint(*, by: Actor, person: Person, unit: Unit, title: str, leads: bool, since: datetime) -> Appointment:
    """Give a person a second appointment, with the grants that come with it.

    Raises: Refusal for a closed unit, and for a place that the person has.
    """
    # Locked and read anew: nobody is appointed to a unit that is being merged.
    if Unit.objects.select_for_update(no_key=True).get(pk=unit.pk).closed_at is not None:
        raise invalid("unit", text("This unit is closed."), "unit.closed")
    if Appointment.objects.filter(person=person, unit=unit, until__isnull=True).exists():
        raise invalid("person", text("This person has a place at the unit already."), "appointment.twice")
    if Person.objects.select_for_update(no_key=True).get(pk=person.pk).status != Person.Status.ACTIVE:
        raise invalid("person", text("This person has left: let them come back first."), "person.gone")
    made = Appointment.objects.create(person=person, unit=unit, title=title, leads=leads, primary=False, since=since)
    account = Account.objects.get(person=person)
    for role in (MEMBER, LEAD) if leads else (MEMBER,):
        Grant.objects.create(account=account, role=role, unit=unit, since=since, granted_by_id=by.account_id)
    current_line().note(person.pk, unit.pk)
    current_line().change("unit", None, unit.pk)
    return made


@action("organisation.open_incident", roles=(HOUSE, COMMANDER))
def open_incident(*, by: Actor, key: str, name: str, kind: str, opened_at: datetime, level: str = "") -> Incident:
    """Open an incident: from this moment the district may be called up for it.

    Raises: Refusal `incident.key` for one that is in use, `incident.name`, `incident.ahead` for a moment to come.
    """
    require_district(by, (COMMANDER,))
    if not name.strip() or len(name) > 200 or not kind.strip() or len(kind) > 64 or len(level) > 64:
        raise invalid(
            "name", text("Write a name of 200 characters at most, a kind and a level of 64."), "incident.name"
        )
    if opened_at > clock.now():
        raise invalid("opened_at", text("An incident is opened from now or from before."), "incident.ahead")
    if Incident.objects.filter(key=key).exists():
        raise invalid("key", text("There is an incident with this key already."), "incident.key")
    at = locked()
    told = {"key": key, "name": name.strip(), "kind": kind.strip(), "level": level.strip()}
    made = Incident.objects.create(**told, opened_at=opened_at, recorded_at=at)
    current_line().note(made.pk)
    current_line().change("incident", None, "open")
    return made


@action("organisation.record_absence", roles=(HOUSE, *DECIDE), at="unit")
def record_absence(
    *, by: Actor, unit: Unit, person: Person, kind: str, since: datetime, until: datetime | None
) -> Absence:
    """Write down that somebody of the unit is away.

    Raises: Refusal `absence.kind`, `absence.person`, `absence.until`.
    """
    current_line().note(person.pk)
    current_line().change("absence", None, kind if kind in Absence.Kind.values else None)
    current_line().change("until", None, until)
    return write_absence(unit, person, kind, since, until)


@action("organisation.merge_units", roles=(HOUSE, *DECIDE), at="parent")
def merge_units(*, by: Actor, parent: Unit, unit: Unit, into: Unit) -> None:
    """Close a unit that goes on in another: its people move, its codes stay readable, its history stays its own.

    `parent` is the unit above both, whose lead decides. Raises: Refusal while anything is open at the unit.
    """
    # Locked and read anew: of two that are merged into each other at once, one finds the other closed.
    found = {u.pk: u for u in Unit.objects.select_for_update().filter(pk__in=(unit.pk, into.pk)).order_by("pk")}
    unit, into = found[unit.pk], found[into.pk]
    if unit.pk == into.pk or unit.closed_at or into.closed_at:
        raise invalid("into", text("Choose two units that are both open."), "unit.merge")
    for one in (unit, into):
        if one.pk == parent.pk or not covers(parent.path, one.path):
            raise invalid("parent", text("Both units must stand under the one that merges them."), "unit.merge_scope")
    at = locked()
    require_nothing_open(unit)
    _move_people(unit, into, at)
    Unit.objects.filter(pk=unit.pk).update(closed_at=at, successor=into)
    current_line().note(unit.pk, into.pk)
    current_line().change("state", "open", "closed")
    current_line().change("goes_on_as", None, into.pk)


def _move_people(unit: Unit, into: Unit, at: datetime) -> None:
    """End every appointment and grant at `unit`, and give the members a place at `into`, leads as members too.

    Whoever has a place there already keeps it, and it becomes the primary one where the other was.
    """
    there = {row.person_id: row for row in Appointment.objects.filter(unit=into, until__isnull=True)}
    for row in Appointment.objects.filter(unit=unit, until__isnull=True):
        Appointment.objects.filter(pk=row.pk).update(until=at)
        if row.person_id not in there:
            Appointment.objects.create(
                person_id=row.person_id, unit=into, title=row.title, leads=False, primary=row.primary, since=at
            )
        elif row.primary:
            Appointment.objects.filter(pk=there[row.person_id].pk).update(primary=True)
    members = Grant.objects.filter(unit=into, role=MEMBER, until__isnull=True)
    known = set(members.values_list("account_id", flat=True))
    for grant in Grant.objects.filter(lasting(at), unit=unit):
        Grant.objects.filter(pk=grant.pk).update(until=at)
        if grant.role == MEMBER and grant.account_id not in known:
            Grant.objects.create(
                account_id=grant.account_id,
                role=MEMBER,
                unit=into,
                since=at,
                until=grant.until,
                granted_by_id=grant.granted_by_id,
                stands_in_for_id=grant.stands_in_for_id,
            )


def members_of(units: Iterable[UUID]) -> Mapping[UUID, Sequence[UUID]]:
    """{unit id: ids of the people whose primary appointment is there now}, for a call-up."""
    found: dict[UUID, list[UUID]] = {}
    for part in sql.slices(list(units)):
        rows = Appointment.objects.filter(unit_id__in=part, primary=True, until__isnull=True)
        for unit, person in rows.order_by("id").values_list("unit_id", "person_id"):
            found.setdefault(unit, []).append(person)
    return found


def sizes_of(units: Sequence[UUID]) -> dict[UUID, int]:
    """{unit id: how many people have their primary appointment there now}."""
    found: dict[Any, int] = {}
    for part in sql.slices(units):
        rows = Appointment.objects.filter(unit_id__in=part, primary=True, until__isnull=True)
        found.update(rows.values_list("unit_id").annotate(n=Count("pk")))
    return found
