"""The registers as their pages show them: people of my units, the units as a tree. It reads and never writes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from muster.foundation import sql
from muster.foundation.rights import Actor
from muster.organisation.finding import people_named, units_named
from muster.organisation.models import Absence, Appointment, Grant, Person, Unit, UnitKind, codes_of
from muster.organisation.people import leads_of
from muster.organisation.roles import CLERK, COMMANDER, LEAD
from muster.organisation.scope import below, covers
from muster.organisation.tree import with_codes
from muster.vault.particulars import masked, open_all
from muster.vault.purposes import CONTACT

CALLERS = frozenset((COMMANDER, CLERK, LEAD))
"""Roles whose holder may reach the people of their units by phone."""
ORDERS: dict[str, tuple[str, ...]] = {
    "unit": ("unit__path", "-leads", "person__pinyin", "pk"),
    "name": ("person__pinyin", "person__number", "pk"),
    "number": ("person__number", "pk"),
}
"""`sort=` of the list of people."""


@dataclass(frozen=True)
class Asked:
    """Which people are listed: some words, under which unit, who leads, who has left instead; in what order."""

    words: str = ""
    unit: Unit | None = None
    leads: bool = False
    gone: bool = False
    sort: str = "unit"


@dataclass(frozen=True)
class Member:
    """Somebody of the list. phone: their number with its middle hidden, where the reader may reach them."""

    person: Person
    unit: Unit
    title: str
    leads: bool
    since: datetime
    until: datetime | None
    phone: str = ""

    @property
    def day(self) -> str:
        """When they took the place; of who has left, when they did: a day of the district's zone."""
        return timezone.localtime(self.until or self.since).strftime("%Y-%m-%d")


def members(actor: Actor, asked: Asked) -> QuerySet[Appointment]:
    """The primary places that are listed: of now, or the last ones of those who have no place any more."""
    rows = Appointment.objects.visible_to(actor).select_related("person", "unit")
    if asked.gone:
        later = Appointment.objects.filter(person=OuterRef("person"))
        still = later.filter(until__isnull=True)
        last = later.filter(primary=True).order_by("-until", "-pk").values("pk")[:1]
        rows = rows.filter(~Exists(still), pk=Subquery(last))
    else:
        rows = rows.filter(primary=True, until__isnull=True)
    if asked.unit is not None:
        rows = rows.filter(below(asked.unit.path, "unit__path"))
    if asked.leads:
        rows = rows.filter(leads=True)
    if asked.words.strip():
        rows = rows.filter(people_named(asked.words, "person__"))
    return rows.order_by(*ORDERS.get(asked.sort, ORDERS["unit"]))


def page_of(actor: Actor, rows: Sequence[Appointment], at: datetime) -> list[Member]:
    """Places as the list shows them. One query."""
    reach = actor.scopes(*CALLERS)
    wanted = {row.person_id for row in rows if any(covers(scope, row.unit.path) for scope in reach)}
    phones = open_all("person", wanted, CONTACT, at) if wanted else {}
    return [
        Member(
            row.person,
            row.unit,
            row.title,
            row.leads,
            row.since,
            row.until,
            masked(phones[row.person_id]) if row.person_id in phones else "",
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Line:
    """A unit of the tree: how deep it stands among those that are shown, its code, who leads it, how many are there."""

    unit: Unit
    depth: int
    code: str
    kind: str
    lead: str
    members: int
    inner: bool = False


@dataclass(frozen=True)
class AskedUnits:
    """Which units are listed: some words, a kind, under which unit, closed ones too or not."""

    words: str = ""
    kind: str = ""
    unit: Unit | None = None
    closed: bool = False


def units(actor: Actor, asked: AskedUnits) -> QuerySet[Unit]:
    """The units that are listed, in the order of the tree."""
    rows = Unit.objects.visible_to(actor).select_related("kind")
    if not asked.closed:
        rows = rows.filter(closed_at__isnull=True)
    if asked.unit is not None:
        rows = rows.filter(below(asked.unit.path))
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.words.strip():
        rows = rows.filter(units_named(asked.words))
    return rows.order_by("path")


def children(actor: Actor, unit: Unit) -> list[Unit]:
    """The units that stand right under one, closed ones too, in the order of the tree."""
    return list(Unit.objects.visible_to(actor).filter(parent=unit).select_related("kind").order_by("path"))


def lines_of(rows: Sequence[Unit]) -> list[Line]:
    """Units with code, lead and number of members. Three queries a slice of 500."""
    ids = [row.pk for row in rows]
    codes, leads, sizes = codes_of(ids), leads_of(ids), _sizes(ids)
    top = min((row.path.count(".") for row in rows), default=0)
    parents = {row.parent_id for row in rows}
    return [
        Line(
            row,
            row.path.count(".") - top,
            codes.get(row.pk, ""),
            row.kind.name,
            leads[row.pk].shown_name if row.pk in leads else "",
            sizes.get(row.pk, 0),
            row.pk in parents,
        )
        for row in rows
    ]


def _sizes(ids: Collection[UUID]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for part in sql.slices(list(ids)):
        rows = Appointment.objects.filter(unit_id__in=part, primary=True, until__isnull=True)
        found.update(rows.order_by().values_list("unit_id").annotate(n=Count("pk")))
    return found


@dataclass(frozen=True)
class Whole:
    """All that the page of somebody shows."""

    person: Person
    places: Sequence[Appointment]
    absences: Sequence[Absence]
    grants: Sequence[Grant]
    phone: str
    may_call: bool
    at: Unit | None


def person_of(actor: Actor, pk: UUID, at: datetime) -> Whole | None:
    """Somebody of the actor's units, with their places, absences and roles there. Six queries."""
    person = Person.objects.visible_to(actor).filter(pk=pk).first()
    if person is None:
        return None
    places = list(
        Appointment.objects.visible_to(actor)
        .filter(person=person)
        .select_related("unit")
        .order_by(F("until").asc(nulls_first=True), "-primary", "-since")
    )
    reach = actor.scopes(*CALLERS)
    here = next(
        (one.unit for one in places if one.until is None and any(covers(s, one.unit.path) for s in reach)), None
    )
    phones = open_all("person", [person.pk], CONTACT, at) if here else {}
    grants = Grant.objects.visible_to(actor).filter(account__person=person).select_related("unit", "stands_in_for")
    return Whole(
        person,
        places,
        list(Absence.objects.visible_to(actor).filter(person=person).order_by("-since")),
        list(grants.order_by("unit__path", "role", "since")),
        masked(phones[person.pk]) if person.pk in phones else "",
        here is not None and person.pk in phones,
        here,
    )


def unit_of(actor: Actor, pk: UUID) -> Unit | None:
    """A unit that the actor sees, with its code, its kind and the one above."""
    seen = Unit.objects.visible_to(actor).filter(pk=pk)
    return with_codes(seen.select_related("kind", "parent", "successor")).first()


def names_of_kinds() -> Mapping[str, str]:
    """{key of a kind of unit: its name}, the highest first."""
    return dict(UnitKind.objects.order_by("rank", "key").values_list("key", "name"))
