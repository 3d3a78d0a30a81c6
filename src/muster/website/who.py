"""Who is signed in, and in which database: found in one query, so that every page can say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, FilteredRelation, OuterRef, Q, Subquery
from django.http import HttpRequest

from muster.foundation import clock
from muster.foundation.models import Database
from muster.foundation.rights import Actor
from muster.organisation.models import Account, Appointment, District
from muster.organisation.people import Held

NOBODY = Actor(name="")
"""Who is not signed in: sees nothing, may do nothing."""


@dataclass(frozen=True)
class Place:
    """The database that a request is about. zone: the district's, empty where none is set up."""

    drill: bool = False
    zone: str = ""


class Visitor(HttpRequest):
    """A request after the middlewares: for the type checker; never made."""

    actor: Actor
    place: Place


class DoorBackend:
    """Finds the account of a session again. It checks no password: sign-in is the door's (a drill's, for now)."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Nobody comes in this way."""

    def get_user(self, account_id: UUID) -> Account | None:
        """The account with its person, the short name of their unit, the grants that hold now, and the place.

        One query: a row a grant.
        """
        now = clock.now()
        holds = Q(grants__since__lte=now) & (Q(grants__until__isnull=True) | Q(grants__until__gt=now))
        unit = Appointment.objects.filter(person_id=OuterRef("person_id"), primary=True, until__isnull=True)
        found = Account.objects.filter(pk=account_id, disabled_at__isnull=True).select_related("person")
        rows = found.annotate(
            held=FilteredRelation("grants", condition=holds),
            role=F("held__role"),
            role_at=F("held__unit__path"),
            role_for=F("held__stands_in_for"),
            unit_name=Subquery(unit.values("unit__short_name")[:1]),
            place_zone=Subquery(District.objects.values("zone")[:1]),
            place_drill=Subquery(Database.objects.values("drill")[:1]),
        ).order_by("held__unit__path", "held__role")
        accounts: list[Any] = list(rows)
        if not accounts:
            return None
        account = accounts[0]
        account.held_grants = tuple(Held(row.role, row.role_at, row.role_for) for row in accounts if row.role)
        return account  # type: ignore[no-any-return]


def place_of(user: Any) -> Place:
    """The place: read with the account, or by itself for somebody who is not signed in."""
    if hasattr(user, "place_drill"):
        return Place(bool(user.place_drill), user.place_zone or "")
    row = Database.objects.annotate(zone=Subquery(District.objects.values("zone")[:1])).values("drill", "zone").first()
    return Place(row["drill"], row["zone"] or "") if row else Place()


def label_of(user: Any) -> str:
    """How the bar on top names who is signed in: name and unit."""
    parts = [user.person.name, getattr(user, "unit_name", None)]
    return " · ".join(part for part in parts if part)
