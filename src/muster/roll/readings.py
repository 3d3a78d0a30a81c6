"""What is read out of the house: phone numbers in full, lists taken along. Each is a line in the log.

A number that a screen shows with its middle hidden is no reading: it reaches nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, text
from muster.foundation.rights import Actor, refused
from muster.organisation.models import Appointment, Unit
from muster.organisation.roles import CLERK, COMMANDER, LEAD
from muster.organisation.scope import covers, may_act
from muster.roll.models import Roll
from muster.vault.particulars import CONTACT, masked, open_all, open_one

CALLERS = frozenset((COMMANDER, CLERK, LEAD))
"""Roles whose holder may reach the leads of their units by phone."""


def masked_phones(by: Actor, leads: Iterable[tuple[str, UUID]], at: datetime) -> dict[UUID, str]:
    """{person: their number, its middle hidden}; leads: (path of the unit, who leads it). Only of one's own scope."""
    scopes = by.scopes(*CALLERS)
    wanted = {person for path, person in leads if any(covers(scope, path) for scope in scopes)}
    return {person: masked(phone) for person, phone in open_all("person", wanted, CONTACT, at).items()}


@action("roll.open_phone", roles=CALLERS, at="unit")
def open_phone(*, by: Actor, unit: Unit, person: UUID) -> str:
    """The full number of somebody of a unit, to call them now.

    Raises: Refusal (404) for somebody who does not belong there, or whose number is not kept; (503) when it is unreadable.
    """
    at = locked()
    current_line().note(person)
    belongs = Appointment.objects.filter(unit=unit, person_id=person, until__isnull=True).exists()
    found = open_one("person", person, CONTACT, at) if belongs else None
    if found is None:
        raise Refusal(
            "phone.none",
            text("No number is kept for this person at this unit."),
            text("Ask the unit's office for it."),
            status=404,
        )
    return found


@action("roll.print_call_list", roles=CALLERS)
def print_call_list(*, by: Actor, roll: Roll, units: Collection[UUID], people: Collection[UUID]) -> dict[UUID, str]:
    """The full numbers of those who lead the units of a call list on paper: {person: number}."""
    at = locked()
    _note(by, roll, units)
    rows = Appointment.objects.filter(person_id__in=list(people), until__isnull=True).select_related("unit")
    own = {row.person_id for row in rows if may_act(by, CALLERS, row.unit)}
    return open_all("person", own, CONTACT, at)


@action("roll.export_names", roles=CALLERS)
def export_names(*, by: Actor, roll: Roll, units: Collection[UUID], as_of: datetime, count: int) -> None:
    """A list of names under some units is taken along as a file: how many, as of when."""
    locked()
    _note(by, roll, units)


def _note(by: Actor, roll: Roll, units: Collection[UUID]) -> None:
    """Name roll and units in the log; refused where a unit is not the caller's."""
    if not all(may_act(by, CALLERS, unit) for unit in Unit.objects.filter(pk__in=list(units))):
        raise refused()
    current_line().note(roll.pk, *units)
