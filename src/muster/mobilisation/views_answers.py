"""Answers given in the office for a unit or a member: each a form on the entry's page, each one action."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from muster.foundation.errors import Refusal, not_found, text
from muster.mobilisation import answers, kinds
from muster.mobilisation.models import Order
from muster.organisation.models import Person
from muster.roll.models import Entry
from muster.roll.views_entry import entry_for


def order_behind(entry: Entry) -> Order:
    """The order that asks for an entry's answer."""
    return Order.objects.select_related("issuer").get(pk=entry.roll.source_id)


def of_kind(entry: Entry, *wanted: str) -> Entry:
    """The entry, if it is on a roll of this kind. Raises: Refusal (404)."""
    if entry.roll.kind not in wanted:
        raise not_found("entry.unknown")
    return entry


def person_of(entry: Entry) -> Person:
    """The member that an entry is about."""
    return Person.objects.get(pk=entry.subject_id)


def _back(pk: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("roll:entry", args=[pk]))


@require_POST
def acknowledge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Answer for a unit: it will do it, or it cannot, with a reason."""
    actor = request.actor  # type: ignore[attr-defined]
    entry = of_kind(entry_for(actor, pk), kinds.ACKNOWLEDGEMENT)
    answers.acknowledge(
        by=actor,
        unit=entry.unit,
        order=order_behind(entry),
        subject=entry.subject_id,
        outcome=request.POST.get("outcome", ""),
        reason=request.POST.get("reason", ""),
    )
    return _back(pk)


@require_POST
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mend a unit's answer: the other outcome, with a reason where it cannot, and why where the roll has closed."""
    actor = request.actor  # type: ignore[attr-defined]
    entry = of_kind(entry_for(actor, pk), kinds.ACKNOWLEDGEMENT)
    answers.correct_acknowledgement(
        by=actor,
        unit=entry.unit,
        order=order_behind(entry),
        subject=entry.subject_id,
        outcome=request.POST.get("outcome", ""),
        reason=request.POST.get("reason", ""),
        correction=request.POST.get("correction", ""),
    )
    return _back(pk)


@require_POST
def report_in(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write down that a member reported in."""
    actor = request.actor  # type: ignore[attr-defined]
    entry = of_kind(entry_for(actor, pk), kinds.REPORT_IN)
    answers.report_in(by=actor, unit=entry.unit, person=person_of(entry), order=order_behind(entry))
    return _back(pk)


@require_POST
def take_back(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take an answer back that was given by mistake, with a reason."""
    actor = request.actor  # type: ignore[attr-defined]
    entry = of_kind(entry_for(actor, pk), kinds.ACKNOWLEDGEMENT, kinds.REPORT_IN)
    withdraw(request, entry)
    return _back(pk)


def withdraw(request: HttpRequest, entry: Entry) -> None:
    """Take the answer of an entry back by the action of its kind."""
    actor = request.actor  # type: ignore[attr-defined]
    order, reason = order_behind(entry), request.POST.get("reason", "")
    if entry.roll.kind == kinds.REPORT_IN:
        answers.withdraw_report_in(by=actor, unit=entry.unit, person=person_of(entry), order=order, reason=reason)
        return
    answers.withdraw_acknowledgement(by=actor, unit=entry.unit, order=order, subject=entry.subject_id, reason=reason)


@require_POST
def answer_cannot(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The issuer's answer to a unit that cannot comply."""
    actor = request.actor  # type: ignore[attr-defined]
    entry = of_kind(entry_for(actor, pk), kinds.CANNOT)
    new = answers.answer_cannot(
        by=actor,
        order=order_behind(entry),
        subject=entry.subject_id,
        outcome=request.POST.get("outcome", ""),
        correction=request.POST.get("correction", ""),
    )
    if not new:
        raise Refusal("cannot.answered", text("This was answered already."), text("Look at it again."))
    return _back(pk)
