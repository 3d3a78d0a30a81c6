"""What stands around every view: who asks, which zone, where one must be signed in, how a refusal is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from muster.foundation import clock
from muster.foundation.errors import Refusal, text
from muster.foundation.rights import Actor
from muster.organisation.models import Account
from muster.organisation.people import actor_of
from muster.organisation.roles import ADMINISTRATOR, OFFICE
from muster.organisation.sign_in import SEEN_EVERY_SECONDS, seen
from muster.website import by_token
from muster.website.letting_in import DEVICE_COOKIE, SEEN
from muster.website.steps import API, OFFICE_PAGES, PHONE_PAGES, step_before
from muster.website.who import NOBODY, Visitor, place_of

ACCOUNT_PAGES = f"{OFFICE_PAGES}access/accounts/"
SERVER_PAGES = (ACCOUNT_PAGES, *(f"{OFFICE_PAGES}{place}/" for place in ("messages", "audit", "health")))
"""The pages of the office that are an administrator's too."""
Next = Callable[[HttpRequest], HttpResponseBase]


class WhoMiddleware:
    """Sets request.actor and request.place, and shows all times in the district's zone."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        visitor = cast(Visitor, request)
        visitor.place = place_of(request.user)
        visitor.actor = NOBODY
        if request.user.is_authenticated:
            visitor.actor = _actor(request)
        with timezone.override(ZoneInfo(visitor.place.zone) if visitor.place.zone else None):
            answer = self.get_response(request)
        if getattr(request.user, "entered_shared", None) is not None:
            # The next one on a shared phone steps back to nothing of the one before.
            answer["Cache-Control"] = "no-store"
        return answer

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """The office and the phone are for who is signed in, the office for those with a role of the office."""
        if not request.path.startswith((OFFICE_PAGES, PHONE_PAGES)):
            return None
        if not request.user.is_authenticated:
            back = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
            remembered = request.path.startswith(PHONE_PAGES) and bool(request.COOKIES.get(DEVICE_COOKIE))
            return HttpResponseRedirect(reverse("pin" if remembered else "door") + back)
        if request.path.startswith(OFFICE_PAGES) and not _may_enter_office(request):
            return refused(request, not_office())
        return step_before(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal is a page: what happened, what to do next. The API shows its own."""
        if isinstance(exception, Refusal) and not request.path.startswith(API):
            return refused(request, exception)
        return None


def _actor(request: HttpRequest) -> Actor:
    """Whoever is in, by a session or by a token; that they are is written down now and then."""
    channel = "phone" if request.path.startswith(PHONE_PAGES) else "web"
    actor = actor_of(cast(Account, request.user), channel)
    if by_token.is_by_token(request.user):
        return by_token.actor(request.user, actor)
    _note_seen(request)
    return actor


def _may_enter_office(request: HttpRequest) -> bool:
    actor = cast(Visitor, request).actor
    return actor.has(*OFFICE) or (actor.has(ADMINISTRATOR) and request.path.startswith(SERVER_PAGES))


def _note_seen(request: HttpRequest) -> None:
    """At most once in five minutes: the sign-in is used, and its session ends so much later. By the machine's clock."""
    now, user = int(clock.machine_now().timestamp()), cast(Any, request.user)
    if now - request.session.get(SEEN, 0) >= SEEN_EVERY_SECONDS:
        request.session[SEEN] = now
        seen(user.entered_id, user.entered_device)


def not_office() -> Refusal:
    """Somebody without a role of the office asks for a page of the office."""
    return Refusal(
        "rights.not_office",
        text("The office's pages are for those who lead a unit or work in its office."),
        text("What is asked of you stands on your own page."),
        status=403,
    )


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The page of a refusal, with its status."""
    home = reverse("roll:my") if request.user.is_authenticated else reverse("door")
    context = {
        "status": refusal.status if refusal.status >= 400 else None,
        "message": refusal.message,
        "next_step": refusal.next_step,
        "next_url": home,
        "back_url": _came_from(request),
    }
    return render(request, "error.html", context, status=refusal.status)


def _came_from(request: HttpRequest) -> str:
    """The page of ours that a refused form stands on; empty when that is not known."""
    before = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure())
    return before if ours and request.method == "POST" else ""
