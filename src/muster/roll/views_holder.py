"""What the unit that holds a roll does with it: put a name on it, take one off, close it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from muster.foundation.errors import Refusal, not_found
from muster.foundation.rights import Actor, refused
from muster.roll import actions, coverage, rules
from muster.roll.book import not_open
from muster.roll.faces import face_of
from muster.roll.joining import FOUND_MOST, candidate, may_hold, named
from muster.roll.kinds import kind_of
from muster.roll.looks import look, roll_for
from muster.roll.models import Entry, Roll
from muster.roll.views_entry import entry_for


def _require_held(actor: Actor, roll: Roll) -> None:
    """Refuse whoever may not say who is on the roll, and a roll that has ended."""
    if not may_hold(actor, roll):
        raise refused()
    if roll.state != Roll.State.OPEN:
        raise not_open(roll.state)


def _by_hand(roll: Roll) -> None:
    """Refuse a kind of roll whose names come and go by themselves."""
    if not (kind_of(roll.kind).by_hand and face_of(roll.kind).joins):
        raise not_found("roll.unknown")


@require_http_methods(["GET", "POST"])
def names(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Look for a unit or a person by name or code, put it on the roll; from here it is taken off too."""
    actor = request.actor  # type: ignore[attr-defined]
    found = roll_for(actor, pk)
    _by_hand(found)
    _require_held(actor, found)
    if request.method == "GET":
        return _names(request, found, request.GET.get("q", ""))
    words = request.POST.get("q", "")
    one = candidate(actor, found, _id(request.POST.get("subject", "")))
    if one is None or one.expected is None:
        raise not_found("subject.unknown")
    try:
        entry = actions.add_entry(by=actor, holder=found.held_by, roll=found, expected=one.expected)
    except Refusal as refusal:
        return _names(request, found, words, refusal)
    return _to_names(found, q=words, told=str(entry))


def _id(words: str) -> UUID:
    try:
        return UUID(words)
    except ValueError as error:
        raise not_found("subject.unknown") from error


def _to_names(roll: Roll, **query: str) -> HttpResponse:
    given = {name: words for name, words in query.items() if words}
    return HttpResponseRedirect(f"{reverse('roll:names', args=[roll.pk])}?{urlencode(given)}")


def _names(request: HttpRequest, found: Roll, words: str, refusal: Refusal | None = None) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    words = words.strip()[:80]
    rows = named(actor, found, words)
    context = {
        "roll": found,
        "kind": kind_of(found.kind),
        "people": face_of(found.kind).joins == "person",
        "q": words,
        "rows": rows[:FOUND_MOST],
        "more": len(rows) > FOUND_MOST,
        "refusal": refusal,
    }
    context |= _told(actor, found, request.GET.get("told", ""))
    return render(request, "roll/roll_names.html", context, status=refusal.status if refusal else 200)


def _told(actor: Actor, roll: Roll, words: str) -> dict[str, Any]:
    """What was done last: the entry that was put on the roll or taken off, its name, and whether it may go back."""
    try:
        entry = Entry.objects.filter(roll=roll, pk=UUID(words)).first() if words else None
    except ValueError:
        entry = None
    if entry is None:
        return {}
    name = coverage.subject_names([entry]).get(entry.subject_id, "")
    back = entry.state is None and candidate(actor, roll, entry.subject_id) is not None
    return {"told": entry, "told_name": name, "may_go_back": back}


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a name off the roll: the page that asks why, and what becomes of it."""
    actor = request.actor  # type: ignore[attr-defined]
    entry = entry_for(actor, pk)
    found = entry.roll
    _by_hand(found)
    _require_held(actor, found)
    refusal = None
    if request.method == "POST":
        try:
            reason = request.POST.get("reason", "")
            actions.remove_entry(by=actor, holder=found.held_by, entry=entry.pk, reason=reason)
        except Refusal as caught:
            refusal = caught
        else:
            return _to_names(found, told=str(entry.pk))
    elif entry.state is None:
        raise rules.removed()
    context = {
        "entry": entry,
        "roll": found,
        "kind": kind_of(found.kind),
        "title": coverage.subject_names([entry]).get(entry.subject_id, ""),
        "reasons": actions.reasons("correction"),
        "refusal": refusal,
    }
    return render(request, "roll/remove.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Close a roll: the page that says what it means and how many are outstanding; POST closes it."""
    actor = request.actor  # type: ignore[attr-defined]
    found = roll_for(actor, pk)
    _require_held(actor, found)
    here = reverse("roll:roll", args=[found.pk])
    if request.method == "POST":
        actions.close_roll(by=actor, holder=found.held_by, roll=found)
        return HttpResponseRedirect(f"{here}?closed=1")
    seen = look(actor, {}, found.incident)
    face = face_of(found.kind)
    context = {
        "roll": found,
        "kind": kind_of(found.kind),
        "total": seen.coverage(coverage.count([found], seen.as_of)[found.pk]),
        "as_of": seen.as_of,
        "here": here,
        "source": face.source(found) if face.source else "",
        "face": face,
    }
    return render(request, "roll/close.html", context)
