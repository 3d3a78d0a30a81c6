"""What somebody who is in still has to show before a page opens to them (docs/rules/ways-in.md)."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from muster.foundation.errors import Refusal, text
from muster.organisation.roles import ADMINISTRATOR, OFFICE
from muster.organisation.sign_in import MEMBERS_WAYS
from muster.website.letting_in import PIN_WANTED
from muster.website.who import Visitor

OFFICE_PAGES = "/office/"
PHONE_PAGES = "/my/"
API = "/api/"


def needs_factor(request: HttpRequest) -> bool:
    """Whether what somebody holds asks for a second factor that they have not shown; a drill asks for none."""
    visitor = cast(Visitor, request)
    if visitor.place.drill or not visitor.actor.has(*OFFICE, ADMINISTRATOR):
        return False
    return not getattr(request.user, "entered_two", False)


def came_as_member(request: HttpRequest) -> bool:
    """Whether they came in by card or PIN."""
    return getattr(request.user, "entered_way", "") in MEMBERS_WAYS


def step_before(request: HttpRequest) -> HttpResponseRedirect | None:
    """Where somebody is sent before they see this page: to choose a PIN, to show or set up a second factor."""
    path = request.path
    if needs_factor(request):
        if not came_as_member(request):
            set_up = reverse("factor")
            return None if path == set_up else HttpResponseRedirect(set_up)
        if path.startswith(OFFICE_PAGES):
            asked: dict[str, Any] = {"more": "1"}
            if request.method == "GET":
                asked["next"] = request.get_full_path()
            return HttpResponseRedirect(f"{reverse('password')}?{urlencode(asked)}")
    if PIN_WANTED in request.session and path.startswith(PHONE_PAGES) and path != reverse("choose_pin"):
        return HttpResponseRedirect(reverse("choose_pin"))
    return None


def require_factor(request: HttpRequest) -> None:
    """For the API, which opens what the office opens. Raises: Refusal `sign_in.more` (403)."""
    if needs_factor(request):
        raise Refusal(
            "sign_in.more",
            text("This needs your password and your second factor."),
            text("Sign in with both on the page of the office, then send it again."),
            status=403,
        )
