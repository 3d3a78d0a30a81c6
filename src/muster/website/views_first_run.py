"""The pages of the first run: the code, three steps, the sheet that is shown once."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlencode
from zoneinfo import available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from muster.foundation import keys
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.organisation import codes
from muster.organisation.asking import nothing_chosen
from muster.organisation.guessing import take_try
from muster.organisation.models import District, Unit
from muster.organisation.roles import ROLES
from muster.sheets.models import Import
from muster.sheets.results import in_words
from muster.website import first_run
from muster.website.letting_in import address_of, door, private

KNOWN = "first_run"
"""In the session of whoever has shown the set-up code."""
ZONES_FIRST = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Europe/London")
STEPS = ("district", "tree", "accounts")


@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """The door of the set-up: the code, then the step that comes next. Closed once somebody commands the district."""
    if not first_run.is_open():
        raise not_found("first.closed")
    refusal = None
    if request.method == "POST":
        try:
            _show_code(request)
        except Refusal as caught:
            refusal = caught
    if refusal is None and request.session.get(KNOWN):
        return HttpResponseRedirect(reverse(f"first_{first_run.step()}"))
    context = {"refusal": refusal, "code": request.GET.get("code", "")[:40]}
    return private(render(request, "first_code.html", context, status=refusal.status if refusal else 200))


def _show_code(request: HttpRequest) -> None:
    """Raises: Refusal `first.wrong_code`, `guessing.locked`."""
    counted = [address_of(request)]
    take_try(by=door(), what=counted)
    given = codes.plain(request.POST.get("code", "")[:80])
    if not hmac.compare_digest(given.encode(), first_run.code().encode()):
        raise invalid("code", text("This is not the code that `muster serve` printed."), "first.wrong_code")
    request.session.cycle_key()
    request.session[KNOWN] = True


def _require_known(request: HttpRequest, step: str) -> HttpResponse | None:
    """Whoever has not shown the code shows it first; whoever asks for another step gets the one that comes next."""
    if not first_run.is_open():
        raise not_found("first.closed")
    if not request.session.get(KNOWN):
        return HttpResponseRedirect(reverse("first_run"))
    due = first_run.step()
    later = STEPS.index(step) > STEPS.index(due)
    done = step == "district" and due != "district"
    return HttpResponseRedirect(reverse(f"first_{due}")) if later or done else None


@require_http_methods(["GET", "POST"])
def district(request: HttpRequest) -> HttpResponse:
    """The first step."""
    elsewhere = _require_known(request, "district")
    if elsewhere is not None:
        return elsewhere
    refusal, sent = None, request.POST
    if request.method == "POST":
        given = first_run.Given(
            sent.get("name", ""),
            sent.get("code", ""),
            (sent.get("rank1", ""), sent.get("rank2", ""), sent.get("rank3", ""), sent.get("office2", "")),
            sent.get("zone", "")[:64],
            sent.get("language", ""),
            sent.get("day_starts_at", ""),
            sent.get("legal_basis", ""),
        )
        try:
            first_run.found_district(given)
        except Refusal as caught:
            refusal = caught
        else:
            return HttpResponseRedirect(reverse("first_tree"))
    names = first_run.ranks()
    fields = zip(("rank1", "rank2", "rank3", "office2"), names, strict=True)
    context = {
        "ranks": [(field, sent.get(field, name)) for field, name in fields],
        "zones": [*ZONES_FIRST, *sorted(available_timezones() - set(ZONES_FIRST))],
        "languages": settings.LANGUAGES,
        "language": sent.get("language") or get_language(),
        "sent": sent,
    }
    return _step(request, "district", refusal, context)


def _step(request: HttpRequest, step: str, refusal: Refusal | None, context: dict[str, Any]) -> HttpResponse:
    context |= {"step": STEPS.index(step) + 1, "refusal": refusal}
    return private(render(request, f"first_{step}.html", context, status=refusal.status if refusal else 200))


@require_http_methods(["GET", "POST"])
def tree(request: HttpRequest) -> HttpResponse:
    """The second step: shipped divisions, a sheet, or none for now."""
    elsewhere = _require_known(request, "tree")
    if elsewhere is not None:
        return elsewhere
    refusal, imported = None, None
    if request.method == "POST":
        try:
            imported = _planted(request)
        except Refusal as caught:
            refusal = caught
        if refusal is None and (imported is None or not imported.refused):
            return HttpResponseRedirect(f"{reverse('first_accounts')}?{urlencode({'units': Unit.objects.count()})}")
    context = {
        "district": District.objects.select_related("root").get(),
        "shipped": len(first_run.shipped()),
        "units": Unit.objects.count() - 1,
        "imported": imported,
        "told": list(in_words(imported))[:60] if imported else [],
    }
    return _step(request, "tree", refusal, context)


def _planted(request: HttpRequest) -> Import | None:
    """Raises: Refusal for a sheet that is none."""
    what = request.POST.get("what", "")
    if what == "shipped":
        first_run.plant_shipped()
        return None
    if what == "sheet":
        sent = request.FILES.get("file")
        if sent is None:
            raise invalid("file", text("Choose a file."), "first.file")
        return first_run.plant_sheet(sent.read())
    raise nothing_chosen("what")


@require_http_methods(["GET", "POST"])
def accounts(request: HttpRequest) -> HttpResponse:
    """The third step; its answer is the sheet, which is shown this once."""
    if not first_run.is_open():
        raise not_found("first.closed")
    if not request.session.get(KNOWN):
        return HttpResponseRedirect(reverse("first_run"))
    if not District.objects.exists():
        return HttpResponseRedirect(reverse("first_district"))
    refusal = None
    if request.method == "POST":
        try:
            made = first_run.open_accounts({field: request.POST.get(field, "") for field, _role in first_run.PLACES})
        except Refusal as caught:
            refusal = caught
        else:
            request.session.flush()
            return _sheet(request, made)
    context = {"sent": request.POST, "units": Unit.objects.count(), "district": District.objects.get()}
    return _step(request, "accounts", refusal, context)


def _sheet(request: HttpRequest, made: list[first_run.Sheet]) -> HttpResponse:
    rows = []
    for one in made:
        link = request.build_absolute_uri(reverse("card", args=[one.code]))
        rows.append(
            {
                "name": one.name,
                "account": one.account,
                "role": ROLES[one.role].label,
                "code": codes.grouped(one.code),
                "link": link,
                "qr": codes.shown_qr(link, one.name),
            }
        )
    return private(
        render(request, "first_sheet.html", {"rows": rows, "keys": keys.folder(), "back_url": reverse("door")})
    )
