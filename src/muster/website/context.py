"""What every page's frame needs: theme, navigation, who is signed in, whether it is a drill."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from muster.foundation.rights import Actor
from muster.organisation.roles import ADMINISTRATOR, LEAD, OFFICE
from muster.website.middleware import SERVER_PAGES
from muster.website.steps import OFFICE_PAGES, PHONE_PAGES
from muster.website.who import NOBODY, Place, label_of

THEME_COOKIE = "theme"
THEMES = ("light", "dark")


def frame(request: HttpRequest) -> dict[str, Any]:
    """For base.html, phone.html and their parts. No query."""
    actor: Actor = getattr(request, "actor", NOBODY)
    place: Place = getattr(request, "place", Place())
    signed_in = actor.account_id is not None
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "theme": theme if theme in THEMES else "",
        "drill": place.drill,
        "account_label": label_of(request.user) if signed_in else "",
        "nav": _nav(request, actor),
        "search_url": reverse("organisation:search") if actor.has(*OFFICE) else "",
        "shared_phone": signed_in and getattr(request.user, "entered_shared", None) is not None,
        "phone_nav": _phone(request, actor) if signed_in and request.path.startswith(PHONE_PAGES) else [],
    }


def _nav(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    if actor.has(*OFFICE):
        return _office(request, actor)
    if not actor.has(ADMINISTRATOR):
        return []
    labels = (_("Accounts"), _("Messages"), _("Audit log"), _("Health"))
    places = zip(SERVER_PAGES, labels, strict=True)
    shown = [{"url": url, "label": label, "current": request.path.startswith(url)} for url, label in places]
    return [*shown, {"url": reverse("roll:my"), "label": _("My matters"), "current": False}]


def _office(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    places = [
        (OFFICE_PAGES, _("Board")),
        (reverse("roll:rolls"), _("Rolls")),
        (reverse("mobilisation:orders"), _("Orders")),
        (f"{OFFICE_PAGES}reports/", _("Reports")),
        (reverse("organisation:people"), _("People")),
        (reverse("organisation:units"), _("Units")),
        (reverse("organisation:grants"), _("Rights")),
        (reverse("roll:my"), _("My matters")),
    ]
    here = max((url for url, _label in places if request.path.startswith(url)), key=len, default="")
    if request.path.startswith(f"{OFFICE_PAGES}entries/"):
        here = reverse("roll:rolls")
    if request.path.startswith((f"{OFFICE_PAGES}people/cards/", *SERVER_PAGES)):
        here = reverse("organisation:grants")
    if request.path.startswith(f"{OFFICE_PAGES}import/"):
        here = reverse("organisation:people")
    if request.path.startswith(reverse("organisation:search")):
        here = ""
    # Whoever chose an incident stays with it from page to page.
    incident = request.GET.get("incident", "")
    kept = f"?{urlencode({'incident': incident})}" if incident else ""
    return [
        {"url": url + kept if url.startswith(OFFICE_PAGES) else url, "label": label, "current": url == here}
        for url, label in places
    ]


def _phone(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    places = [(reverse("roll:my"), _("My matters"), "list-check")]
    if actor.has(LEAD):
        places.append((reverse("mobilisation:my_unit"), _("My unit"), "clipboard-list"))
    places.append((reverse("mobilisation:my_badge"), _("Badge"), "id-badge-2"))
    places.append((reverse("me"), _("Me"), "user"))
    here = max((url for url, _label, _icon in places if request.path.startswith(url)), key=len, default="")
    return [{"url": url, "label": label, "icon": icon, "current": url == here} for url, label, icon in places]
