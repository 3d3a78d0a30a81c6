"""The office's page of ladders: those in force, making one, the ready-made one with one tap, ending one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.rights import Actor
from muster.organisation.asking import commands_district, nothing_chosen
from muster.roll import chasing
from muster.roll.actions import reasons
from muster.roll.chasing import NewLadder
from muster.roll.ladders import STEPS_MOST, WHOM, Step
from muster.roll.models import Ladder

BEFORE = "before"


@require_http_methods(["GET", "POST"])
def ladders(request: HttpRequest) -> HttpResponse:
    """The district's ladders; POST makes one, takes the ready-made one, or ends one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    refusal = None
    if request.method == "POST":
        try:
            told = _done(actor, request)
        except Refusal as caught:
            refusal = caught
        else:
            return HttpResponseRedirect(f"{reverse('roll:ladders')}?told={told}")
    rows = Ladder.objects.prefetch_related("steps").filter(ended_at=None).order_by("name")
    context = {
        "rows": [{"ladder": one, "steps": [_shown(step) for step in chasing.steps_of(one)]} for one in rows],
        "ready": [_shown(step) for step in chasing.ready_made().steps],
        "may_make": commands_district(actor),
        "whom": WHOM,
        "night": reasons("night"),
        "lines": _lines(request),
        "sent": request.POST,
        "refusal": refusal,
        "told": request.GET.get("told", ""),
    }
    return render(request, "roll/ladders.html", context, status=refusal.status if refusal else 200)


def _done(actor: Actor, request: HttpRequest) -> str:
    do = request.POST.get("do", "")
    if do == "ready":
        chasing.make_ladder(by=actor, new=chasing.ready_made())
        return "made"
    if do == "make":
        chasing.make_ladder(by=actor, new=_asked(request))
        return "made"
    if do == "end":
        chasing.end_ladder(by=actor, ladder=ladder_for(request.POST.get("ladder", "")))
        return "ended"
    raise nothing_chosen()


def ladder_for(words: str) -> Ladder:
    """A ladder by its id as a form gives it. Raises: Refusal (404)."""
    try:
        found = Ladder.objects.filter(pk=UUID(words)).first()
    except ValueError:
        found = None
    if found is None:
        raise not_found("ladder.unknown")
    return found


def _asked(request: HttpRequest) -> NewLadder:
    """The ladder as the form states it; a line without whom is no step."""
    given = request.POST
    steps = [_step(line) for line in _lines(request) if line["whom"]]
    return NewLadder(
        given.get("name", ""),
        steps,
        from_opened=given.get("from") == "opened",
        urgent=bool(given.get("urgent")),
        why=given.get("why", ""),
    )


def _lines(request: HttpRequest) -> list[dict[str, Any]]:
    """The lines of the form, as they were sent; empty ones at first."""
    names = ("whom", "minutes", "side", "repeats", "every")
    return [
        {"place": place, **{name: request.POST.get(f"{name}_{place}", "") for name in names}}
        for place in range(1, STEPS_MOST + 1)
    ]


def _step(line: dict[str, Any]) -> Step:
    minutes = _number("minutes", line["minutes"])
    repeats = _number("repeats", line["repeats"])
    return Step(
        -minutes if line["side"] == BEFORE else minutes,
        line["whom"],
        repeats,
        _number("every", line["every"]) if repeats else 0,
    )


def _number(field: str, words: str) -> int:
    """A whole number; 0 for nothing. Raises: Refusal `ladder.number`."""
    plain = words.strip()
    if not plain:
        return 0
    if not (plain.isascii() and plain.isdigit() and len(plain) < 7):
        raise invalid(field, text("Write minutes and repeats as whole numbers."), "ladder.number")
    return int(plain)


def _shown(step: Step) -> dict[str, Any]:
    return {"step": step, "whom": WHOM[step.whom], "minutes": abs(step.minutes), "before": step.minutes < 0}
