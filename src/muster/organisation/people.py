"""Reading about people on duty: names, leads, who is away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext

from muster.foundation import clock, sql
from muster.foundation.rights import Actor
from muster.organisation.models import Account, Appointment, Grant, Person, lasting

MANY = 10_000
"""Ids of one query: a whole district's call-up."""


def people_known(ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """{person id: name as it is now, number}; the name of an erased one reads *erased*."""
    found: dict[UUID, tuple[str, str]] = {}
    for part in sql.slices(list(ids), MANY):
        rows = Person.objects.filter(pk__in=part).values_list("pk", "name", "status", "number")
        for pk, name, status, number in rows:
            found[pk] = (gettext("erased") if status == Person.Status.ERASED else name, number)
    return found


def person_names(ids: Sequence[UUID]) -> dict[UUID, str]:
    """{person id: name as it is now}; an erased one reads *erased*."""
    return {pk: name for pk, (name, _number) in people_known(ids).items()}


def person_numbers(ids: Sequence[UUID]) -> dict[UUID, str]:
    """{person id: the number by which the district knows them}."""
    return {pk: number for pk, (_name, number) in people_known(ids).items()}


def leads_of(unit_ids: Collection[UUID]) -> dict[UUID, Person]:
    """{unit id: the person to call}: who leads it now, the first appointed where several do."""
    found: dict[UUID, Person] = {}
    for part in sql.slices(list(unit_ids)):
        rows = Appointment.objects.filter(unit_id__in=part, leads=True, until__isnull=True)
        for row in rows.select_related("person").order_by("since", "id"):
            found.setdefault(row.unit_id, row.person)
    return found


def holding(role: str, at: datetime) -> QuerySet[Grant]:
    """The grants of a role in force, of those who may sign in; whoever stands in for somebody holds it too."""
    return Grant.objects.filter(lasting(at), role=role, since__lte=at, account__disabled_at=None)


class Held(NamedTuple):
    """A role that somebody holds at a unit's path; for whom they hold it, where they stand in for somebody."""

    role: str
    path: str
    stands_in_for: UUID | None = None


def actor_of(account: Account, channel: str, at: datetime | None = None) -> Actor:
    """The account as somebody who acts, with the grants that hold now. One query; none where it brought its grants."""
    held = getattr(account, "held_grants", None) if at is None else None
    if held is None:
        at = at or clock.now()
        grants = Grant.objects.filter(account=account, since__lte=at).filter(lasting(at))
        rows = grants.order_by("unit__path", "role").values_list("role", "unit__path", "stands_in_for_id")
        held = tuple(Held(*row) for row in rows)
    return _acting(account.name, account.pk, account.person_id, held, channel)


def _acting(name: str, account: UUID, person: UUID, held: Iterable[Held], channel: str) -> Actor:
    grants = tuple((one.role, one.path) for one in held)
    stand_ins = tuple((one.role, one.path, one.stands_in_for) for one in held if one.stands_in_for)
    return Actor(name, account, person, grants, channel, stand_ins)


def actors_of(names: Collection[str], channel: str, at: datetime | None = None) -> dict[str, Actor]:
    """The same for many accounts at once, by the account's name. Two queries for each 500."""
    at = at or clock.now()
    found: dict[str, Actor] = {}
    for part in sql.slices(sorted(names)):
        accounts = Account.objects.filter(name__in=part).values_list("pk", "name", "person_id")
        grants = Grant.objects.filter(account__name__in=part, since__lte=at)
        grants = grants.filter(lasting(at)).order_by("unit__path")
        held: dict[UUID, list[Held]] = {}
        rows = grants.values_list("account_id", "role", "unit__path", "stands_in_for_id")
        for account, role, path, stands_in_for in rows:
            held.setdefault(account, []).append(Held(role, path, stands_in_for))
        for account, name, person in accounts:
            found[name] = _acting(name, account, person, held.get(account, ()), channel)
    return found
