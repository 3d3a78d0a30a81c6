"""The figures of mobilisation."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from muster.foundation.errors import text
from muster.mobilisation import kinds
from muster.mobilisation.models import Addressee, Order, ReportIn
from muster.organisation.scope import below
from muster.roll.figures import ORDERS, PEOPLE, UNITS, Figure, FigureFamily, Question, Row
from muster.roll.models import Tally

ACKNOWLEDGED = Figure(
    key="mobilisation.organisations_acknowledged",
    label=text("Organisations that acknowledged the order"),
    definition=text(
        "Units called up by the order that founds the incident which answered it, in the version in force at the"
        " moment; those that cannot comply are counted as answered and shown as unmet."
    ),
    measure=UNITS,
)
REPORTED_IN = Figure(
    key="mobilisation.members_reported_in",
    label=text("Members who reported in"),
    definition=text(
        "Members of the units called up who reported in, by themselves or through their lead; whoever is excused"
        " is counted apart."
    ),
    measure=PEOPLE,
)


def _orders(question: Question) -> QuerySet[Order]:
    found = Order.objects.filter(incident=question.incident, issued_at__lte=question.as_of)
    return found.filter(issuer__in=question.units()) if question.unit.parent_id else found


def _order_rows(question: Question) -> Sequence[Row]:
    return [Row(o.pk, f"{o.number} {o.title}", o.issuer_id, o.issued_at, f"v{o.version}") for o in _orders(question)]


ORDERS_ISSUED = Figure(
    key="mobilisation.orders_issued",
    label=text("Orders issued"),
    definition=text("Orders issued by units of the scope, each version counted."),
    measure=ORDERS,
    count=lambda question: _orders(question).count(),
    rows=_order_rows,
)


def _by_lead(question: Question) -> QuerySet[ReportIn]:
    found = ReportIn.objects.filter(
        incident=question.incident.pk, recorded_at__lte=question.as_of, for_person__isnull=False
    )
    return found.filter(at_unit__in=question.units()) if question.unit.parent_id else found


def _by_lead_rows(question: Question) -> Sequence[Row]:
    found = _by_lead(question).select_related("person").order_by("recorded_at", "pk")
    return [Row(f.pk, f.person.name, f.at_unit_id, f.recorded_at, "reported") for f in found]


REPORTED_BY_LEAD = Figure(
    key="mobilisation.reported_in_by_lead",
    label=text("Report-ins written down by a lead"),
    definition=text(
        "Report-ins that somebody wrote down for a member, each one counted, those taken back later included."
    ),
    measure=PEOPLE,
    count=lambda question: _by_lead(question).count(),
    rows=_by_lead_rows,
)


def acknowledgements(question: Question) -> Sequence[Figure]:
    """A figure for each order besides the founding one that a unit of the scope issued or is to acknowledge."""
    orders = Order.objects.filter(incident=question.incident, issued_at__lte=question.as_of, founding=False)
    if question.unit.parent_id:
        path = question.unit.path
        asked = Addressee.objects.filter(below(path, "unit__path"), acknowledges=True, order=OuterRef("pk"))
        counted = Tally.objects.filter(below(path, "unit__path"), roll__source_id=OuterRef("pk"))
        orders = orders.filter(below(path, "issuer__path") | Exists(asked) | Exists(counted))
    found = {}
    for order in orders.order_by("issued_at", "pk"):
        found[order.key] = Figure(
            key=kinds.acknowledged_figure(order),
            label=text("Acknowledged: %s") % order.title,
            definition=text("Units to which the order is addressed that answered it, in the version in force."),
            measure=UNITS,
        )
    return list(found.values())


FIGURES = (ACKNOWLEDGED, REPORTED_IN, ORDERS_ISSUED, REPORTED_BY_LEAD)
FAMILIES = (FigureFamily("mobilisation.acknowledged", acknowledgements),)
