"""A unit's shared phone: enrolled by the code that its lead made."""

from __future__ import annotations

from muster.foundation.action import action, current_line, locked
from muster.foundation.rights import HOUSE, Actor
from muster.organisation.cards import take, unknown
from muster.organisation.devices import NewDevice, remember
from muster.organisation.models import Code, Device


@action("organisation.enrol_shared_phone", roles=(HOUSE,))
def enrol_shared_phone(*, by: Actor, code: Code, device: NewDevice) -> Device:
    """Make the phone that shows the code the shared phone of a unit, once.

    Raises: Refusal `code.unknown`, `code.used`, `code.revoked`, `code.expired`.
    """
    if code.purpose != Code.Purpose.SHARED_PHONE:
        raise unknown()
    at = locked()
    take(code, at)
    current_line().note(code.unit_id)
    return remember(device, at, unit=code.unit)
