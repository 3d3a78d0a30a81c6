"""The list of messages to take along, as the page of the outbox is filtered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from muster.foundation.errors import text
from muster.foundation.rights import Actor, refused
from muster.foundation.sql import slices
from muster.messages import reading, tending
from muster.messages.models import Message
from muster.organisation.asking import zone
from muster.organisation.lists import now_words, scope_words
from muster.sheets.out import MOMENT, NUMBER, Field, Listing


def messages(actor: Actor, asked: Mapping[str, str]) -> Listing:
    """What went, what waits, what did not go. Raises: Refusal (403) for whoever does not look after the outbox."""
    if not actor.has(*tending.TENDERS):
        raise refused()
    which = reading.which_of(asked.get("show", ""))
    found = list(
        tending.tended(actor)
        .filter(state__in=reading.SHOWN[which])
        .order_by("-made_at", "pk")
        .values_list("pk", flat=True)
    )

    def rows() -> Iterator[list[Any]]:
        for part in slices(found):
            there = Message.objects.filter(pk__in=part).select_related("person", "unit", "channel")
            for row in reading.shown(actor, list(there.order_by("-made_at", "pk"))):
                one = row.message
                what = [str(row.what), row.to, row.unit, str(row.way), one.channel.name]
                yield [*what, one.made_at, str(row.state), str(row.why), one.tries, one.ended_at]

    fields = [
        Field(text("What"), width=26),
        Field(text("To whom"), width=18),
        Field(text("Unit"), width=28),
        Field(text("Way")),
        Field(text("Channel")),
        Field(text("When"), MOMENT, 17),
        Field(text("State")),
        Field(text("Why"), width=30),
        Field(text("Tries"), NUMBER, 8),
        Field(text("Since"), MOMENT, 17),
    ]
    about = (scope_words(None), now_words())
    return Listing("messages", text("Messages"), fields, rows, len(found), zone(), *about, ids=lambda: found)
