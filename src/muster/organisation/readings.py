"""What is read of people's particulars on the pages of the register: a line in the log and a reading each."""

from __future__ import annotations

from uuid import UUID

from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, text
from muster.foundation.rights import Actor
from muster.organisation.models import Appointment, Unit
from muster.organisation.registers import CALLERS
from muster.vault.models import Reading
from muster.vault.particulars import open_one
from muster.vault.purposes import CONTACT
from muster.vault.readings import note


@action("organisation.open_phone", roles=CALLERS, at="unit")
def open_phone(*, by: Actor, unit: Unit, person: UUID) -> str:
    """The full telephone number of somebody of a unit, to call them now.

    Raises: Refusal (404) for somebody who does not belong there, or whose number is not kept; (503) if unreadable.
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
    note(by, "person", [person], CONTACT, Reading.Way.OPENED)
    return found
