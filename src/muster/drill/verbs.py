"""What each action of the sheets is in the house: which verb, with which arguments.

A function looks up what an event names and returns the deed; `playing` does it, as whoever did it.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from muster.drill.events import Event, order_version
from muster.drill.world import World
from muster.foundation.errors import not_found
from muster.mobilisation import actions as mobilisation
from muster.mobilisation import answers
from muster.organisation import actions as organisation
from muster.roll import actions as roll
from muster.roll.coverage import roll_of_figure
from muster.roll.models import Entry


@dataclass(frozen=True)
class Deed:
    """A verb and its arguments, without who and which request. after: called with the result, once done."""

    verb: Callable[..., Any]
    inputs: Mapping[str, Any]
    after: Callable[[Any], None] | None = None


Doing = Callable[[Event, World], Deed]


def merge_units(event: Event, world: World) -> Deed:
    """One unit closes and goes on in another."""
    unit, into = world.unit(event.unit), world.unit(event.into)

    def after(_: Any) -> None:
        world.load_units()
        world.forget_grants_at(unit, into)

    return Deed(organisation.merge_units, {"parent": world.above(unit, into), "unit": unit, "into": into}, after)


def excuse(event: Event, world: World) -> Deed:
    """One entry of a roll is excused from above."""
    district = world.scenario.district
    subject = world.person(event.subject) if event.subject in district.people else world.unit(event.subject)
    found = roll_of_figure(world.figure(event.roll), world.incident, world.moment(event.at))
    entry = Entry.objects.filter(roll=found, subject_id=subject.pk, unit=world.unit(event.unit)).first()
    if found is None or entry is None:
        raise not_found("entry.unknown")
    return Deed(roll.excuse, {"entries": [entry.pk], "reason": event.reason})


def hand_over_entries(event: Event, world: World) -> Deed:
    """Another unit sees to what is outstanding at a unit."""
    unit, into = world.unit(event.unit), world.unit(event.into)
    inputs = {"parent": world.above(unit, into), "unit": unit, "into": into, "reason": event.reason}
    return Deed(roll.hand_over_entries, inputs)


def _draft(event: Event, world: World) -> mobilisation.Draft:
    """What orders.csv says of the version that an event names."""
    key, version = order_version(event)
    assert version is not None
    row = world.scenario.orders[key, version]
    files = [row.attachment] if row.attachment else []
    return mobilisation.Draft(
        key=world.order_key(key),
        version=version,
        title=row.title,
        text=row.text,
        effective_at=world.moment(row.effective_at),
        due_at=world.moment_or_none(row.due_at),
        audience=row.audience,
        call_up=row.call_up,
        call_up_due_at=world.moment_or_none(row.call_up_due_at),
        founding=row.founding,
        re_acknowledge=row.re_acknowledge,
        covering_note=row.covering_note,
        pledges=row.pledges,
        attachments=tuple(
            mobilisation.Attachment(
                name, mimetypes.guess_type(name)[0] or "application/octet-stream", world.scenario.attachments[name]
            )
            for name in files
        ),
    )


def draft_order(event: Event, world: World) -> Deed:
    """An order is written down."""
    key, version = order_version(event)
    assert version is not None
    passed_on = world.scenario.orders[key, version].passes_on
    inputs = {"issuer": world.unit(event.unit), "incident": world.incident, "draft": _draft(event, world)}
    return Deed(mobilisation.draft_order, {**inputs, "passes_on": world.issued(*passed_on) if passed_on else None})


def sign_order(event: Event, world: World) -> Deed:
    """A second person signs."""
    return Deed(mobilisation.sign_order, {"draft": world.draft(event)})


def issue_order(event: Event, world: World) -> Deed:
    """An order comes into force."""
    inputs = {"draft": world.draft(event)}
    return Deed(mobilisation.issue_order, inputs, lambda order: world.remember_order(order, event))


def pass_on_order(event: Event, world: World) -> Deed:
    """A unit passes an order on to its own."""
    key, version = order_version(event)
    assert version is not None
    passed_on = world.scenario.orders[key, version].passes_on
    assert passed_on is not None  # `events` has looked
    inputs = {"issuer": world.unit(event.unit), "order": world.issued(*passed_on), "draft": _draft(event, world)}
    return Deed(mobilisation.pass_on_order, inputs, lambda order: world.remember_order(order, event))


def withdraw_order(event: Event, world: World) -> Deed:
    """An order need not be answered any more."""
    return Deed(mobilisation.withdraw_order, {"order": world.order(event)})


def read_order(event: Event, world: World) -> Deed:
    """Somebody opened the order."""
    return Deed(answers.receive_order, {"unit": world.unit(event.unit), "order": world.order(event), "what": "read"})


def _about(event: Event, world: World) -> dict[str, Any]:
    """Which answer to which order: the accountable unit, and the one that is answered for."""
    return {
        "unit": world.unit(event.unit),
        "order": world.order(event),
        "subject": world.unit(event.subject).pk,
    }


def acknowledge(event: Event, world: World) -> Deed:
    """A unit answers an order. Who will do it takes the order's pledges too."""
    inputs = {**_about(event, world), "outcome": event.outcome, "reason": event.reason}
    pledged = event.outcome == "will_do" and world.has_pledges(event, inputs["order"])
    return Deed(answers.acknowledge, {**inputs, "pledged": pledged})


def correct_acknowledgement(event: Event, world: World) -> Deed:
    """An answer is mended; the sheet's reason says why the unit cannot, else why the answer is mended."""
    why = "reason" if event.outcome == "cannot" else "correction"
    inputs = {**_about(event, world), "outcome": event.outcome, why: event.reason}
    return Deed(answers.correct_acknowledgement, inputs)


def withdraw_acknowledgement(event: Event, world: World) -> Deed:
    """An answer is taken back."""
    return Deed(answers.withdraw_acknowledgement, {**_about(event, world), "reason": event.reason})


def answer_cannot(event: Event, world: World) -> Deed:
    """The issuer answers a unit that cannot."""
    subject = world.unit(event.subject).pk
    return Deed(answers.answer_cannot, {"order": world.order(event), "subject": subject, "outcome": event.outcome})


def report_in(event: Event, world: World) -> Deed:
    """A member reports in, or a lead writes it down; nobody takes a pledge for another."""
    order = world.calling_up(event)
    return Deed(
        answers.report_in,
        {
            "unit": world.unit(event.unit),
            "person": world.person(event.subject),
            "order": order,
            "pledged": event.by == event.subject and world.has_pledges(event, order),
        },
    )


def withdraw_report_in(event: Event, world: World) -> Deed:
    """It was the wrong person."""
    return Deed(
        answers.withdraw_report_in,
        {
            "unit": world.unit(event.unit),
            "person": world.person(event.subject),
            "order": world.calling_up(event),
            "reason": event.reason,
        },
    )


VERBS: Mapping[str, Mapping[str, Doing]] = {
    "organisation": {"merge_units": merge_units},
    "roll": {"excuse": excuse, "hand_over_entries": hand_over_entries},
    "mobilisation": {
        "draft_order": draft_order,
        "sign_order": sign_order,
        "issue_order": issue_order,
        "pass_on_order": pass_on_order,
        "withdraw_order": withdraw_order,
        "read_order": read_order,
        "acknowledge": acknowledge,
        "correct_acknowledgement": correct_acknowledgement,
        "withdraw_acknowledgement": withdraw_acknowledgement,
        "answer_cannot": answer_cannot,
        "report_in": report_in,
        "withdraw_report_in": withdraw_report_in,
    },
}
"""By capability and action, the same as in `events.SHAPES`."""
