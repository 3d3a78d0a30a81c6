"""Who is signed in, and in which database: found in one query, so that every page can say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

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


SIGN_IN = "sign_in"
"""Where a session names the sign-in that it is of (organisation.models.SignIn)."""


class SignedInMiddleware:
    """Sets request.user, as Django's own does, but asks for the sign-in too: an ended one is nobody's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.user = SimpleLazyObject(lambda: signed_in(request))  # type: ignore[assignment]
        return self.get_response(request)


def signed_in(request: HttpRequest) -> Any:
    """Whoever this session is of. A session that names no sign-in is of nobody."""
    account, sign_in = request.session.get(SESSION_KEY), request.session.get(SIGN_IN)
    if not account or not sign_in:
        return AnonymousUser()
    found = DoorBackend().get_user(UUID(account), UUID(sign_in))
    # Another password ends it, too: the sign-ins are ended by the verb, and this is the second bolt.
    kept = request.session.get(HASH_SESSION_KEY, "")
    if found is None or not constant_time_compare(kept, found.get_session_auth_hash()):
        return AnonymousUser()
    return found


class DoorBackend:
    """Finds the account of a session again. It checks no password: that is the sign-in pages' (views_sign_in)."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Nobody comes in this way."""

    def get_user(self, account_id: UUID, sign_in: UUID | None = None) -> Any:
        """The account with its person, the short name of their unit, the grants that hold now, and the place.

        With it, how they came in: entered_way, entered_two (two factors were shown), entered_device, entered_shared
        (the unit whose shared phone it is). None for a sign-in that has ended. One query: a row a grant.
        """
        rows = Account.objects.filter(pk=account_id, disabled_at__isnull=True).annotate(
            entered=FilteredRelation("sign_ins", condition=Q(sign_ins__pk=sign_in, sign_ins__ended_at__isnull=True)),
            entered_id=F("entered__pk"),
            entered_way=F("entered__way"),
            entered_two=F("entered__second_factor"),
            entered_device=F("entered__device"),
            entered_shared=F("entered__device__unit"),
        )
        return with_grants(rows.filter(entered__isnull=False))


def with_grants(found: QuerySet[Any]) -> Any:
    """An account with its person, unit, place, and the grants that hold now; None where none is found. One query."""
    now = clock.now()
    holds = Q(grants__since__lte=now) & (Q(grants__until__isnull=True) | Q(grants__until__gt=now))
    unit = Appointment.objects.filter(person_id=OuterRef("person_id"), primary=True, until__isnull=True)
    rows = found.select_related("person").annotate(
        held=FilteredRelation("grants", condition=holds),
        role=F("held__role"),
        role_at=F("held__unit__path"),
        role_for=F("held__stands_in_for"),
        unit_name=Subquery(unit.values("unit__short_name")[:1]),
        place_zone=Subquery(District.objects.values("zone")[:1]),
        place_drill=Subquery(Database.objects.values("drill")[:1]),
    )
    accounts = list(rows.order_by("held__unit__path", "held__role"))
    if not accounts:
        return None
    account = accounts[0]
    account.held_grants = tuple(Held(row.role, row.role_at, row.role_for) for row in accounts if row.role)
    return account


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
