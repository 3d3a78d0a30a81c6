"""The pages of situation reports: the list, composing one, one that was issued, on paper, as frozen."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from muster.briefing import actions, shown_report
from muster.briefing import reports as composing
from muster.briefing.addresses import Way
from muster.briefing.history import Places
from muster.briefing.mended import mended_since
from muster.briefing.models import Report
from muster.briefing.visits import Visit, visit_of
from muster.foundation import clock
from muster.foundation.action import AlreadyDone
from muster.foundation.errors import not_found
from muster.foundation.ids import new_id
from muster.foundation.rights import Actor
from muster.organisation.asking import incident_of, page_number
from muster.organisation.scope import may_act
from muster.organisation.tree import Tree, call_as_of
from muster.roll.figures import Question
from muster.roll.looks import page_of

PAGE_REPORTS = 30


def _actor(request: HttpRequest) -> Actor:
    found: Actor = request.actor  # type: ignore[attr-defined]
    return found


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The issued reports about the reader's units, the newest first, and what was mended since each."""
    actor = _actor(request)
    incident = incident_of(request.GET.get("incident"))
    found = Report.objects.visible_to(actor).filter(incident=incident).select_related("unit", "issued_by")
    part, pages = page_of(
        list(found.order_by("-issued_at", "-no").defer("content")), page_number(request), PAGE_REPORTS
    )
    whole = {r.pk: r for r in Report.objects.filter(pk__in=[r.pk for r in part])}
    now = clock.settled()
    mended = mended_since(list(whole.values()), now, Tree.as_of(now)) if part else {}
    here = min(max(1, page_number(request)), pages)
    context = {
        "incident": incident,
        "rows": [{"report": r, "mended": sum(mended.get(r.pk, {}).values())} for r in part],
        "before": here - 1,
        "after": here + 1 if here < pages else 0,
        "may_issue": incident.closed_at is None and actor.has(*actions.ISSUERS),
        "new_href": Way.of(request.GET).to(reverse("briefing:new_report")),
    }
    return render(request, "briefing/reports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A report as of a chosen moment, to be read before it is issued. POST issues it: what was read is frozen."""
    visit = visit_of(request)
    if request.method == "POST":
        return HttpResponseRedirect(f"{reverse('briefing:report', args=[_issue(request, visit)])}?issued=1")
    content = composing.compose(visit.asked)
    back = shown_report.behind(visit.asked)
    may = may_act(visit.actor, actions.ISSUERS, visit.asked.unit)
    context = {
        "asked": visit.asked,
        "incident": visit.asked.incident,
        "now": visit.now,
        "end": visit.end,
        "content": content,
        "paragraphs": shown_report.unissued(content, back),
        "may_issue": may,
        "ended": visit.asked.incident.closed_at is not None,
        "issue_href": visit.way.to(request.path, as_of=visit.asked.as_of.isoformat()),
        "request_id": new_id(),
        "here": request.path,
        "now_href": visit.way.to(request.path, as_of=""),
        "keep": visit.way.keep(as_of=""),
    }
    return render(request, "briefing/report_new.html", context)


def _issue(request: HttpRequest, visit: Visit) -> UUID:
    """Issue the report that the reader saw; the same page sent twice issues it once."""
    try:
        token = UUID(request.POST.get("request", ""))
    except ValueError:
        token = None
    try:
        issued = actions.issue_report(
            by=visit.actor,
            unit=visit.asked.unit,
            incident=visit.asked.incident,
            as_of=visit.asked.as_of,
            request=token,  # type: ignore[call-arg]
        )
    except AlreadyDone as done:
        before = Report.objects.visible_to(visit.actor).filter(line=done.line).first()
        if before is None:
            raise  # another verb's request
        issued = before
    return issued.pk


def _report(request: HttpRequest, pk: UUID) -> Report:
    """An issued report about a unit of the reader's.

    Raises: Refusal (404).
    """
    found = Report.objects.visible_to(_actor(request)).select_related("unit", "incident", "issued_by").filter(pk=pk)
    report = found.first()
    if report is None:
        raise not_found("report.unknown")
    return report


def _question(report: Report) -> Question:
    """What the report answers."""
    places = Places.up_to(report.as_of)
    return Question(report.incident, call_as_of(report.unit, report.as_of), report.as_of, places.tree(report.as_of))


@require_safe
def report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An issued report: its sentences, a number opened beside them, what differs from the one before."""
    found = _report(request, pk)
    content = composing.content_of(found)
    before = composing.previous(found)
    old = composing.content_of(before) if before else None
    back = shown_report.behind(_question(found))
    key, part = request.GET.get("figure", ""), request.GET.get("part", "")
    opened = shown_report.open_number(content, old, key, part)
    now = clock.settled()
    mended = mended_since([found], now, Tree.as_of(now)).get(found.pk, {})
    there = Way(unit=content["unit"], incident=content["incident"])
    labels = {figure["key"]: figure["label"] for figure in content["figures"]}
    context = {
        "report": found,
        "content": content,
        "figures": content["figures"],
        "paragraphs": shown_report.on_screen(content, back, (key, opened.part if opened else "")),
        "opened": opened,
        "before": before,
        "compared": shown_report.compared(old, content) if old else [],
        "mended": [(labels[k], n, there.figure(k)) for k, n in mended.items()],
        "new_href": there.to(reverse("briefing:new_report")),
        "mended_count": sum(mended.values()),
        "checksum": shown_report.checksum(found.hash),
        "seal": shown_report.checksum(found.seal_hash),
        "issued": request.GET.get("issued") == "1",
    }
    return render(request, "briefing/report.html", context)


@require_safe
def paper(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An issued report on A4: sentences with notes, the notes with their definitions, who was missing."""
    found = _report(request, pk)
    content = composing.content_of(found)
    asked = _question(found)
    back = shown_report.behind(asked)
    shown, notes = shown_report.on_paper(content, back)
    context = {
        "report": found,
        "as_of": found.as_of,
        "paragraphs": shown,
        "notes": notes,
        "appendices": shown_report.appendices(content, asked, back),
        "checksum": shown_report.checksum(found.hash),
        "seal": shown_report.checksum(found.seal_hash),
        "back_url": reverse("briefing:report", args=[pk]),
    }
    return render(request, "briefing/report_print.html", context)


@require_safe
def frozen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The report as it was frozen, byte by byte: its SHA-256 is the hash that is printed."""
    found = _report(request, pk)
    answer = HttpResponse(found.content.encode(), content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="report-{found.no}.json"'
    answer["Cache-Control"] = "private, no-cache"
    return answer
