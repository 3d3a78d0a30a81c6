"""What is mine to answer: entries assigned to me, and those of the units that I lead; what of it is asked of me now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q, QuerySet

from muster.foundation.errors import not_found
from muster.foundation.rights import Actor
from muster.organisation.roles import LEAD
from muster.organisation.scope import below
from muster.roll.faces import FACES, Ask, face_of
from muster.roll.models import OUTSTANDING, Entry, Roll

NEXT_MOST = 20
"""So many things are shown at once; the others follow when these are answered."""


def mine(actor: Actor) -> QuerySet[Entry]:
    """What is mine to answer: entries assigned to me, and those of the units that I lead that nobody is assigned."""
    led = Q(unit__path__in=actor.scopes(LEAD), assignee__isnull=True)
    rows = Entry.objects.filter(Q(assignee_id=actor.person_id) | led)
    if actor.within:
        rows = rows.filter(below(actor.within, "unit__path"))
    return rows.select_related("roll", "unit")


def my_entry(actor: Actor, pk: UUID) -> Entry:
    """One of them. Raises: Refusal (404)."""
    found = mine(actor).filter(pk=pk).first()
    if found is None:
        raise not_found("entry.unknown")
    return found


@dataclass(frozen=True)
class Asked:
    """What is asked of somebody now: the first things by due time, and how many there are in all."""

    things: Sequence[tuple[Entry, Ask]]
    count: int


def asked(actor: Actor) -> Asked:
    """What is asked of somebody now, by due time: two queries, one or two a kind of roll, one more where it is cut."""
    kinds = [key for key, face in FACES.items() if face.asks is not None]
    rows = mine(actor).filter(state=OUTSTANDING, roll__state=Roll.State.OPEN, roll__kind__in=kinds)
    entries = list(rows.order_by(F("due_at").asc(nulls_last=True), "roll__opened_at", "pk")[:NEXT_MOST])
    asks: dict[UUID, Ask] = {}
    for kind in {entry.roll.kind for entry in entries}:
        ask = face_of(kind).asks
        if ask is not None:
            asks |= ask([entry for entry in entries if entry.roll.kind == kind])
    things = [(entry, asks[entry.pk]) for entry in entries if entry.pk in asks]
    return Asked(things, rows.count() if len(entries) == NEXT_MOST else len(things))
