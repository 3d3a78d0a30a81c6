"""Places: giving somebody one at a unit, and ending one, with the roles that come with it. Inside an action."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from muster.foundation.rights import Actor
from muster.organisation.granting import require_not_last
from muster.organisation.models import Account, Appointment, Grant, Unit, lasting
from muster.organisation.roles import LEAD, MEMBER, TEAM_LEAD

OF_A_PLACE = (MEMBER, LEAD, TEAM_LEAD)
"""Roles that end with the place at a unit."""


def primary_places(people: Collection[UUID], at: Unit) -> list[Appointment]:
    """The primary places of some people at a unit, locked, in the order in which they were given."""
    rows = Appointment.objects.select_for_update().filter(unit=at, person__in=people, primary=True, until__isnull=True)
    return list(rows.order_by("pk"))


def give_place(by: Actor, old: Appointment, unit: Unit, title: str, *, leads: bool, at: datetime) -> Appointment:
    """End a place and begin one at another unit at the same moment, primary if the old one was."""
    end_place(old, at)
    standing = Appointment.objects.filter(person=old.person_id, unit=unit, until__isnull=True).first()
    if standing is not None:
        # They had a second place there already: it becomes what the old one was.
        standing.primary = old.primary or standing.primary
        standing.leads, standing.title = leads or standing.leads, title or standing.title
        standing.save(update_fields=["primary", "leads", "title"])
        made = standing
    else:
        made = Appointment.objects.create(
            person_id=old.person_id, unit=unit, title=title, leads=leads, primary=old.primary, since=at
        )
    give_roles(by, old.person_id, unit, leads=leads, at=at)
    return made


def give_roles(by: Actor, person: UUID, unit: Unit, *, leads: bool, at: datetime) -> None:
    """The roles that a place brings, where they are not held there already."""
    account = Account.objects.get(person=person)
    held = Grant.objects.filter(account=account, unit=unit, stands_in_for__isnull=True).filter(lasting(at))
    have = set(held.values_list("role", flat=True))
    for role in (MEMBER, LEAD) if leads else (MEMBER,):
        if role not in have:
            Grant.objects.create(account=account, role=role, unit=unit, since=at, granted_by_id=by.account_id)


def end_place(place: Appointment, at: datetime) -> None:
    """End a place now, with the roles that came with it; whoever stands in for them there stops, too."""
    ending_with(place, at).update(until=at)
    Appointment.objects.filter(pk=place.pk).update(until=at)


def ending_with(place: Appointment, at: datetime) -> QuerySet[Grant]:
    """The grants that end with a place: its roles, however long they were to last, and what is lent of them."""
    held = Q(account__person=place.person_id, stands_in_for__isnull=True) | Q(stands_in_for=place.person_id)
    return Grant.objects.filter(held, lasting(at), unit=place.unit_id, role__in=OF_A_PLACE)


def end_everything(person: UUID, at: datetime) -> None:
    """End every place, role and standing in of somebody who leaves; who stood in for them too. The root is locked.

    Raises: Refusal `grant.last` for the last commander of the district, and the last administrator.
    """
    mine = Grant.objects.filter(lasting(at), account__person=person)
    require_not_last(mine, at)
    mine.update(until=at)
    Grant.objects.filter(stands_in_for=person).filter(lasting(at)).update(until=at)
    Appointment.objects.filter(person=person, until__isnull=True).update(until=at)
