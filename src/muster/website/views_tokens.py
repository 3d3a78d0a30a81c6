"""One's own tokens of the API: which there are, a new one that is shown once, one that ends."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from muster.foundation import clock
from muster.foundation.errors import Refusal, invalid, text
from muster.organisation import scopes, tokens
from muster.organisation.accounts import end_token
from muster.organisation.asking import unit_for, zone
from muster.organisation.models import ApiToken
from muster.organisation.roles import SEEING
from muster.website.letting_in import private
from muster.website.steps import require_factor
from muster.website.who import Visitor

USUAL_DAYS = 90


@require_http_methods(["GET", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """My tokens. POST makes one, which the answer shows once, or ends one."""
    require_factor(request)
    if getattr(request.user, "entered_shared", None) is not None:
        raise Refusal(
            "token.shared_phone",
            text("No token is made on a shared phone."),
            text("Sign in on a device of your own."),
            status=403,
        )
    refusal = None
    if request.method == "POST":
        try:
            return _ended(request) if request.POST.get("what") == "end" else _made(request)
        except Refusal as caught:
            refusal = caught
    status = refusal.status if refusal else 200
    return private(render(request, "tokens.html", _context(request, refusal), status=status))


def _context(request: HttpRequest, refusal: Refusal | None) -> dict[str, Any]:
    actor, now = cast(Visitor, request).actor, clock.now()
    rows = ApiToken.objects.filter(account=request.user.pk).select_related("unit").order_by("-made_at")
    today = now.astimezone(zone()).date()
    return {
        "rows": [tokens.shown(row, now) for row in rows[:50]],
        "scopes": scopes.offered(actor),
        "chosen": request.POST.getlist("scope"),
        "sees_units": actor.has(*SEEING),
        "until": request.POST.get("until") or (today + timedelta(days=min(USUAL_DAYS, settings.TOKEN_DAYS_MAX))),
        "last": today + timedelta(days=settings.TOKEN_DAYS_MAX),
        "first": today,
        "days": settings.TOKEN_DAYS_MAX,
        "asked": request.POST,
        "told": request.GET.get("told", ""),
        "refusal": refusal,
        "phone_nav": [],  # a long form: nothing lies over its boxes
    }


def _made(request: HttpRequest) -> HttpResponse:
    sent, actor, account = request.POST, cast(Visitor, request).actor, cast(Any, request.user)
    code = sent.get("unit", "").strip()[:40]
    words = tokens.make()
    new = tokens.NewToken(
        name=sent.get("name", "")[:200],
        hash=tokens.hash_of(words),
        scopes={one.key for one in scopes.offered(actor)} & set(sent.getlist("scope")),
        expires_at=end_of_day(sent.get("until", "")),
        unit=unit_for(actor, code) if code else None,
        two_factors=bool(account.entered_two),
    )
    made = tokens.make_token(by=actor, account=account, token=new)
    return private(render(request, "token_made.html", {"words": words, **tokens.shown(made, clock.now())}))


def end_of_day(words: str) -> datetime:
    """The end of a day in the district's zone, as long as a token made now may last. Raises: Refusal `token.end`."""
    try:
        day = date.fromisoformat(words.strip())
        found = datetime.combine(day + timedelta(days=1), time(0), zone())
    except (ValueError, OverflowError):
        raise invalid("until", text("Choose the day on which it ends."), "token.end") from None
    longest = clock.now() + tokens.longest()
    return min(found, longest) if found - timedelta(days=1) <= longest else found


def _ended(request: HttpRequest) -> HttpResponse:
    end_token(
        by=cast(Visitor, request).actor, token=tokens.token_of(cast(Any, request.user).pk, request.POST.get("id", ""))
    )
    return HttpResponseRedirect(f"{reverse('tokens')}?told=ended")
