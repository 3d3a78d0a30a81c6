"""The office's pages of rights: who holds which role, giving one, ending one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from muster.foundation import clock
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.rights import Actor, refused
from muster.organisation import granting, holding
from muster.organisation.asking import incident_of, moment, page_number, unit_for
from muster.organisation.held import KINDS_OF_ABSENCE
from muster.organisation.models import Absence, Account, Grant, Incident, Unit
from muster.organisation.roles import COMMANDER, LEAD, ROLES

PAGE_ROWS = 50


@require_GET
def grants(request: HttpRequest) -> HttpResponse:
    """Who holds which role in my units, found by unit, role and name."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    code, words = request.GET.get("unit", ""), request.GET.get("q", "")[:80]
    role = request.GET.get("role", "")
    role = role if role in ROLES else ""
    unit = unit_for(actor, code) if code else None
    asked = holding.Asked(unit, words, role, ended=request.GET.get("ended") == "1")
    now, page = clock.now(), page_number(request)
    rows = holding.held(actor, asked, now, (page - 1) * PAGE_ROWS, PAGE_ROWS)
    context = {
        "asked": asked,
        "rows": [
            {"grant": row, "role": ROLES[row.role].label, "over": _over(row, now), "may_end": _may_end(actor, row, now)}
            for row in rows[:PAGE_ROWS]
        ],
        "page": page,
        "more": len(rows) > PAGE_ROWS,
        "roles": [{"key": key, "label": known.label} for key, known in ROLES.items()],
        "keeps_accounts": actor.has(COMMANDER, LEAD),
        "reads_log": actor.has(COMMANDER),
        "may_give": any(role in granting.GIVERS for role, _path in actor.grants),
        "told": request.GET.get("told", ""),
    }
    return render(request, "organisation/grants.html", context)


def _over(grant: Grant, now: datetime) -> bool:
    return grant.until is not None and grant.until <= now


def _may_end(actor: Actor, grant: Grant, now: datetime) -> bool:
    return not _over(grant, now) and granting.may_give(actor, grant.role, grant.unit)


@require_http_methods(["GET", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """Look for somebody, choose a role and until when; POST gives it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    given = request.POST if request.method == "POST" else request.GET
    unit = unit_for(actor, given.get("unit") or None)
    roles = holding.may_be_given(actor, unit)
    if not roles:
        raise refused()
    chosen = _account(actor, given.get("account", ""))
    refusal = None
    if request.method == "POST":
        if chosen is None:
            raise not_found("account.unknown")
        try:
            until = moment(request.POST.get("until"))
            made = granting.grant_role(
                by=actor,
                account=chosen,
                role=request.POST.get("role", ""),
                unit=unit,
                since=clock.now(),
                until=until,
                incident=_incident(request.POST.get("incident", "")),
            )
        except Refusal as caught:
            refusal = caught
        else:
            return _back(unit, made, "given")
    return _give(request, unit, chosen, roles, refusal)


def _give(
    request: HttpRequest, unit: Unit, chosen: Account | None, roles: list[str], refusal: Refusal | None
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    words = request.GET.get("q", "")[:80]
    found = holding.accounts_called(actor, words) if chosen is None else []
    context: dict[str, Any] = {
        "unit": unit,
        "chosen": chosen,
        "q": words,
        "found": found[: holding.FOUND_MOST],
        "more": len(found) > holding.FOUND_MOST,
        "roles": [{"key": key, "label": ROLES[key].label} for key in roles],
        "incidents": Incident.objects.filter(closed_at__isnull=True).order_by("-opened_at", "pk"),
        "refusal": refusal,
        "sent": request.POST,
    }
    return render(request, "organisation/give.html", context, status=refusal.status if refusal else 200)


def _incident(key: str) -> Incident | None:
    """The incident for which a role is given; none for a role of every day. Raises: Refusal for one unheard of."""
    return incident_of(key) if key else None


def _account(actor: Actor, words: str) -> Account | None:
    """Raises: Refusal (404) for an account that is not one of theirs."""
    if not words:
        return None
    try:
        found = holding.account_seen(actor, UUID(words))
    except ValueError:
        found = None
    if found is None:
        raise not_found("account.unknown")
    return found


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a role away: the page that asks from when; POST does it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = holding.grant_seen(actor, pk)
    if found is None:
        raise not_found("grant.unknown")
    if not granting.may_give(actor, found.role, found.unit):
        raise refused()
    refusal = None
    if request.method == "POST":
        try:
            granting.end_grant(by=actor, grant=found, until=moment(request.POST.get("until")))
        except Refusal as caught:
            refusal = caught
        else:
            return _back(found.unit, found, "ended")
    context = {"grant": found, "role": ROLES[found.role].label, "refusal": refusal, "sent": request.POST}
    return render(request, "organisation/end_grant.html", context, status=refusal.status if refusal else 200)


def _back(unit: Unit, grant: Grant, told: str) -> HttpResponse:
    query = {"role": grant.role, "q": grant.account.name, "told": told} | ({"ended": "1"} if told == "ended" else {})
    return HttpResponseRedirect(f"{reverse('organisation:grants')}?{urlencode(query)}")


@require_http_methods(["GET", "POST"])
def stand_in(request: HttpRequest) -> HttpResponse:
    """Look for somebody who is away, say until when and who acts for them; POST writes down both."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not any(role in granting.GIVERS for role, _path in actor.grants):
        raise refused()
    given = request.POST if request.method == "POST" else request.GET
    chosen = _away(actor, given.get("person", ""))
    refusal = None
    if request.method == "POST" and chosen is not None:
        try:
            made = _let_stand_in(request, actor, chosen)
        except Refusal as caught:
            refusal, chosen = caught, _away(actor, given.get("person", ""))
        else:
            return _back(chosen.unit, made, "given")
    words = request.GET.get("q", "")[:80]
    found = holding.accounts_called(actor, words) if chosen is None else []
    context = {
        "chosen": chosen,
        "q": words,
        "found": found[: holding.FOUND_MOST],
        "more": len(found) > holding.FOUND_MOST,
        "kinds": [{"key": key, "label": KINDS_OF_ABSENCE[key]} for key in Absence.Kind.values],
        "refusal": refusal,
        "sent": request.POST,
    }
    return render(request, "organisation/stand_in.html", context, status=refusal.status if refusal else 200)


def _away(actor: Actor, words: str) -> holding.Away | None:
    """Raises: Refusal (404) for somebody who is not of their units."""
    if not words:
        return None
    try:
        found = holding.away(actor, UUID(words), clock.now())
    except ValueError:
        found = None
    if found is None:
        raise not_found("person.unknown")
    return found


def _let_stand_in(request: HttpRequest, actor: Actor, chosen: holding.Away) -> Grant:
    """Write down who stands in, with the absence where none is on record; returns one of the grants."""
    until = moment(request.POST.get("until"))
    others = holding.accounts_called(actor, request.POST.get("account", ""))
    if len(others) != 1:
        raise invalid("account", text("Write the name or the number of one person of your units."), "stand_in.account")
    made = granting.stand_in(
        by=actor,
        unit=chosen.unit,
        person=chosen.person,
        account=others[0],
        until=until,
        kind=request.POST.get("kind", ""),
    )
    return made[0]
