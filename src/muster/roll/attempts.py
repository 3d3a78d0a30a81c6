"""Called, no answer: an attempt with one tap, and what is known of the attempts of some names."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Max

from muster.foundation.action import action
from muster.foundation.errors import not_found
from muster.foundation.rights import Actor
from muster.organisation.models import Unit
from muster.organisation.roles import CLERK, COMMANDER, LEAD
from muster.organisation.scope import holds_at
from muster.roll.book import open_book
from muster.roll.models import Attempt

CALLING = (COMMANDER, CLERK, LEAD)
"""Roles whose holder, at the accountable unit or above it, calls those who are outstanding."""

SAME_TAP = timedelta(minutes=1)
"""A second tap of the same person within it is the same attempt."""


@action("roll.note_attempt", roles=CALLING, at="unit")
def note_attempt(*, by: Actor, unit: Unit, entry: UUID) -> bool:
    """Called, and nobody answered; `unit` is the accountable one. False for a tap that is on record already.

    Raises: Refusal when the roll is not open, or the name was taken off it.
    """
    book = open_book(entries=[entry])
    found = book.entries[entry]
    if found.unit != unit.pk:
        raise not_found("entry.unknown")
    lately = Attempt.objects.filter(entry=entry, by_person=by.person_id, recorded_at__gt=book.at - SAME_TAP)
    if lately.exists():
        return False
    fact = Attempt(at_unit_id=found.unit, entry_id=found.id, incident=book.call_of(found).incident)
    book.note_attempt(found, fact)
    book.write()
    return True


def may_call(actor: Actor, path: str) -> bool:
    """Whether somebody may note a call for the unit at a path."""
    return holds_at(actor, CALLING, path)


class Tried(NamedTuple):
    """How often somebody was called in vain, and when last."""

    times: int
    last: datetime


def tried(entries: Collection[UUID], as_of: datetime) -> dict[UUID, Tried]:
    """{entry: its calls in vain up to a moment}. One query."""
    rows = Attempt.objects.filter(entry__in=entries, recorded_at__lte=as_of).order_by()
    counted = rows.values_list("entry").annotate(count=Count("pk"), last=Max("recorded_at"))
    return {entry: Tried(count, last) for entry, count, last in counted}
