"""Finding somebody by the last four digits of their telephone number: who may, how often, and what the log says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.rights import Actor
from muster.organisation.guessing import count_within, guarded
from muster.organisation.models import Appointment, LockOut, Person
from muster.organisation.registers import CALLERS
from muster.organisation.scope import below
from muster.vault.matching import find_plain
from muster.vault.purposes import PHONE_END

LOOKS_MAX, LOOKS_WITHIN = 60, timedelta(hours=1)
"""So many looks somebody takes: for all ten thousand endings they would need a week."""
DIGITS = 4


@action("organisation.find_by_phone_end", roles=CALLERS)
def find_by_phone_end(*, by: Actor, digits: str) -> Sequence[UUID]:
    """People whose number ends so, with a place at a unit at which, or above which, `by` may reach people by phone.

    The log says how many, not whom and not by which digits. Raises: Refusal `phone_end.wrong` (422), `phone_end.often`
    (429).
    """
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        raise invalid("digits", text("Write the last four digits of the number."), "phone_end.wrong")
    until = count_within(guarded(LockOut.Kind.LOOK, by.name), LOOKS_MAX, LOOKS_WITHIN)
    if until is not None:
        raise Refusal(
            "phone_end.often",
            text("Telephone numbers were not looked through: you have done so %(most)s times within the hour."),
            text("Names and codes are found as before; numbers again from %(until)s."),
            status=429,
            most=LOOKS_MAX,
            until=timezone.localtime(until).strftime("%H:%M"),
        )
    reach = Q(pk__in=[])
    for scope in by.scopes(*CALLERS):
        reach |= below(scope, "unit__path")
    places = Appointment.objects.filter(reach, person=OuterRef("pk"), until__isnull=True)
    there = Person.objects.filter(pk__in=find_plain(PHONE_END, digits, locked()), status=Person.Status.ACTIVE)
    found = list(there.filter(Exists(places)).order_by("folded", "number").values_list("pk", flat=True))
    current_line().note(f"count:{len(found)}")
    return found
