"""What the log may be about, of this room: channels."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse

from muster.foundation.errors import text
from muster.foundation.lines import Touched
from muster.foundation.rights import Actor
from muster.messages.reading import kept


def channels(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Touched]:
    """The channels that the actor keeps. One query."""
    rows = kept(actor).filter(pk__in=ids)
    return {row.pk: Touched(text("Channel"), row.name, reverse("messages:channel", args=[row.pk])) for row in rows}
