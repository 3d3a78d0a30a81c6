"""How the server is: a page for whoever keeps it, the same for machines, and whether it answers at all."""

from __future__ import annotations

from typing import Any, cast

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from ninja import Router
from pydantic import BaseModel, Field

from muster.foundation import clock, health
from muster.foundation.api import ApiRequest, answer, example, scope
from muster.foundation.rights import Actor, refused
from muster.organisation import scopes
from muster.organisation.roles import ADMINISTRATOR, COMMANDER
from muster.website.who import Visitor

router = Router(tags=["server"])
ICONS = {health.OK: "complete", health.WARN: "overdue", health.BAD: "refused"}


class SignOut(BaseModel):
    """One thing about the server."""

    key: str
    label: str
    value: str
    state: str = Field(description="ok, warn or bad")
    next_step: str = Field(description="what to do; empty where it is well")


class HealthOut(BaseModel):
    """How the server is."""

    at: str
    state: str = Field(description="the worst of them all: ok, warn or bad")
    signs: list[SignOut]


def _require_keeper(actor: Actor) -> None:
    if not actor.has(COMMANDER, ADMINISTRATOR):
        raise refused()


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The signs, the worst first."""
    _require_keeper(cast(Visitor, request).actor)
    signs = health.signs()
    context = {
        "signs": [{"sign": sign, "icon": ICONS[sign.state]} for sign in signs],
        "worst": signs[0].state,
        "at": clock.now(),
    }
    found = render(request, "health.html", context)
    found["Cache-Control"] = "no-store"
    return found


_EXAMPLE = {
    "at": "2026-11-28T10:00:00+08:00",
    "state": "warn",
    "signs": [
        {
            "key": "backup",
            "label": "Last backup",
            "value": "31 hours ago",
            "state": "warn",
            "next_step": "Run `muster backup FILE` on the server, and let cron do it each day.",
        }
    ],
}


@router.get("/health", response=HealthOut, summary="How the server is", openapi_extra=example(_EXAMPLE))
@scope(scopes.HEALTH)
def health_signs(request: ApiRequest) -> HttpResponse:
    """Disks, backup, clockwork, seals, checks: the worst first. For commanders and technical administrators."""
    _require_keeper(request.auth)
    signs = health.signs()
    shown = [
        {"key": s.key, "label": str(s.label), "value": s.value, "state": s.state, "next_step": s.next_step}
        for s in signs
    ]
    content: dict[str, Any] = {"at": clock.now(), "state": signs[0].state, "signs": shown}
    return answer(content)


@require_GET
def alive(request: HttpRequest) -> HttpResponse:
    """Whether the server and its database answer, for whatever watches over it; nothing else, to everybody."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        found = HttpResponse("database\n", status=503, content_type="text/plain")
    else:
        found = HttpResponse("ok\n", content_type="text/plain")
    found["Cache-Control"] = "no-store"
    return found
