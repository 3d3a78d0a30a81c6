"""What `muster check` and the page of health say of the outbox: what did not go, what waits, links to nowhere."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext, ngettext

from muster.foundation import clock
from muster.foundation.errors import text
from muster.foundation.health import BAD, OK, WARN, Sign
from muster.messages.models import Channel, Message
from muster.messages.tending import STUCK


def faults() -> list[str]:
    """Two queries."""
    found = []
    stuck = Message.objects.filter(state__in=STUCK).count()
    if stuck:
        words = ngettext(
            "%(count)s message did not go: look at it under Messages",
            "%(count)s messages did not go: look at them under Messages",
            stuck,
        )
        found.append(words % {"count": stuck})
    if not settings.PUBLIC_ADDRESS and Channel.objects.filter(ended_at=None).exists():
        found.append(
            gettext("messages carry no link: set MUSTER_ADDRESS to the address under which people reach Muster")
        )
    return found


LATE_WARN, LATE_BAD = timedelta(minutes=5), timedelta(hours=1)


def signs() -> list[Sign]:
    """For the page of health: how many messages are due and not sent, and since when. Two queries."""
    now = clock.now()
    due = Message.objects.filter(state=Message.State.WAITING, next_at__lte=now, channel__paused_at=None)
    oldest = due.order_by("next_at").values_list("next_at", flat=True).first()
    late = now - oldest if oldest else timedelta(0)
    state = BAD if late >= LATE_BAD else WARN if late >= LATE_WARN else OK
    todo = gettext("Look whether the clockwork ticks, and at the channels under Messages.") if state != OK else ""
    return [Sign("unsent", text("Unsent messages"), str(due.count()), state, todo)]
