"""*What is held about me*: on the phone and on paper; for everybody who is registered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from muster.foundation import clock
from muster.foundation.errors import not_found
from muster.foundation.rights import Actor
from muster.organisation.keeping import read_what_is_held
from muster.organisation.models import Person
from muster.vault.held import Part


@require_GET
def held(request: HttpRequest) -> HttpResponse:
    """All that is kept about whoever asks, by all rooms."""
    context = {"parts": _parts(request), "back_url": reverse("me"), "print_url": reverse("organisation:print_held")}
    return _private(render(request, "organisation/held.html", context))


@require_GET
def print_held(request: HttpRequest) -> HttpResponse:
    """The same on A4."""
    context = {"parts": _parts(request), "as_of": clock.now(), "back_url": reverse("organisation:held")}
    return _private(render(request, "organisation/held_print.html", context))


def _parts(request: HttpRequest) -> list[dict[str, Any]]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    person = Person.objects.filter(pk=actor.person_id).first() if actor.person_id else None
    if person is None:
        raise not_found("person.unknown")
    return [_shown(part) for part in read_what_is_held(by=actor, person=person)]


def _shown(part: Part) -> dict[str, Any]:
    """A part with each cell as the template takes it: words, or a moment; beside it the head under which it stands."""
    heads = list(part.heads)
    rows = [[_cell(head, cell) for head, cell in zip(heads, row, strict=True)] for row in part.rows]
    return {"title": part.title, "heads": heads, "rows": rows, "none": part.none}


def _cell(head: object, cell: object) -> dict[str, object]:
    return {"head": head, "moment": cell} if isinstance(cell, datetime) else {"head": head, "words": cell}


def _private(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "private, no-store"
    return answer
