"""What mobilisation tells on the page *what is held about me*: my badges, and the orders that I wrote or signed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from muster.foundation.errors import text
from muster.mobilisation.models import Badge, Order, OrderDraft
from muster.vault.held import SHOWN_MOST, Part


def parts(person: UUID, at: datetime) -> list[Part]:
    """Three queries."""
    return [_badges(person), _orders(person)]


def _badges(person: UUID) -> Part:
    rows = Badge.objects.filter(person=person).select_related("unit").order_by("-issued_at")[:SHOWN_MOST]
    return Part(
        text("Badges"),
        (text("Number"), text("Unit"), text("Issued"), text("Revoked")),
        [(row.no, row.unit.name, row.issued_at, row.revoked_at or "") for row in rows],
        text("You were given no badge."),
    )


def _orders(person: UUID) -> Part:
    mine = Q(drafted_by=person) | Q(signed_by=person)
    orders = Order.objects.filter(mine).order_by("-issued_at").values_list("number", "title", "issued_at")[:SHOWN_MOST]
    drafts = OrderDraft.objects.filter(mine).order_by("pk").values_list("title", flat=True)[:SHOWN_MOST]
    return Part(
        text("Orders that I wrote or signed"),
        (text("Number"), text("Title"), text("Issued")),
        [*orders, *((text("draft"), title, "") for title in drafts)],
        text("None."),
    )
