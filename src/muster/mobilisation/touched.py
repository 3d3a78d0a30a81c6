"""What the log may be about, of this room: orders and drafts, by right, with their pages."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse

from muster.foundation.errors import text
from muster.foundation.lines import Touched
from muster.foundation.rights import Actor
from muster.mobilisation.models import Order, OrderDraft


def orders(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Touched]:
    """The orders that concern the actor's units. One query."""
    rows = Order.objects.visible_to(actor).filter(pk__in=ids)
    return {row.pk: Touched(text("Order"), str(row), reverse("mobilisation:order", args=[row.pk])) for row in rows}


def drafts(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Touched]:
    """The drafts of the actor's units that are not issued. One query."""
    rows = OrderDraft.objects.visible_to(actor).filter(pk__in=ids)
    return {row.pk: Touched(text("Draft"), row.title, reverse("mobilisation:draft", args=[row.pk])) for row in rows}
