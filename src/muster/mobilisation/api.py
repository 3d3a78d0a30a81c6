"""The API of answering: a unit acknowledges an order, a member reports in."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Path, Router
from pydantic import BaseModel, Field, StrictBool

from muster.foundation.api import ApiRequest, Input, RequestKey, Short, answer, example, once, scope
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.rights import Actor
from muster.mobilisation import answers, kinds
from muster.mobilisation.models import Badge, Order
from muster.mobilisation.reading import order_for
from muster.organisation import scopes
from muster.organisation.asking import unit_for
from muster.organisation.models import Person, Unit, codes_of
from muster.organisation.tree import unit_by_code
from muster.roll.models import Entry, Roll

router = Router(tags=["answering"])

RECORDED = "recorded"
DUPLICATE = "duplicate"


class AcknowledgementIn(Input):
    """A unit's answer to an order."""

    outcome: Literal["will_do", "cannot"]
    reason: Short | None = Field(None, description="with cannot only: a code from the district's list of reasons")
    unit: Short | None = Field(None, description="code of the unit that answers; may be left out where you act for one")
    subject: Short | None = Field(
        None, description="code of the unit that it answers for, where it took over another's entries"
    )
    pledged: StrictBool = Field(False, description="takes the order's pledges with the answer")


class ReportIn(Input):
    """A member reports in, or somebody with the right at their unit writes it down for them."""

    order: UUID | None = Field(None, description="id of the order; may be left out where one call-up is open")
    person: Short | None = Field(None, description="number of whoever reported in; yourself when left out")
    pledged: StrictBool = Field(False, description="takes the order's pledges with the answer")


class Standing(BaseModel):
    """How an entry stands after the answer. `differs`: another answer stood already, and stands until one is chosen."""

    entry: UUID
    state: Literal["outstanding", "answered", "excused"]
    outcome: str
    late: bool
    unmet: bool
    differs: bool


class Acknowledged(Standing):
    """`duplicate`: the same answer, or the same request, was recorded before; nothing was written again."""

    result: Literal["recorded", "duplicate"]
    order: UUID
    unit: str
    subject: str


class BadgeOut(BaseModel):
    """What to show on duty. `payload` is the text of its QR code, signed; it holds no name."""

    number: str
    payload: str
    valid_to: str


class ReportedIn(Standing):
    """`duplicate`: the same answer, or the same request, was recorded before; nothing was written again."""

    result: Literal["recorded", "duplicate"]
    order: UUID
    unit: str
    person: str
    badge: BadgeOut | None = Field(description="none once it is revoked")


_ORDER = "01984c3e-0d52-7c11-8a3e-5f0f2a117b1f"
_STANDING = {
    "entry": "01984c3e-7b1f-7d60-9a70-3f8f5d0f2a11",
    "state": "answered",
    "outcome": "will_do",
    "late": False,
    "unmet": False,
    "differs": False,
}
_ACKNOWLEDGED = {"result": RECORDED, "order": _ORDER, "unit": "0103", "subject": "0103", **_STANDING}
_REPORTED = {
    "result": RECORDED,
    "order": _ORDER,
    "unit": "0103",
    "person": "P0042",
    "badge": {
        "number": "7KQ2M9XWPA",
        "payload": "MUSTER1.0001.eyJuIjogIjdLUTJNOVhXUEEi.b2YgdGhlIHNpZ25hdHVyZQ",
        "valid_to": "2026-08-31",
    },
    **_STANDING,
    "outcome": "reported",
}
OrderId = Annotated[UUID, Path(description="id of an order, of the version that was read")]


@router.post(
    "/orders/{order}/acknowledge",
    response=Acknowledged,
    summary="Acknowledge an order",
    openapi_extra=example(_ACKNOWLEDGED, sent={"unit": "0103", "outcome": "will_do", "pledged": True}),
)
@scope(scopes.ANSWERS)
def acknowledge(request: ApiRequest, order: OrderId, sent: AcknowledgementIn, key: RequestKey = None) -> HttpResponse:
    """A unit answers an order: it will do it, or it cannot, with a reason. A first answer of a unit stands."""
    by = request.auth
    found = order_for(by, order)
    unit = unit_for(by, sent.unit) if sent.unit else _own_unit(by)
    subject = _subject(sent.subject) if sent.subject else unit
    new = _record(key, by, unit, found, subject.pk, sent)
    entries = Entry.objects.filter(roll__kind=kinds.ACKNOWLEDGEMENT, subject_kind="unit", subject_id=subject.pk)
    codes = codes_of([unit.pk, subject.pk])
    return answer(
        {
            "result": RECORDED if new else DUPLICATE,
            "order": found.pk,
            "unit": codes.get(unit.pk, str(unit.pk)),
            "subject": codes.get(subject.pk, str(subject.pk)),
            **_standing(_newest(entries, found)),
        }
    )


def _record(key: UUID | None, by: Actor, unit: Unit, order: Order, subject: UUID, sent: AcknowledgementIn) -> bool:
    """Record the answer; False where it was recorded before."""
    try:
        new = once(
            answers.acknowledge,
            key,
            by=by,
            unit=unit,
            order=order,
            outcome=sent.outcome,
            subject=subject,
            reason=sent.reason or "",
            pledged=sent.pledged,
        )
    except Refusal as refusal:
        if refusal.status != 404:
            raise
        # One refusal, whether the subject is on the roll with another unit or not at all.
        raise not_found("order.not_addressed") from refusal
    return bool(new)


def _own_unit(by: Actor) -> Unit:
    """The only unit that somebody answers for. Raises: Refusal `unit.needed` (422) where that is not one."""
    units = list(Unit.objects.filter(path__in=by.scopes(*answers.ANSWERERS))[:2])
    if len(units) != 1:
        raise invalid("unit", text("Say for which unit you answer."), "unit.needed")
    return units[0]


def _subject(code: str) -> Unit:
    """The unit that is answered for: the same refusal for a code that is not there as for one that is not ours."""
    try:
        return unit_by_code(code)
    except Refusal as refusal:
        raise not_found("order.not_addressed") from refusal


def _newest(entries: QuerySet[Entry], order: Order) -> Entry:
    """The entry on the order's own roll, else on that of the newest version of it."""
    versions = {o.pk: o.version for o in Order.objects.filter(key=order.key).only("pk", "version")}
    rows = entries.filter(roll__source_id__in=versions).select_related("roll")
    return max(rows, key=lambda e: (e.roll.source_id == order.pk, versions[e.roll.source_id]))


def _standing(entry: Entry) -> dict[str, Any]:
    return {
        "entry": entry.pk,
        "state": entry.state,
        "outcome": entry.outcome,
        "late": entry.late,
        "unmet": entry.unmet,
        "differs": entry.differs,
    }


@router.post(
    "/report-in",
    response=ReportedIn,
    summary="Report in",
    openapi_extra=example(_REPORTED, sent={"order": _ORDER, "pledged": True}),
)
@scope(scopes.ANSWERS)
def report_in(request: ApiRequest, sent: ReportIn, key: RequestKey = None) -> HttpResponse:
    """A member who was called up reports in and gets a badge; or their lead writes it down for them."""
    by = request.auth
    entry = _call_up(by, sent)
    person = Person.objects.get(pk=entry.subject_id)
    order = Order.objects.get(pk=sent.order or entry.roll.source_id)
    new = once(answers.report_in, key, by=by, unit=entry.unit, person=person, order=order, pledged=sent.pledged)
    entry.refresh_from_db()
    badge = Badge.objects.filter(report_in_id=entry.fact_id, revoked_at__isnull=True).first()
    return answer(
        {
            "result": RECORDED if new else DUPLICATE,
            "order": order.pk,
            "unit": codes_of([entry.unit_id]).get(entry.unit_id, str(entry.unit_id)),
            "person": person.number,
            "badge": {"number": badge.no, "payload": badge.payload, "valid_to": badge.valid_to} if badge else None,
            **_standing(entry),
        }
    )


def _call_up(by: Actor, sent: ReportIn) -> Entry:
    """The entry to answer: one's own, or that of somebody whose call-up the actor sees.

    Raises: Refusal `entry.unknown` (404); `order.needed` (422) where several call-ups are open.
    """
    entries = Entry.objects.filter(roll__kind=kinds.REPORT_IN, subject_kind="person", state__isnull=False)
    person = by.person_id
    if sent.person is not None:
        person = Person.objects.filter(number=sent.person).values_list("pk", flat=True).first()
    if person is None:
        raise not_found("entry.unknown")
    entries = entries.filter(subject_id=person)
    if person != by.person_id:
        entries = entries.visible_to(by)
    if sent.order is not None:
        key = Order.objects.filter(pk=sent.order).values("key")
        entries = entries.filter(roll__source_id__in=Order.objects.filter(key__in=key).values("pk"))
    else:
        entries = entries.filter(roll__state=Roll.State.OPEN)
    found = list(entries.select_related("roll", "unit").order_by("-roll__opened_at", "pk")[:2])
    if not found:
        raise not_found("entry.unknown")
    if len(found) > 1 and sent.order is None:
        raise invalid("order", text("Several call-ups are open: say which order you answer."), "order.needed")
    return found[0]
