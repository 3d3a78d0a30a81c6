"""The phone's pages of mobilisation: an order to read and acknowledge, reporting in, my unit's members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from muster.foundation import clock
from muster.foundation.errors import Refusal, not_found
from muster.foundation.rights import Actor, refused
from muster.mobilisation import answers, kinds
from muster.mobilisation.answers import version_behind
from muster.mobilisation.faces import came_of_it
from muster.mobilisation.models import Acknowledgement, Order, OrderWithdrawal, Receipt
from muster.mobilisation.reading import PARTS, change_of, standing_for
from muster.mobilisation.views import as_download
from muster.mobilisation.views_answers import of_kind, order_behind, person_of, withdraw
from muster.organisation.asking import page_number
from muster.organisation.holders import notices
from muster.organisation.roles import LEAD
from muster.organisation.tree import unit_names
from muster.roll.actions import reasons
from muster.roll.attempts import tried
from muster.roll.coverage import subject_names
from muster.roll.looks import page_of
from muster.roll.mine import mine, my_entry
from muster.roll.models import ANSWERED, OUTSTANDING, Entry, Roll
from muster.roll.views import PAGE_ROWS


def my_order(actor: Actor, pk: UUID) -> tuple[Order, list[Entry]]:
    """An order that asks something of me or of a unit that I lead, with my entries on its rolls.

    Raises: Refusal (404).
    """
    found = Order.objects.select_related(*PARTS).filter(pk=pk).first()
    if found is None:
        raise not_found("order.unknown")
    versions = Order.objects.filter(key=found.key).values("pk")
    rows = list(mine(actor).filter(roll__source_id__in=versions).exclude(roll__kind=kinds.CANNOT))
    if not _may_read(actor, found, rows):
        raise not_found("order.unknown")
    return found, rows


def _may_read(actor: Actor, found: Order, rows: Sequence[Entry]) -> bool:
    """Whether this very version asks something of me or is addressed to a unit of mine; another one opens nothing."""
    stand = set(Roll.objects.filter(standing_for(found)).values_list("pk", flat=True))
    return any(row.roll_id in stand for row in rows) or Order.objects.visible_to(actor).filter(pk=found.pk).exists()


@require_GET
def order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An order to read. That a lead opened it is written down the first time; the answer is at the thumb."""
    actor = request.actor  # type: ignore[attr-defined]
    found, rows = my_order(actor, pk)
    asked = [row for row in rows if row.roll.kind == kinds.ACKNOWLEDGEMENT]
    here = [row for row in asked if row.roll.source_id == pk] or [r for r in asked if r.roll.state == Roll.State.OPEN]
    _tell_read(actor, found, asked)
    newest = Order.objects.filter(key=found.key).order_by("-version").first()
    before = _said_before(found, asked)
    others = unit_names([row.subject_id for row in here if row.subject_id != row.unit_id])
    waiting = [row for row in here if row.state == OUTSTANDING and row.roll.state == Roll.State.OPEN]
    due = waiting[0].due_at if waiting else found.due_at
    context = {
        "order": found,
        "newest": newest if newest and newest.pk != found.pk else None,
        "newest_is_mine": newest is not None and newest.pk != found.pk and _may_read(actor, newest, rows),
        "withdrawal": OrderWithdrawal.objects.filter(order__key=found.key).first(),
        "change": change_of(found),
        "before": before,
        "pledges": list(found.pledges.order_by("position").values_list("text", flat=True)),
        "files": list(found.files.order_by("name").defer("file__body")),
        "waiting": [{"entry": row, "name": others.get(row.subject_id, "")} for row in waiting],
        "answered": [{"entry": row, "name": others.get(row.subject_id, "")} for row in here if row.state == ANSWERED],
        "came_of_it": came_of_it(version_behind(found), [r.subject_id for r in here if r.unmet]),
        "due": due,
        "late": clock.now() - due if waiting and due and due < clock.now() else None,
    }
    return render(request, "mobilisation/my_order.html", context)


def _tell_read(actor: Actor, found: Order, asked: Sequence[Entry]) -> None:
    """Write down that whoever leads an addressed unit opened the order; nothing when it is on record."""
    units = {row.unit_id: row.unit for row in asked if row.roll.source_id == found.pk}
    if not units:
        return
    known = Receipt.objects.filter(order=found, at_unit__in=units, what=Receipt.What.READ)
    for pk in units.keys() - set(known.values_list("at_unit_id", flat=True)):
        answers.receive_order(by=actor, unit=units[pk], order=found, what=Receipt.What.READ)


def _said_before(found: Order, asked: Sequence[Entry]) -> str:
    """What my unit answered to the version before, in words; empty for a first version or no answer.

    A version that only mended a typing error was answered by the answer to the one that it mends.
    """
    behind = version_behind(found.replaces) if found.replaces else None
    outcome = next((row.outcome for row in asked if row.roll.source_id == behind and row.outcome), "")
    label = dict(_outcomes()).get(outcome)
    return str(label) if label else ""


def _outcomes() -> list[tuple[str, str]]:
    return [(Acknowledgement.Outcome.WILL_DO, _("We will do it")), (Acknowledgement.Outcome.CANNOT, _("We cannot"))]


@require_GET
def file(request: HttpRequest, pk: UUID, file: UUID) -> HttpResponse:
    """An attachment of an order that asks something of me."""
    actor = request.actor  # type: ignore[attr-defined]
    return as_download(my_order(actor, pk)[0], file)


def _done(pk: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("roll:done", args=[pk]))


def _my(actor: Actor, pk: UUID, *wanted: str) -> Entry:
    return of_kind(my_entry(actor, pk), *wanted)


@require_POST
def acknowledge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """My unit will do what the order asks."""
    actor = request.actor  # type: ignore[attr-defined]
    entry = _my(actor, pk, kinds.ACKNOWLEDGEMENT)
    answers.acknowledge(
        by=actor,
        unit=entry.unit,
        order=order_behind(entry),
        subject=entry.subject_id,
        outcome=Acknowledgement.Outcome.WILL_DO,
        pledged=request.POST.get("pledged") == "1",
    )
    return _done(pk)


@require_http_methods(["GET", "POST"])
def cannot(request: HttpRequest, pk: UUID) -> HttpResponse:
    """My unit cannot comply: the reason is chosen here; the issuer is told by an entry of theirs."""
    actor = request.actor  # type: ignore[attr-defined]
    entry = _my(actor, pk, kinds.ACKNOWLEDGEMENT)
    found = order_behind(entry)
    context: dict[str, Any] = {"entry": entry, "order": found, "reasons": reasons("cannot")}
    if request.method == "GET":
        return render(request, "mobilisation/my_cannot.html", context)
    say = answers.correct_acknowledgement if entry.state == ANSWERED else answers.acknowledge
    try:
        say(
            by=actor,
            unit=entry.unit,
            order=found,
            subject=entry.subject_id,
            outcome=Acknowledgement.Outcome.CANNOT,
            reason=request.POST.get("reason", ""),
        )
    except Refusal as refusal:
        return render(request, "mobilisation/my_cannot.html", context | {"refusal": refusal}, status=refusal.status)
    return _done(pk)


@require_POST
def report_in(request: HttpRequest, pk: UUID) -> HttpResponse:
    """I report in; the badge is there at once."""
    actor = request.actor  # type: ignore[attr-defined]
    entry = _my(actor, pk, kinds.REPORT_IN)
    pledged = request.POST.get("pledged") == "1"
    answers.report_in(by=actor, unit=entry.unit, person=person_of(entry), order=order_behind(entry), pledged=pledged)
    return _done(pk)


@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take back what was recorded by mistake: why is chosen here."""
    actor = request.actor  # type: ignore[attr-defined]
    entry = _my(actor, pk, kinds.ACKNOWLEDGEMENT, kinds.REPORT_IN)
    context: dict[str, Any] = {
        "entry": entry,
        "reasons": reasons("withdrawal"),
        "back": reverse("roll:done", args=[pk]),
    }
    if request.method == "GET":
        return render(request, "mobilisation/my_take_back.html", context)
    try:
        withdraw(request, entry)
    except Refusal as refusal:
        return render(request, "mobilisation/my_take_back.html", context | {"refusal": refusal}, status=refusal.status)
    return HttpResponseRedirect(reverse("roll:my"))


def _of_my_units(actor: Actor) -> QuerySet[Entry]:
    """The members on open rolls whose units I lead."""
    rows = Entry.objects.visible_to(actor).filter(unit__path__in=actor.scopes(LEAD), roll__kind=kinds.REPORT_IN)
    return rows.filter(roll__state=Roll.State.OPEN, state__isnull=False).select_related("roll", "unit")


@require_GET
def unit(request: HttpRequest) -> HttpResponse:
    """Who of my unit has not reported in, to be called, and written down when they say that they are there."""
    actor = request.actor  # type: ignore[attr-defined]
    if not actor.has(LEAD):
        raise refused()
    rows = list(_of_my_units(actor).order_by("unit__path", "pk"))
    missing = [row for row in rows if row.state == OUTSTANDING]
    part, pages = page_of(missing, page_number(request), PAGE_ROWS)
    names, calls = subject_names(part), tried([row.pk for row in part], clock.now()) if part else {}
    told = next((row for row in rows if str(row.pk) == request.GET.get("told") and row.state == ANSWERED), None)
    due = min((row.due_at for row in missing if row.due_at), default=None)
    context = {
        "missing": [{"entry": row, "name": names.get(row.subject_id, ""), "tried": calls.get(row.pk)} for row in part],
        "count": len(missing),
        "answered": sum(row.state == ANSWERED for row in rows),
        "excused": len(rows) - len(missing) - sum(row.state == ANSWERED for row in rows),
        "expected": len(rows),
        "several": len({row.unit_id for row in rows}) > 1,
        "due": due,
        "late": clock.now() - due if due and due < clock.now() else None,
        "told": told,
        "told_name": subject_names([told]).get(told.subject_id, "") if told else "",
        "page": page_number(request),
        "pages": pages,
        "notices": len(notices(actor)),
    }
    return render(request, "mobilisation/my_unit.html", context)


@require_POST
def write_down(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A lead writes down that somebody of the unit reported in to them."""
    actor = request.actor  # type: ignore[attr-defined]
    entry = _of_my_units(actor).filter(pk=pk).first()
    if entry is None:
        raise not_found("entry.unknown")
    answers.report_in(by=actor, unit=entry.unit, person=person_of(entry), order=order_behind(entry))
    return HttpResponseRedirect(f"{reverse('mobilisation:my_unit')}?told={entry.pk}")
