"""What the pages of the outbox read: who sees which messages and channels. Nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from muster.foundation.errors import Text, not_found
from muster.foundation.rights import Actor
from muster.messages.channels import GROUP_KEEPERS, KEEPERS
from muster.messages.models import ROBOTS, Channel, Message
from muster.messages.tending import STUCK
from muster.messages.words import KINDS, STATES, error_words, label_of
from muster.organisation.models import Unit, codes_of
from muster.organisation.scope import below_any, may_see

SHOWN: Mapping[str, tuple[str, ...]] = {
    "stuck": STUCK,
    "waiting": (Message.State.WAITING, Message.State.SENDING),
    "sent": (Message.State.SENT,),
    "given_up": (Message.State.GIVEN_UP,),
}


def which_of(words: str) -> str:
    """The part of the outbox that an address asks for; what did not go, for anything that is none."""
    return words if words in SHOWN else "stuck"


def kept(actor: Actor) -> QuerySet[Channel]:
    """The channels that somebody keeps."""
    # The mail and the SMS of a unit are not its lead's.
    robots = below_any(actor.scopes(*GROUP_KEEPERS), "unit__path") & Q(kind__in=ROBOTS)
    return (
        Channel.objects.filter(below_any(actor.scopes(*KEEPERS), "unit__path") | robots)
        .select_related("unit")
        .order_by("ended_at", "unit__path", "kind", "made_at")
    )


def under(paths: Sequence[str]) -> QuerySet[Unit]:
    """The units in these subtrees."""
    return Unit.objects.filter(below_any(paths))


def channel_for(actor: Actor, pk: UUID) -> Channel:
    """One of them. Raises: Refusal (404)."""
    found = kept(actor).filter(pk=pk).first()
    if found is None:
        raise not_found("channel.unknown")
    return found


def counts(rows: QuerySet[Message]) -> dict[str, int]:
    """{one of SHOWN: how many}. One query."""
    by_state = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    return {key: sum(by_state.get(state, 0) for state in states) for key, states in SHOWN.items()}


@dataclass(frozen=True)
class Row:
    """A message in the list. to, unit: the name where the reader may see it, else number or code."""

    message: Message
    what: Text
    to: str
    unit: str
    way: Text
    state: Text
    why: Text


def shown(actor: Actor, messages: Sequence[Message]) -> list[Row]:
    """The rows of a page; unit, person and channel were read with them. One query."""
    called = names_of(actor, [one.unit for one in messages])
    return [
        Row(
            one,
            label_of(one.template),
            _to(actor, one),
            called[one.unit_id],
            KINDS[one.channel.kind],
            STATES[one.state],
            error_words(one.error) if one.error else "",
        )
        for one in messages
    ]


def names_of(actor: Actor, units: Sequence[Unit]) -> dict[UUID, str]:
    """{unit: its name}; its code for a reader who keeps the server and sees no unit. One query."""
    codes = codes_of({unit.pk for unit in units})
    return {unit.pk: unit.name if may_see(actor, unit.path) else codes.get(unit.pk, "") for unit in units}


def _to(actor: Actor, message: Message) -> str:
    if message.person is None:
        return ""
    return message.person.shown_name if may_see(actor, message.unit.path) else message.person.number
