"""Orders by the one box: by title or number, each in its newest version that the reader sees."""

from __future__ import annotations

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from muster.foundation.errors import text
from muster.foundation.rights import Actor
from muster.mobilisation.models import Order
from muster.organisation.finding import Found, Hits, Searched, Why, Words, best_of, why_of

KEY = "orders"
NEWEST = 2000
"""Among so many orders, the newest, titles are compared."""


def orders(actor: Actor, words: Words, most: int) -> Hits:
    """Orders whose title or number the words find, the newest first. One query."""
    seen = Order.objects.visible_to(actor)
    newest = Subquery(seen.filter(key=OuterRef("key")).order_by("-version").values("pk")[:1])
    rows = seen.filter(pk=newest).select_related("issuer", "incident").defer("text", "covering_note")
    among = rows.order_by("-issued_at", "-pk")[:NEWEST]
    found, is_more = best_of(((why_of(words, order.title, order.number), order) for order in among), most)
    return Hits([_found(why, order) for why, order in found], is_more)


def _found(why: Why, order: Order) -> Found:
    # An order names its issuer to whom it is addressed.
    where = f"{order.issuer.name} · {order.incident.name}"
    version = _("version %(n)s") % {"n": order.version} if order.version > 1 else ""
    told = " · ".join(part for part in (order.number, version) if part)
    return Found(order.title, where, why, reverse("mobilisation:order", args=[order.pk]), told)


ORDERS = Searched(text("Orders"), (Order,), orders)
