"""Who holds which role, as the pages of rights show it. It reads and never writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from muster.foundation.rights import Actor
from muster.organisation.finding import people_named
from muster.organisation.granting import may_give
from muster.organisation.models import Absence, Account, Appointment, Grant, Person, Unit, lasting
from muster.organisation.roles import MEMBER, ROLES
from muster.organisation.scope import below, may_see
from muster.organisation.tree import with_codes

FOUND_MOST = 20
"""So many people are shown for some words; for more, more words are asked for."""


@dataclass(frozen=True)
class Asked:
    """Which grants are listed: under which unit, of whom (words), of which role, those that have ended too or not."""

    unit: Unit | None = None
    words: str = ""
    role: str = ""
    ended: bool = False


def held(actor: Actor, asked: Asked, at: datetime, start: int, count: int) -> Sequence[Grant]:
    """A page of grants at the units that the actor sees, in the order of the tree. One query.

    What comes with being a member is left out unless it is asked for.
    """
    rows = Grant.objects.visible_to(actor).select_related("account__person", "unit", "granted_by__person")
    rows = rows.select_related("stands_in_for", "incident")
    rows = rows.filter(role=asked.role) if asked.role else rows.exclude(role=MEMBER)
    if not asked.ended:
        rows = rows.filter(lasting(at))
    if asked.unit is not None:
        rows = rows.filter(below(asked.unit.path, "unit__path"))
    if asked.words.strip():
        rows = rows.filter(people_named(asked.words, "account__person__"))
    return list(rows.order_by("unit__path", "role", "since", "pk")[start : start + count + 1])


def accounts_called(actor: Actor, words: str) -> list[Account]:
    """People of the actor's units whom some words name, each with `unit_name`: one more than are shown at most."""
    if not words.strip():
        return []
    home = Appointment.objects.filter(person_id=OuterRef("person_id"), primary=True, until__isnull=True)
    seen = Person.objects.visible_to(actor).filter(people_named(words), status=Person.Status.ACTIVE)
    rows = Account.objects.filter(person__in=seen, disabled_at__isnull=True).select_related("person")
    rows = rows.annotate(unit_name=Subquery(home.values("unit__short_name")[:1]))
    return list(rows.order_by("person__name", "name")[: FOUND_MOST + 1])


def grant_seen(actor: Actor, pk: int) -> Grant | None:
    """A grant at a unit that the actor sees."""
    return Grant.objects.select_related("account__person", "unit").visible_to(actor).filter(pk=pk).first()


def account_seen(actor: Actor, pk: UUID) -> Account | None:
    """The account of somebody of the actor's units, which has not ended."""
    found = Account.objects.select_related("person").filter(pk=pk, disabled_at__isnull=True).first()
    if found is None or not Person.objects.visible_to(actor).filter(pk=found.person_id).exists():
        return None
    return found


def may_be_given(actor: Actor, unit: Unit) -> list[str]:
    """The roles that the actor may give at a unit, in their order."""
    return [key for key in ROLES if may_see(actor, unit.path) and may_give(actor, key, unit)]


@dataclass(frozen=True)
class Away:
    """Somebody with the unit that they belong to, and their absence that goes on or comes next, if one is on record."""

    person: Person
    unit: Unit
    absence: Absence | None


def away(actor: Actor, pk: UUID, at: datetime) -> Away | None:
    """Somebody of the actor's units by their id, with their absence. Three queries."""
    person = Person.objects.visible_to(actor).filter(pk=pk, status=Person.Status.ACTIVE).first()
    homes = Appointment.objects.filter(person=pk, primary=True, until__isnull=True).select_related("unit")
    home = homes.first() if person else None
    if person is None or home is None:
        return None
    absences = Absence.objects.filter(lasting(at), person=pk)
    return Away(person, with_codes(Unit.objects.filter(pk=home.unit_id)).get(), absences.order_by("since").first())
