"""The office's pages of orders: the list, one order, its files, its withdrawal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from muster.foundation import clock
from muster.foundation.errors import invalid, not_found, text
from muster.foundation.rights import refused
from muster.mobilisation import actions
from muster.mobilisation.actions import DRAFTERS, ISSUERS
from muster.mobilisation.models import Order, OrderFile, OrderWithdrawal
from muster.mobilisation.reading import (
    change_of,
    coverages_of,
    drafts_of,
    newer_beyond,
    order_for,
    passing_units,
    receipts,
    rolls_of,
    units_of_role,
    versions_by_order,
    versions_for,
    watch_items,
)
from muster.organisation.asking import incident_of, page_number
from muster.organisation.scope import holds_at, may_see
from muster.roll import coverage
from muster.roll.looks import Look, elsewhere, look, moment_asked, page_of, units_known
from muster.roll.rows import late_since
from muster.roll.views import PAGE_ROWS, kept


@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """The orders of the incident in their newest version, and the drafts of one's own units."""
    actor = request.actor  # type: ignore[attr-defined]
    incident = incident_of(request.GET.get("incident"))
    seen = look(actor, request.GET, incident)
    issued = Order.objects.visible_to(actor).filter(incident=incident, issued_at__lte=seen.as_of)
    part, pages = page_of(versions_by_order(issued.select_related("issuer")), page_number(request), PAGE_ROWS)
    counted = coverages_of(seen, part)
    keys = [versions[-1].key for versions in part]
    gone = OrderWithdrawal.objects.filter(order__key__in=keys, recorded_at__lte=seen.as_of)
    withdrawn = set(gone.values_list("order__key", flat=True))
    rows = []
    for versions in part:
        order = versions[-1]
        roll, total = counted.get(order.key, (None, None))
        late = late_since(roll, seen.as_of) if roll and total and total.outstanding else None
        rows.append({"order": order, "roll": roll, "coverage": total, "late": late, "gone": order.key in withdrawn})
    context = {
        "incident": incident,
        "seen": seen,
        "rows": rows,
        "drafts": drafts_of(actor, incident.pk) if seen.now else [],
        "may_draft": seen.now and incident.closed_at is None and bool(units_of_role(actor, DRAFTERS)),
        "here": reverse("mobilisation:orders"),
        "now_href": reverse("mobilisation:orders") + kept(request, "unit", "incident"),
        "kept": kept(request),
        "page": page_number(request),
        "pages": pages,
        "end": clock.settled(),
    }
    return render(request, "mobilisation/orders.html", context)


@require_GET
def order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One version of an order: text, audience, receipts by unit, versions with their difference, what may be done."""
    actor = request.actor  # type: ignore[attr-defined]
    # Of now, whatever is issued is shown: nobody waits 10 seconds to see what they have just issued.
    until = moment_asked(request.GET["as_of"], None) if request.GET.get("as_of") else clock.now()
    every = versions_for(actor, pk, until)
    found = next(version for version in every if version.pk == pk)
    seen = look(actor, request.GET, found.incident)
    if found.issued_at > until:
        raise invalid("as_of", text("This order was not issued yet at this moment."), "order.not_issued")
    versions = [version for version in every if version.issued_at <= until]
    withdrawn_at = found.withdrawn_at if found.withdrawn_at and found.withdrawn_at <= until else None
    beyond = newer_beyond(actor, versions)
    context = {
        "beyond": beyond,
        "order": found,
        "seen": seen,
        "versions": versions,
        "newest": versions[-1],
        "change": change_of(found),
        "pledges": list(found.pledges.order_by("position").values_list("text", flat=True)),
        "files": list(found.files.order_by("name").defer("file__body")),
        "withdrawn_at": withdrawn_at,
        "sees_issuer": may_see(actor, found.issuer.path),
        "watch": watch_items(actor, found),
        "here": reverse("mobilisation:order", args=[pk]),
        "now_href": reverse("mobilisation:order", args=[pk]) + kept(request, "unit"),
        "kept": kept(request, "unit", "as_of"),
        "end": clock.settled(),
    }
    context |= _answers(seen, found, versions)
    in_force = withdrawn_at is None and found.pk == versions[-1].pk and not beyond
    if seen.now and in_force and found.incident.closed_at is None:
        context |= _may(seen, found)
    return render(request, "mobilisation/order.html", context)


def _answers(seen: Look, found: Order, versions: Sequence[Order]) -> dict[str, Any]:
    """Who received, read and answered, by unit; the bars of the rolls that the order opened."""
    rolls = rolls_of(found, versions)
    counted = coverage.count(rolls.there(), seen.as_of)
    asked = rolls.acknowledgement
    lines = receipts(seen, found, versions, counted[asked.pk]) if asked else []
    units = units_known([one.line.unit for one in lines], as_of=None if seen.now else seen.as_of)
    totals = {roll.pk: seen.coverage(counted[roll.pk]) for roll in rolls.there()}
    return {
        "rolls": rolls,
        "fresh": seen.now and any(one.opened_at and one.opened_at > seen.as_of for one in rolls.there()),
        "acknowledged": totals[asked.pk] if asked else None,
        "reported_in": totals[rolls.report_in.pk] if rolls.report_in else None,
        "cannot": totals[rolls.cannot.pk] if rolls.cannot else None,
        "late": late_since(asked, seen.as_of) if asked and totals[asked.pk].outstanding else None,
        "lines": [{"unit": units[one.line.unit], "one": one} for one in lines if one.line.unit in units],
        "elsewhere": elsewhere(seen, counted[asked.pk]) if asked and lines else None,
        "delivered": sum(one.delivered for one in lines),
        "read": sum(one.read for one in lines),
    }


def _may(seen: Look, found: Order) -> dict[str, Any]:
    """What the reader may do with the version in force."""
    inner = {place.rsplit(".", 2)[0] + "." for place in seen.tree.paths.values()}
    return {
        "may_write": holds_at(seen.actor, DRAFTERS, found.issuer.path),
        "may_withdraw": holds_at(seen.actor, ISSUERS, found.issuer.path),
        "passing": passing_units(seen.actor, found, inner),
    }


@require_GET
def file(request: HttpRequest, pk: UUID, file: UUID) -> HttpResponse:
    """An attachment, to be kept: its content with its hash."""
    actor = request.actor  # type: ignore[attr-defined]
    return as_download(order_for(actor, pk), file)


def as_download(order: Order, pk: UUID) -> HttpResponse:
    """An order's attachment as a download. It is never shown in the browser, whatever it says it is."""
    found = OrderFile.objects.filter(order=order, pk=pk).select_related("file").first()
    if found is None:
        raise not_found("file.unknown")
    return sent(found.name, bytes(found.file.body), found.file_id)


def sent(name: str, body: bytes, sha256: str) -> HttpResponse:
    """A file as an answer, with its hash as entity tag."""
    answer = HttpResponse(body, content_type="application/octet-stream")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["ETag"] = f'"{sha256}"'
    return answer


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page that asks once more; POST withdraws the order."""
    actor = request.actor  # type: ignore[attr-defined]
    found = order_for(actor, pk)
    if request.method == "POST":
        actions.withdraw_order(by=actor, order=found)
        return HttpResponseRedirect(reverse("mobilisation:order", args=[pk]))
    if not holds_at(actor, ISSUERS, found.issuer.path):
        raise refused()
    if OrderWithdrawal.objects.filter(order__key=found.key).exists():
        raise actions.withdrawn()
    seen = look(actor, {}, found.incident)
    versions = list(Order.objects.filter(key=found.key).order_by("version"))
    opened = rolls_of(found, versions)
    rolls = [roll for roll in (opened.acknowledgement, opened.report_in) if roll is not None]
    counted = coverage.count(rolls, seen.as_of)
    waiting = sum(seen.coverage(counted[roll.pk]).outstanding for roll in rolls)
    return render(request, "mobilisation/withdraw.html", {"order": found, "waiting": waiting})
