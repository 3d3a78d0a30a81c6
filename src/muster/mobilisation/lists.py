"""The list of orders to take along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from muster.foundation.errors import text
from muster.foundation.rights import Actor
from muster.mobilisation.models import Order, OrderWithdrawal
from muster.mobilisation.reading import coverages_of, versions_by_order
from muster.organisation.asking import incident_of, zone
from muster.organisation.lists import scope_words
from muster.roll.lists import COUNTS
from muster.roll.looks import look
from muster.sheets.out import MOMENT, NUMBER, Field, Listing, words_of


def orders(actor: Actor, asked: Mapping[str, str]) -> Listing:
    """The orders of an incident in their newest version, with what is counted of the answers."""
    incident, local = incident_of(asked.get("incident")), zone()
    seen = look(actor, asked, incident)
    issued = Order.objects.visible_to(actor).filter(incident=incident, issued_at__lte=seen.as_of)
    found = versions_by_order(issued.select_related("issuer"))
    counted = coverages_of(seen, found)
    gone = OrderWithdrawal.objects.filter(order__incident=incident, recorded_at__lte=seen.as_of)
    withdrawn = set(gone.values_list("order__key", flat=True))

    def rows() -> Iterator[list[Any]]:
        for versions in found:
            order = versions[-1]
            _roll, total = counted.get(order.key, (None, None))
            counts: list[Any] = [None] * len(COUNTS)
            if total is not None:
                counts = [total.expected, total.answered, total.excused, total.outstanding]
            state = _("withdrawn") if order.key in withdrawn else _("in force")
            about = [order.number, order.version, order.title, order.issuer.name, state]
            yield [*about, order.issued_at, order.due_at, *counts]

    fields = [
        Field(text("Order"), width=20),
        Field(text("Version"), NUMBER, 8),
        Field(text("What it is about"), width=36),
        Field(text("Issued by"), width=22),
        Field(text("State"), width=10),
        Field(text("Issued"), MOMENT, 17),
        Field(text("Due"), MOMENT, 17),
        *COUNTS,
    ]
    about = (f"{incident.name} · {scope_words(seen.unit)}", words_of(seen.as_of, local))
    return Listing(
        "orders", text("Orders"), fields, rows, len(found), local, *about, ids=lambda: [one[-1].pk for one in found]
    )
