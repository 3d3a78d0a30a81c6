"""What the log may be about, of this room: units, people, accounts, incidents; by right, with their pages."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse

from muster.foundation import clock
from muster.foundation.errors import text
from muster.foundation.lines import Became, Touched
from muster.foundation.models import AuditLine
from muster.foundation.rights import Actor
from muster.organisation import known_accounts
from muster.organisation.models import Incident, Person, Unit, UnitName, UnitPath
from muster.organisation.roles import OFFICE


def units(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Touched]:
    """The units of the actor's subtrees. One query."""
    rows = Unit.objects.visible_to(actor).filter(pk__in=ids)
    return {row.pk: Touched(text("Unit"), row.name, reverse("organisation:unit", args=[row.pk])) for row in rows}


def people(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Touched]:
    """The people of the actor's units. One query."""
    rows = Person.objects.visible_to(actor).filter(pk__in=ids)
    found = {}
    for row in rows:
        found[row.pk] = Touched(text("Person"), row.shown_name, reverse("organisation:person", args=[row.pk]))
    return found


def accounts(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Touched]:
    """The accounts that the actor keeps, by number. One query."""
    rows = known_accounts.listed(actor, "", "all", clock.now()).filter(pk__in=ids)
    return {row.pk: Touched(text("Account"), row.name, reverse("organisation:account", args=[row.pk])) for row in rows}


def incidents(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Touched]:
    """Incidents, for everybody in the office. One query."""
    rows = Incident.objects.filter(pk__in=ids) if actor.has(*OFFICE) else ()
    return {row.pk: Touched(text("Incident"), row.name, reverse("briefing:incident", args=[row.key])) for row in rows}


def became(actor: Actor, line: AuditLine, ids: Sequence[UUID]) -> list[Became]:
    """Where units stand and what they are called since the line, and what it was before. Two queries, and two a unit.

    A move takes all below along: the units that the line names tell it.
    """
    seen = Unit.objects.visible_to(actor).filter(pk__in=ids).in_bulk() if ids else {}
    found = []
    for row in UnitPath.objects.filter(unit__in=seen, since=line.at):
        before = UnitPath.objects.filter(unit=row.unit_id, since__lt=line.at).order_by("-since").first()
        if before is not None:
            found.append(Became(str(text("Stands under")), _above(actor, before.path), _above(actor, row.path)))
    for name in UnitName.objects.filter(unit__in=seen, since=line.at):
        former = UnitName.objects.filter(unit=name.unit_id, since__lt=line.at).order_by("-since").first()
        found.append(Became(str(text("Name")), former.name if former else "", name.name))
    return found


def _above(actor: Actor, path: str) -> str:
    """The name of the unit above a path; of one that is not the actor's to see nothing but that there is one."""
    parts = path.rstrip(".").split(".")
    unit = Unit.objects.visible_to(actor).filter(label=parts[-2]).first() if len(parts) > 1 else None
    return unit.name if unit else "…"
