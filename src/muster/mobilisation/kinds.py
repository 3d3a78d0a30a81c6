"""The kinds of roll of mobilisation, and the keys of their figures."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from muster.foundation.errors import text
from muster.foundation.facts import Fact
from muster.mobilisation.models import Addressee, Order
from muster.organisation.models import Appointment
from muster.roll.book import Book, Open
from muster.roll.kinds import Effect, Expected, Outcome, RollKind, Words
from muster.roll.models import Roll
from muster.roll.rules import Standing
from muster.roll.statements import Chosen

ACKNOWLEDGEMENT = "mobilisation.acknowledgement"
REPORT_IN = "mobilisation.report_in"
CANNOT = "mobilisation.cannot"


def members_called_up(roll: Roll, after: UUID | None, count: int) -> Sequence[Expected]:
    """The members called up by an order, as they stand now, by the ids of people: for a staged opening.

    By the person alone, not by the unit: whoever moves between two slices is met once, wherever they are then.
    """
    units = Addressee.objects.filter(order_id=roll.source_id, called_up=True).values("unit")
    rows = Appointment.objects.filter(unit__in=units, primary=True, until__isnull=True).order_by("person_id")
    if after is not None:
        rows = rows.filter(person_id__gt=after)
    part = rows.values_list("unit_id", "person_id")[:count]
    return [Expected(unit=u, subject_kind="person", subject_id=p, assignee=p) for u, p in part]


def units_addressed(roll: Roll, after: UUID | None, count: int) -> Sequence[Expected]:
    """The units that an order asks to acknowledge it, by their ids: for a staged opening."""
    rows = Addressee.objects.filter(order_id=roll.source_id, acknowledges=True).order_by("unit_id")
    if after is not None:
        rows = rows.filter(unit_id__gt=after)
    part = rows.values_list("unit_id", flat=True)[:count]
    return [Expected(unit=u, subject_kind="unit", subject_id=u) for u in part]


def acknowledgement_chosen(book: Book, entry: Open, before: Standing, ruling: Fact) -> None:
    """Somebody chose between two answers to an order: the issuer's list follows."""
    from muster.mobilisation.answers import follow_choice

    follow_choice(book, entry, before, ruling)


def acknowledgement_removed(book: Book, entry: Open, before: Open, ruling: Fact) -> None:
    """A unit was taken off an order's roll: its issuer need not see to it any more."""
    from muster.mobilisation.answers import follow_removal

    follow_removal(book, entry, ruling)


def report_in_removed(book: Book, entry: Open, before: Open, ruling: Fact) -> None:
    """A member was taken off a call-up: the badge ends with it."""
    from muster.mobilisation.answers import end_badge

    end_badge(book, before.fact_id)


def rolls_beside(order: UUID) -> Chosen:
    """The issuers' rolls of those that cannot comply with an order."""
    from muster.mobilisation.answers import rolls_of

    return rolls_of(Order.objects.get(pk=order), CANNOT)


KINDS = (
    RollKind(
        key=ACKNOWLEDGEMENT,
        label=text("Acknowledgement of an order"),
        words=Words(text("acknowledged"), text("not acknowledged"), text("units")),
        outcomes={
            "will_do": Outcome(text("will do")),
            "cannot": Outcome(text("cannot comply"), Effect.UNMET),
        },
        expected=units_addressed,
        chosen=acknowledgement_chosen,
        beside=rolls_beside,
        removed=acknowledgement_removed,
        removed_words=text("If it cannot comply, the issuer need not see to that any more either."),
        by_hand_words=text(
            "What is put right here holds for this version of the order. A later version that asks for a new"
            " acknowledgement works out its addressees anew: change its audience, or put its roll right again."
        ),
    ),
    RollKind(
        key=REPORT_IN,
        label=text("Reporting in of members called up"),
        words=Words(text("reported in"), text("not reported in"), text("people")),
        outcomes={"reported": Outcome(text("reported in"))},
        expected=members_called_up,
        removed=report_in_removed,
        removed_words=text("The badge ends with it."),
    ),
    RollKind(
        key=CANNOT,
        label=text("Units that cannot comply"),
        words=Words(text("answered"), text("not answered"), text("units")),
        outcomes={
            "helped": Outcome(text("helped")),
            "excused": Outcome(text("excused")),
            "insisted": Outcome(text("asked to comply after all")),
        },
        by_hand=False,
    ),
)


def acknowledged_figure(order: Order) -> str:
    """The key of the figure that an order's acknowledgements make."""
    return "mobilisation.organisations_acknowledged" if order.founding else f"mobilisation.acknowledged.{order.key}"


def reported_in_figure(order: Order) -> str:
    """The key of the figure that the reporting in to an order makes."""
    return "mobilisation.members_reported_in" if order.founding else f"mobilisation.reported_in.{order.key}"


def cannot_figure(order: Order) -> str:
    """The key of the figure of those that cannot comply and were answered."""
    return f"mobilisation.cannot_answered.{order.key}"
