"""The board's page: at a desk, on a wall, refreshing itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from muster.briefing import board as boards
from muster.briefing.addresses import Way
from muster.briefing.counting import rolls_of, state_of
from muster.briefing.visits import Visit, visit_of
from muster.foundation import clockwork
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.rights import Actor
from muster.organisation.asking import commands_district
from muster.roll.looks import moment_asked
from muster.roll.models import Roll
from muster.vault.purposes import lacks_basis

REFRESH_SECONDS = 15
NOTHING_YET = {"incident.none", "district.none"}


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The board of a unit of the reader's, as of now or of any moment; 304 when nothing has changed."""
    try:
        visit = visit_of(request)
    except Refusal as refusal:
        if refusal.code not in NOTHING_YET or request.GET.get("incident"):
            raise
        return _empty(request, no_district=refusal.code == "district.none")
    rolls = rolls_of(visit.asked.incident, visit.asked.as_of)
    ticked_at = clockwork.last_tick() if visit.now else None
    stopped = visit.now and clockwork.tick_is_old(ticked_at)
    tag = _tag(request, visit, rolls, stopped)
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return _fresh(unchanged, tag)
    wall = request.GET.get("wall") == "1"
    found = boards.compose(
        visit.actor,
        visit.asked,
        rolls,
        visit.places,
        way=visit.way,
        chosen=request.GET.get("figure", ""),
        than=_than(request, visit),
        sizes=boards.WALL if wall else boards.DESK,
    )
    context = _context(request, visit, found, wall=wall) | {"stopped": stopped, "ticked_at": ticked_at}
    return _fresh(render(request, "briefing/board.html", context), tag)


def _than(request: HttpRequest, visit: Visit) -> Any:
    """The moment to compare with, where one was chosen: `than=`.

    Raises: Refusal (422) for what is no time, or not before the board's.
    """
    words = request.GET.get("than", "")
    if not words:
        return None
    than = moment_asked(words, visit.asked.incident)
    if than >= visit.asked.as_of:
        raise invalid("than", text("Compare with a moment before the one that is shown."), "board.than")
    return than


def _empty(request: HttpRequest, *, no_district: bool) -> HttpResponse:
    """Nothing to show yet: what to do first, and what a commander of the district still owes."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    no_basis = not no_district and commands_district(actor) and lacks_basis()
    return render(request, "briefing/board_empty.html", {"no_district": no_district, "no_basis": no_basis})


def _tag(request: HttpRequest, visit: Visit, rolls: Sequence[Roll], stopped: bool) -> str:
    """Says what the page shows without composing it: the address, the reader, the counts' state, the minute."""
    parts = [
        request.get_full_path(),
        str(visit.actor.account_id),
        *(f"{role} {path}" for role, path in visit.actor.grants),
        get_language() or "",
        request.COOKIES.get("theme", ""),
        # A page that is kept carries the form's token and the names of style sheets of its time.
        _secret(request),
        str(getattr(staticfiles_storage, "manifest_hash", "")),
        str(visit.asked.unit.pk),
        str(len(visit.places.rows)),
        str(stopped),
        *state_of(rolls, visit.asked.as_of),
    ]
    return f'"{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:32]}"'


def _secret(request: HttpRequest) -> str:
    """What every token of this reader's forms is made of."""
    get_token(request)
    return str(request.META["CSRF_COOKIE"])


def _fresh(answer: HttpResponse, tag: str) -> HttpResponse:
    """May be kept by the reader's browser, and asked about each time."""
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _context(request: HttpRequest, visit: Visit, found: boards.Board, *, wall: bool) -> dict[str, Any]:
    way: Way = visit.way
    figure = request.GET.get("figure", "")
    more = {"figure": figure, "than": request.GET.get("than", "")}
    context: dict[str, Any] = {
        "board": found,
        "asked": visit.asked,
        "incident": visit.asked.incident,
        "now": visit.now,
        "end": visit.end,
        "wall": wall,
        "seconds": REFRESH_SECONDS if visit.now else 0,
        "here": request.path,
        "keep": way.keep(as_of="", **more),
        "keep_than": way.keep(figure=figure),
        "now_href": way.board(as_of="", **more),
        "wall_href": way.board(wall="1", figure=figure),
        "desk_href": way.board(figure=figure),
        "poll": request.get_full_path(),
        "figures_href": way.figures(),
        "rolls_href": way.to(reverse("roll:rolls")),
        "top_href": way.board(unit=""),
        "first_href": way.board(as_of=found.first_opened.isoformat()) if found.first_opened else "",
    }
    return context | {"theme": "dark"} if wall else context
