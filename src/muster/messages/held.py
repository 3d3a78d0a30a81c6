"""What the room of messages tells on the page *what is held about me*: what one was told, when, by which way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings

from muster.foundation.errors import text
from muster.messages.models import Message, Nudge, Wish
from muster.messages.words import KINDS, STATES, label_of
from muster.organisation.models import Person
from muster.vault.held import SHOWN_MOST, Part


def parts(person: UUID, at: datetime) -> list[Part]:
    """Four queries."""
    ids = [person, *Person.objects.filter(merged_into=person).values_list("pk", flat=True)]
    return [_told(ids), _by_nobody(ids), _wish(person)]


def _told(ids: Sequence[UUID]) -> Part:
    """ids: their own, and those of whom they were registered as a second time."""
    rows = Message.objects.filter(person__in=ids).select_related("channel").order_by("-made_at", "pk")[:SHOWN_MOST]
    found = [(label_of(r.template), KINDS[r.channel.kind], r.made_at, STATES[r.state], r.ended_at or "") for r in rows]
    heads = (text("What"), text("Way"), text("When"), text("What became of it"), text("Since"))
    return Part(text("Messages to me"), heads, found, text("You were sent no message."))


def _by_nobody(ids: Sequence[UUID]) -> Part:
    rows = Nudge.objects.filter(to__in=ids, message=None).order_by("-at").values_list("at")[:SHOWN_MOST]
    title = text("When I was to be told something and no way out reached me")
    return Part(title, (text("When"),), [(at,) for (at,) in rows], text("Never."))


def _wish(person: UUID) -> Part:
    row = Wish.objects.filter(person=person).first()
    rows = [(dict(settings.LANGUAGES).get(row.language, row.language),)] if row else []
    return Part(text("Language of messages to me"), (text("Language"),), rows, text("The district's."))
