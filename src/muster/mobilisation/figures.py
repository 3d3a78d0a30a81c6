"""The figures of mobilisation."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.text import format_lazy

from muster.foundation.errors import Text, text
from muster.mobilisation import kinds
from muster.mobilisation.models import Order, ReportIn
from muster.organisation.scope import below
from muster.roll.figures import ORDERS, PEOPLE, UNITS, Figure, FigureFamily, Question, Row
from muster.roll.models import Roll, Tally

ACKNOWLEDGED = Figure(
    key="mobilisation.organisations_acknowledged",
    label=text("Organisations that acknowledged the order"),
    definition=text(
        "Units to which the order that founds the incident is addressed that answered it, in the version in force at"
        " the moment; those that cannot comply are counted as answered and shown as unmet."
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


REPORTED = text("reported in")


def _by_lead_rows(question: Question) -> Sequence[Row]:
    found = _by_lead(question).select_related("person").order_by("recorded_at", "pk")
    return [Row(f.pk, f.person.shown_name, f.at_unit_id, f.recorded_at, str(REPORTED)) for f in found]


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


def of_orders(question: Question) -> Sequence[Figure]:
    """The figures that the orders of the scope call for: one a roll behind them that no declared figure stands for.

    One query.
    """
    declared = {figure.key for figure in FIGURES}
    number = Subquery(Order.objects.filter(pk=OuterRef("source_id")).values("number"))
    found: dict[str, Figure] = {}
    for roll in _rolls_of_scope(question).annotate(order_number=number).order_by("opened_at", "pk"):
        if roll.figure not in declared:
            label, definition, measure = _WORDS[roll.kind]
            found[roll.figure] = Figure(
                key=roll.figure,
                label=_of_order(label, roll.order_number),
                definition=definition,
                measure=measure,
            )
    return list(found.values())


def _rolls_of_scope(question: Question) -> QuerySet[Roll]:
    """The rolls behind orders on which a unit of the scope stands, or which it holds: of others it learns nothing."""
    orders = Order.objects.filter(incident=question.incident, issued_at__lte=question.as_of)
    rolls = Roll.objects.filter(source_id__in=orders.values("pk"), opened_at__lte=question.as_of)
    if not question.unit.parent_id:
        return rolls
    path = question.unit.path
    counted = Tally.objects.filter(below(path, "unit__path"), roll=OuterRef("pk"))
    return rolls.filter(below(path, "held_by__path") | Exists(counted))


def _of_order(words: Text, number: str) -> Text:
    """A label with an order's number in it, in the language of whoever reads it."""
    return format_lazy(text("{words}: {order}"), words=words, order=number)


_WORDS = {
    kinds.ACKNOWLEDGEMENT: (
        text("Acknowledged"),
        text("Units to which the order is addressed that answered it, in the version in force."),
        UNITS,
    ),
    kinds.REPORT_IN: (
        text("Reported in"),
        text("Members called up by the order who reported in; whoever is excused is counted apart."),
        PEOPLE,
    ),
    kinds.CANNOT: (
        text("Could not comply and were answered"),
        text("Units that cannot comply with the order, in the version in force, which its issuer has answered."),
        UNITS,
    ),
}

FIGURES = (ACKNOWLEDGED, REPORTED_IN, ORDERS_ISSUED, REPORTED_BY_LEAD)
FAMILIES = (FigureFamily("mobilisation.of_orders", of_orders),)
