"""The accounts that somebody keeps, as their pages show them. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from muster.foundation.rights import Actor
from muster.organisation.finding import people_named
from muster.organisation.models import Account, Appointment, Code, Grant, Passkey, Pin, SignIn, lasting
from muster.organisation.roles import ADMINISTRATOR, COMMANDER, LEAD, MEMBER, OFFICE, ROLES
from muster.organisation.scope import below, holds_at, outermost
from muster.organisation.sign_in import holding

SHOWN = ("office", "all", "ended")
"""Those with a role of the office or of administration; all; those that have ended."""


def listed(actor: Actor, words: str, which: str, at: datetime) -> QuerySet[Any]:
    """The accounts of the units that the actor keeps, each with its ways in, in the order of units and numbers.

    Words find by name only whom the actor may be named: an administrator sees numbers and units, no names.
    """
    home = Appointment.objects.filter(person=OuterRef("person"), primary=True, until__isnull=True)
    now = Grant.objects.filter(lasting(at), account=OuterRef("pk"), since__lte=at)
    sign_ins = SignIn.objects.filter(account=OuterRef("pk"))
    links = Code.objects.filter(person=OuterRef("person"), purpose=Code.Purpose.SET_PASSWORD, used_at__isnull=True)
    rows: QuerySet[Any] = Account.objects.select_related("person").annotate(
        home_path=Subquery(home.values("unit__path")[:1]),
        unit_name=Subquery(home.values("unit__short_name")[:1]),
        has_pin=Exists(Pin.objects.filter(person=OuterRef("person"))),
        has_passkey=Exists(Passkey.objects.filter(account=OuterRef("pk"))),
        in_now=Exists(sign_ins.filter(holding(at))),
        seen_at=Subquery(sign_ins.order_by("-last_seen_at").values("last_seen_at")[:1]),
        link_until=Subquery(links.filter(revoked_at__isnull=True, expires_at__gt=at).values("expires_at")[:1]),
        of_office=Exists(now.filter(role__in=(*OFFICE, ADMINISTRATOR))),
    )
    rows = rows.filter(_at_home(actor.scopes(ADMINISTRATOR, COMMANDER, LEAD)))
    if which != "all":
        rows = rows.filter(disabled_at__isnull=which != "ended")
    if which == "office":
        rows = rows.filter(of_office=True)
    if words.strip():
        named = _at_home(actor.scopes(COMMANDER, LEAD)) & people_named(words, "person__")
        rows = rows.filter(Q(name__iexact=words.strip()) | named)
    return rows.order_by("home_path", "name")


def _at_home(scopes: Sequence[str]) -> Q:
    wanted = Q(pk__in=())
    for path in outermost(scopes):
        wanted |= below(path, "home_path")
    return wanted


def with_roles(actor: Actor, rows: Sequence[Any], at: datetime) -> list[dict[str, Any]]:
    """Each account with the roles that it holds now, but that of a member; name: only for whom the actor leads."""
    grants = Grant.objects.filter(lasting(at), account__in=rows, since__lte=at)
    held: dict[UUID, set[str]] = {}
    for account, role in grants.exclude(role=MEMBER).values_list("account_id", "role"):
        held.setdefault(account, set()).add(role)
    return [
        {
            "account": row,
            "name": row.person.name if holds_at(actor, (COMMANDER, LEAD), row.home_path or "") else "",
            "roles": [ROLES[key].label for key in ROLES if key in held.get(row.pk, ())],
        }
        for row in rows
    ]
