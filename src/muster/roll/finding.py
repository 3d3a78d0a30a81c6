"""Rolls by the one box: by title or key, those of which the reader sees something."""

from __future__ import annotations

from django.urls import reverse

from muster.foundation.errors import text
from muster.foundation.rights import Actor
from muster.organisation.finding import Found, Hits, Searched, Why, Words, best_of, why_of
from muster.organisation.scope import may_see
from muster.roll.coverage import rolls_visible_to
from muster.roll.models import Roll

KEY = "rolls"
NEWEST = 2000
"""Among so many rolls, the newest, titles are compared."""


def rolls(actor: Actor, words: Words, most: int) -> Hits:
    """Rolls whose title or key the words find, the newest first. One query."""
    seen = rolls_visible_to(actor).filter(opened_at__isnull=False).select_related("held_by", "incident")
    newest = seen.order_by("-opened_at", "pk")[:NEWEST]
    found, is_more = best_of(((why_of(words, roll.title, roll.key), roll) for roll in newest), most)
    return Hits([_found(actor, why, roll) for why, roll in found], is_more)


def _found(actor: Actor, why: Why, roll: Roll) -> Found:
    # Whoever sees an entry of theirs on a roll need not see the unit that holds it.
    holder = roll.held_by.name if may_see(actor, roll.held_by.path) else ""
    where = " · ".join(part for part in (holder, roll.incident.name) if part)
    return Found(roll.title, where, why, reverse("roll:roll", args=[roll.pk]), roll.key)


ROLLS = Searched(text("Rolls"), (Roll,), rolls)
