"""The open door: what Muster is, the drill's sign-in, the way out, the theme."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST, require_safe

from muster.drill.models import Cast
from muster.foundation.errors import Refusal, not_found, text
from muster.organisation.models import Account, SignIn
from muster.organisation.people import actor_of
from muster.organisation.roles import OFFICE, ROLES
from muster.organisation.sign_in import Entering, end_sign_in
from muster.organisation.sign_in import sign_in as be_in
from muster.website.context import THEME_COOKIE, THEMES
from muster.website.letting_in import DEVICE_COOKIE, agent_of, let_in, safe_next
from muster.website.steps import OFFICE_PAGES
from muster.website.who import Visitor

YEAR_SECONDS = 365 * 24 * 3600


@require_safe
def door(request: HttpRequest) -> HttpResponse:
    """What Muster is; in a drill, who may be signed in as."""
    visitor = cast(Visitor, request)
    context = {
        "cast": _cast() if visitor.place.drill else [],
        "ready": bool(visitor.place.zone),
        "next": request.GET.get("next", ""),
        "home": home_of(request) if request.user.is_authenticated else "",
        "remembered": bool(request.COOKIES.get(DEVICE_COOKIE)),
    }
    return render(request, "door_page.html", context)


def home_of(request: HttpRequest) -> str:
    """Where somebody who is signed in begins: the office with a role of the office, else the phone."""
    return OFFICE_PAGES if cast(Visitor, request).actor.has(*OFFICE) else reverse("roll:my")


def _cast() -> list[dict[str, Any]]:
    """The people of the drill, one for each role, in the scenario's order."""
    members = Cast.objects.select_related("account__person").order_by("position")
    return [
        {
            "account": member.account_id,
            "name": member.account.person.name,
            "role": ROLES[member.role].label if member.role in ROLES else "",
            "note": member.note,
        }
        for member in members
    ]


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as somebody of the drill's cast. On a district's own database there is no such way in."""
    if not cast(Visitor, request).place.drill:
        raise Refusal(
            "sign_in.not_a_drill",
            text("This is a district's own database: nobody is signed in by a button."),
            text("Ask the administrator to open your account."),
            status=403,
        )
    wanted = request.POST.get("account", "")
    if wanted not in {str(member["account"]) for member in _cast()}:
        raise not_found("cast.unknown")
    account = Account.objects.filter(pk=wanted, disabled_at__isnull=True).first()
    if account is None:
        raise not_found("cast.unknown")
    made = be_in(by=actor_of(account, "web"), account=account, entering=Entering(SignIn.Way.DRILL, agent_of(request)))
    let_in(request, account, made, idle_seconds=settings.SESSION_COOKIE_AGE)
    return HttpResponseRedirect(safe_next(request, home_of(request)))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the sign-in, and the session with all that is in it. A shared phone waits for the next one."""
    shared = getattr(request.user, "entered_shared", None)
    entered = getattr(request.user, "entered_id", None)
    if entered is not None:
        row = SignIn.objects.select_related("account__person").get(pk=entered)
        end_sign_in(by=cast(Visitor, request).actor, sign_in=row)
    logout(request)
    answer = HttpResponseRedirect(reverse("pin" if shared else "door"))
    if shared:
        answer["Clear-Site-Data"] = '"cache"'
    return answer


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the device has it: kept in a cookie."""
    answer = HttpResponseRedirect(safe_next(request, reverse("door")))
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        secure = request.is_secure()
        answer.set_cookie(THEME_COOKIE, theme, max_age=YEAR_SECONDS, httponly=True, samesite="Lax", secure=secure)
    else:
        answer.delete_cookie(THEME_COOKIE, samesite="Lax")
    return answer


@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """On the phone: who I am here, language, light or dark, the way out."""
    actor = cast(Visitor, request).actor
    roles = sorted({str(ROLES[role].label) for role, _path in actor.grants if role in ROLES})
    return render(request, "me.html", {"roles": roles, "office": OFFICE_PAGES if actor.has(*OFFICE) else ""})
