"""What the administrator does about messages that did not go: send them again, or give them up."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, text
from muster.foundation.rights import Actor
from muster.messages import night
from muster.messages.models import Channel, Message
from muster.organisation.asking import zone
from muster.organisation.roles import ADMINISTRATOR, COMMANDER
from muster.organisation.scope import below_any

TENDERS = frozenset((ADMINISTRATOR, COMMANDER))
"""Roles whose holder looks after the outbox: it shows ids, units and counts, no number and no words."""
STUCK = (Message.State.FAILED, Message.State.UNSURE)
"""What stands on the list of what did not go."""


@action("messages.send_again", roles=TENDERS)
def send_again(*, by: Actor, messages: Collection[UUID]) -> int:
    """Put what failed, or may not have arrived, back into the outbox as if it were new; returns how many.

    Raises: Refusal (409) where none of them waits for a decision, or their channel has ended.
    """
    at = locked()
    rows = _stuck(by, messages)
    if not rows.exists():
        raise _settled()
    going = rows.exclude(channel__in=Channel.objects.filter(ended_at__isnull=False).values("pk"))
    count = 0
    # Whoever sends again in the night wakes nobody either, unless it is urgent.
    for urgent, next_at in ((True, at), (False, night.after_night(at, night.hours(), zone()))):
        count += going.filter(urgent=urgent).update(
            state=Message.State.WAITING, tries=0, next_at=next_at, begun_at=None, ended_at=None, error=""
        )
    if not count:
        raise Refusal(
            "message.channel_ended",
            text("The channel by which these were to go has ended."),
            text("Open another one and remind again, or give these up."),
        )
    current_line().note(f"count:{count}")
    return count


@action("messages.give_up", roles=TENDERS)
def give_up(*, by: Actor, messages: Collection[UUID]) -> int:
    """Leave it at that: whoever was to be told stands on the roll anyway; returns how many. Raises: Refusal (409)."""
    at = locked()
    count = _stuck(by, messages).update(state=Message.State.GIVEN_UP, ended_at=at)
    if not count:
        raise _settled()
    current_line().note(f"count:{count}")
    return count


def _stuck(by: Actor, messages: Collection[UUID]) -> QuerySet[Message]:
    """Those of them that stand on the list of whoever decides."""
    return tended(by).filter(pk__in=list(messages), state__in=STUCK)


def tended(actor: Actor) -> QuerySet[Message]:
    """The messages of the units that somebody looks after. An administrator sees them too, without a name."""
    return Message.objects.filter(below_any(actor.scopes(*TENDERS), "unit__path"))


def _settled() -> Refusal:
    return Refusal("message.settled", text("Nothing of this waits for a decision any more."), text("Look again."))
