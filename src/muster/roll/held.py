"""What rolls tell on the page *what is held about me*: where I stand on a roll, and what I recorded, as counts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from muster.foundation.errors import Text, text
from muster.foundation.registry import FACTS
from muster.roll.models import STATE_WORDS, Entry, Mark
from muster.vault.held import SHOWN_MOST, Part

STATES: dict[str | None, Text] = STATE_WORDS | {None: text("taken off the roll")}


def parts(person: UUID, at: datetime) -> list[Part]:
    """Three queries, and two for each kind of fact."""
    return [_entries(person), _recorded(person)]


def _entries(person: UUID) -> Part:
    mine = Entry.objects.filter(Q(subject_kind="person", subject_id=person) | Q(assignee=person))
    rows = mine.select_related("roll", "unit").order_by("-roll__opened_at", "pk")[:SHOWN_MOST]
    return Part(
        text("On rolls"),
        (text("Roll"), text("Unit"), text("State"), text("Since")),
        [(row.roll.title, row.unit.name, STATES[row.state], row.settled_at or "") for row in rows],
        text("You stand on no roll."),
    )


def _recorded(person: UUID) -> Part:
    """Facts and marks hold ids only; they stay when a name is erased."""
    by_me = sum(model._default_manager.filter(by_person=person).count() for model in FACTS.values())
    for_me = sum(model._default_manager.filter(for_person=person).count() for model in FACTS.values())
    marks = Mark.objects.filter(by_person=person).count()
    rows = [(text("Recorded by me"), by_me), (text("Recorded for me by somebody else"), for_me)]
    return Part(
        text("What I recorded"),
        (text("Item"), text("How often")),
        [*rows, (text("Changes of entries by me"), marks)],
        text("Nothing."),
    )
