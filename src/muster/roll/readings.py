"""What is read out of the house: phone numbers in full, lists taken along. Each is a line in the log.

A number that a screen shows with its middle hidden is no reading: it reaches nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from muster.foundation.action import action, current_line, locked
from muster.foundation.rights import Actor, refused
from muster.organisation.models import Appointment, Unit
from muster.organisation.roles import CLERK, COMMANDER, LEAD
from muster.organisation.scope import covers, may_act
from muster.roll.models import Roll
from muster.vault.models import Reading
from muster.vault.particulars import masked, open_all
from muster.vault.purposes import CONTACT
from muster.vault.readings import note

CALLERS = frozenset((COMMANDER, CLERK, LEAD))
"""Roles whose holder may reach the leads of their units by phone."""


def masked_phones(by: Actor, leads: Iterable[tuple[str, UUID]], at: datetime) -> dict[UUID, str]:
    """{person: their number, its middle hidden}; leads: (path of the unit, who leads it). Only of one's own scope."""
    scopes = by.scopes(*CALLERS)
    wanted = {person for path, person in leads if any(covers(scope, path) for scope in scopes)}
    return {person: masked(phone) for person, phone in open_all("person", wanted, CONTACT, at).items()}


@action("roll.print_call_list", roles=CALLERS)
def print_call_list(*, by: Actor, roll: Roll, units: Collection[UUID], people: Collection[UUID]) -> dict[UUID, str]:
    """The full numbers of those on a call list on paper who belong to a unit of one's own: {person: number}.

    people: who leads its units, and who was called up themselves. One line in the log for all.
    """
    at = locked()
    _require_own(by, units)
    rows = Appointment.objects.filter(person_id__in=list(people), until__isnull=True).select_related("unit")
    own = {row.person_id for row in rows if may_act(by, CALLERS, row.unit)}
    found = open_all("person", own, CONTACT, at)
    note(by, "person", list(found), CONTACT, Reading.Way.LISTED)
    _note(roll, units, found)
    return found


@action("roll.export_names", roles=CALLERS)
def export_names(*, by: Actor, roll: Roll, units: Collection[UUID], as_of: datetime, entries: Collection[UUID]) -> None:
    """A list of names under some units is taken along as a file: which entries, as of when."""
    locked()
    _require_own(by, units)
    current_line().note(f"as_of:{as_of.isoformat()}")
    _note(roll, units, entries)


def _require_own(by: Actor, units: Collection[UUID]) -> None:
    """Refuse a reading of no unit, or of one that is not the caller's."""
    if not units or not all(may_act(by, CALLERS, unit) for unit in Unit.objects.filter(pk__in=list(units))):
        raise refused()


def _note(roll: Roll, units: Collection[UUID], read: Collection[UUID]) -> None:
    """Write a reading into its line of the log as decision 19 wants it: what, of which units, how many, which.

    Beside the ids of roll and units stand `count:97` and `sha256:` with the digest of the sorted ids of what was read,
    their hex digits one after another, so that a list that turns up can be held against the line.
    """
    digest = hashlib.sha256("".join(sorted(one.hex for one in read)).encode()).hexdigest()
    current_line().note(roll.pk, f"count:{len(read)}", f"sha256:{digest}", *units)
