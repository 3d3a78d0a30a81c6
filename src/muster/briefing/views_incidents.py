"""The office's pages of incidents: which there are, opening one, its rest and its end with the stand-down list."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from muster.briefing.ending import end_incident, final_report_of
from muster.foundation import clock
from muster.foundation.errors import Refusal, not_found
from muster.foundation.ids import new_id
from muster.foundation.rights import Actor, refused
from muster.organisation import incidents as living
from muster.organisation.actions import open_incident
from muster.organisation.asking import commands_district, moment, nothing_chosen
from muster.organisation.models import Incident

SHOWN_MOST = 200


@require_http_methods(["GET", "POST"])
def incidents(request: HttpRequest) -> HttpResponse:
    """All incidents, those that run first; a commander of the district opens one here."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    refusal = None
    if request.method == "POST":
        if not commands_district(actor):
            raise refused()
        try:
            made = _opened(actor, request)
        except Refusal as caught:
            refusal = caught
        else:
            return _to(made, "opened")
    rows = list(Incident.objects.order_by("-recorded_at", "-pk")[:SHOWN_MOST])
    context = {
        "rows": sorted(rows, key=lambda one: (one.closed_at is not None, one.rests_since is not None)),
        "may_open": commands_district(actor),
        "refusal": refusal,
        "sent": request.POST,
    }
    return render(request, "briefing/incidents.html", context, status=refusal.status if refusal else 200)


def _opened(actor: Actor, request: HttpRequest) -> Incident:
    given = request.POST
    return open_incident(
        by=actor,
        key=given.get("key", "").strip() or _key(clock.now()),
        name=given.get("name", ""),
        kind=given.get("kind", ""),
        level=given.get("level", ""),
        opened_at=moment(given.get("opened_at")) or clock.now(),
    )


def _key(at: datetime) -> str:
    """A key for an incident whose name gives none: the day and four letters of its id."""
    return f"{at:%Y%m%d}-{new_id().hex[-4:]}"


def _to(incident: Incident, told: str) -> HttpResponse:
    address = reverse("briefing:incident", args=[incident.key])
    return HttpResponseRedirect(f"{address}?{urlencode({'told': told})}")


@require_http_methods(["GET", "POST"])
def incident(request: HttpRequest, key: str) -> HttpResponse:
    """One incident: how it stands, what is still open in it; POST lets it rest, go on, be ended by two."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = Incident.objects.select_related("end_asked_by__person", "closed_by__person").filter(key=key).first()
    if found is None:
        raise not_found("incident.none")
    refusal = None
    if request.method == "POST":
        if not commands_district(actor):
            raise refused()
        try:
            told = _done(actor, found, request.POST.get("do", ""))
        except Refusal as caught:
            refusal = caught
        else:
            return _to(found, told)
    may = commands_district(actor)
    context: dict[str, Any] = {
        "incident_shown": found,
        # The list is the district's: it names rolls of every unit.
        "still_open": living.stand_down(found) if may and not found.closed_at else [],
        "report": final_report_of(found),
        "may": may,
        "own": found.end_asked_by_id == actor.account_id,
        "refusal": refusal,
        "told": request.GET.get("told", ""),
    }
    return render(request, "briefing/incident.html", context, status=refusal.status if refusal else 200)


def _done(actor: Actor, found: Incident, do: str) -> str:
    verbs = {
        "rest": living.rest_incident,
        "resume": living.resume_incident,
        "ask": living.ask_to_end_incident,
        "drop": living.drop_ending,
        "end": end_incident,
    }
    if do not in verbs:
        raise nothing_chosen()
    verbs[do](by=actor, incident=found)
    return do
