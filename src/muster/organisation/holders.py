"""Who of a unit has a card, and what became of it: the page of cards reads it here. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from muster.foundation.errors import not_found
from muster.foundation.rights import HOUSE, Actor
from muster.organisation.finding import people_named
from muster.organisation.models import Appointment, Code, Device, Person, Pin, Unit, WayInNotice
from muster.organisation.roles import COMMANDER, LEAD
from muster.organisation.scope import below, covers, outermost
from muster.organisation.tree import with_codes

SHOWN = ("all", "unused", "without", "locked")
"""All; those who have not come in yet; those of them without a card that works; those whose PIN is locked."""


@dataclass(frozen=True)
class Holder:
    """Somebody with how their card stands. state: none, made, used, revoked, expired or locked; at: since when."""

    person: Person
    unit: Unit
    state: str
    at: datetime | None = None
    until: datetime | None = None


def of_unit(unit: Unit, at: datetime) -> QuerySet[Any]:
    """The people who belong to a unit or to what stands under it, each with how their way in stands."""
    cards = Code.objects.filter(person=OuterRef("person"), purpose=Code.Purpose.SIGN_IN).order_by("-made_at", "pk")
    alive = cards.filter(used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at)
    phones = Device.objects.filter(person=OuterRef("person"), revoked_at__isnull=True, remembered_until__gt=at)
    pin = Pin.objects.filter(person=OuterRef("person"))
    rows = Appointment.objects.filter(
        below(unit.path, "unit__path"),
        primary=True,
        until__isnull=True,
        person__status=Person.Status.ACTIVE,
        person__account__disabled_at__isnull=True,
    )
    found = rows.annotate(
        card_alive=Exists(alive),
        in_by_card=Exists(phones) | Exists(pin),
        pin_locked_at=Subquery(pin.values("locked_at")[:1]),
        made_at=Subquery(cards.values("made_at")[:1]),
        used_at=Subquery(cards.filter(used_at__isnull=False).values("used_at")[:1]),
        revoked_at=Subquery(cards.values("revoked_at")[:1]),
        expires_at=Subquery(cards.values("expires_at")[:1]),
    )
    return found.select_related("person__account", "unit").order_by("unit__path", "person__name", "pk")


def shown(rows: QuerySet[Any], which: str, words: str) -> QuerySet[Any]:
    """Some of them: one of SHOWN, and whom the words name."""
    if which == "unused":
        rows = rows.filter(in_by_card=False)
    elif which == "without":
        rows = rows.filter(in_by_card=False, card_alive=False)
    elif which == "locked":
        rows = rows.filter(pin_locked_at__isnull=False)
    return rows.filter(people_named(words, "person__")) if words.strip() else rows


def part(rows: QuerySet[Any], start: int, count: int) -> list[Any]:
    """A page of them: first who stands on it, then how their cards stand, which is asked for these alone."""
    # The figures of thousands would be worked out before they are sorted, to show fifty.
    pks = list(rows.values_list("pk", flat=True)[start : start + count])
    return list(rows.filter(pk__in=pks))


def holder(row: Appointment, at: datetime) -> Holder:
    """One row of the page."""
    found = vars(row)
    person, unit = row.person, row.unit
    if found["pin_locked_at"] is not None:
        return Holder(person, unit, "locked", found["pin_locked_at"])
    if found["in_by_card"]:
        return Holder(person, unit, "used", found["used_at"])
    if found["made_at"] is None:
        return Holder(person, unit, "none")
    if found["card_alive"]:
        return Holder(person, unit, "made", found["made_at"], found["expires_at"])
    if found["revoked_at"] is None and found["expires_at"] <= at:
        return Holder(person, unit, "expired", found["expires_at"])
    return Holder(person, unit, "revoked", found["revoked_at"] or found["used_at"])


def one_of(actor: Actor, pk: UUID, at: datetime) -> Appointment | None:
    """Somebody of the units for which the actor makes cards, with how their card stands."""
    home = Appointment.objects.filter(person=pk, primary=True, until__isnull=True).select_related("unit").first()
    if home is None or not makes_for(actor, home.unit):
        return None
    return of_unit(home.unit, at).filter(person=pk).first()


def highest(actor: Actor) -> Unit:
    """The highest unit for which somebody makes cards, with its code. Raises: Refusal (404) for nobody's."""
    path = min(actor.scopes(COMMANDER, LEAD), key=lambda one: (one.count("."), one), default=None)
    unit = with_codes(Unit.objects.filter(path=path)).first() if path else None
    if unit is None:
        raise not_found("unit.unknown")
    return unit


def around(actor: Actor, unit: Unit) -> list[Unit]:
    """The unit above, where the actor makes cards there too, the unit itself, and those right below. One query."""
    near = Q(pk=unit.pk) | Q(pk=unit.parent_id) | Q(parent=unit, closed_at__isnull=True)
    found = with_codes(Unit.objects.filter(near)).order_by("path")
    return [one for one in found if makes_for(actor, one)]


def makes_for(actor: Actor, unit: Unit) -> bool:
    """Whether somebody makes cards for people of this unit."""
    return actor.has(HOUSE) or any(covers(path, unit.path) for path in actor.scopes(COMMANDER, LEAD))


def notices(actor: Actor, unit: Unit | None = None) -> list[WayInNotice]:
    """What leads were told and have not seen, at a unit and below, or wherever the actor makes cards. One query."""
    rows = WayInNotice.objects.filter(seen_at__isnull=True).select_related("person", "unit").order_by("-at", "pk")
    if unit is not None:
        return list(rows.filter(below(unit.path, "unit__path"))[:20])
    wanted = Q(pk__in=())
    for path in outermost(actor.scopes(COMMANDER, LEAD)):
        wanted |= below(path, "unit__path")
    return list(rows.filter(wanted)[:20])


def shared_phones(unit: Unit, at: datetime) -> Sequence[Device]:
    """The shared phones of a unit and of what stands under it."""
    rows = Device.objects.filter(below(unit.path, "unit__path"), revoked_at__isnull=True, remembered_until__gt=at)
    return list(rows.select_related("unit").annotate(place=F("unit__path")).order_by("place", "-last_seen_at")[:50])
