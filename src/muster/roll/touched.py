"""What the log may be about, of this room: rolls and entries; and the states of the names that a line changed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse

from muster.foundation.errors import text
from muster.foundation.lines import Became, Touched
from muster.foundation.models import AuditLine
from muster.foundation.rights import Actor
from muster.roll.coverage import rolls_visible_to, subject_names
from muster.roll.models import STATE_WORDS, Entry, Ladder, Mark, Roll

SHOWN_MOST = 50
"""Names of one line that are shown."""


def rolls(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Touched]:
    """The rolls of which the actor sees something. One query."""
    rows = rolls_visible_to(actor).filter(pk__in=ids)
    return {row.pk: Touched(text("Roll"), row.title, reverse("roll:roll", args=[row.pk])) for row in rows}


def ladders(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Touched]:
    """Ladders are the whole district's: whoever reads the log may know their names. One query."""
    return {row.pk: Touched(text("Ladder"), row.name) for row in Ladder.objects.filter(pk__in=ids)}


def became(actor: Actor, line: AuditLine, ids: Sequence[UUID]) -> list[Became]:
    """The marks of a line, of entries that the actor sees. Three queries, and one a kind of subject.

    A mark's moment is its line's, so each roll's index by moment finds them.
    """
    if not line.witnessed:
        return []
    opened = list(Roll.objects.filter(opened_at__lte=line.at).values_list("pk", flat=True))
    marks = Mark.objects.filter(roll__in=opened, recorded_at=line.at, line=line.pk)
    seen = Entry.objects.visible_to(actor).values("pk")
    rows = list(marks.filter(entry__in=seen).select_related("entry__roll").order_by("roll", "entry", "n")[:SHOWN_MOST])
    names = subject_names([mark.entry for mark in rows])
    return [
        Became(
            f"{mark.entry.roll.title} · {names.get(mark.entry.subject_id, '')}",
            _state(mark.before),
            _state(mark.after),
            address=reverse("roll:entry", args=[mark.entry_id]),
        )
        for mark in rows
    ]


def _state(state: str | None) -> str:
    return str(STATE_WORDS[state]) if state else str(text("not on the roll"))
