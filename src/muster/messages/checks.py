"""What `muster check` says of the outbox: what did not go, and links that would lead nowhere."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext, ngettext

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
