"""The phone: the one thing asked of me now, what comes next, what was recorded."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from muster.foundation import clock
from muster.foundation.rights import Actor
from muster.roll.coverage import subject_names
from muster.roll.faces import Ask, face_of
from muster.roll.kinds import kind_of
from muster.roll.mending import may_mend
from muster.roll.mine import asked, mine, my_entry
from muster.roll.models import ANSWERED, Entry, Mark, Roll


@require_GET
def my(request: HttpRequest) -> HttpResponse:
    """The first thing big, with its answer; the next ones in a list."""
    actor = request.actor  # type: ignore[attr-defined]
    found = asked(actor)
    _tell_listed(actor, [entry for entry, _ask in found.things])
    things = [_shown(entry, ask) for entry, ask in found.things]
    context: dict[str, Any] = {"now": things[0] if things else None, "next": things[1:]}
    context |= {"after": found.count - 1, "more": found.count > len(things)}
    if not things:
        context["last"] = _last_answer(actor)
    return render(request, "roll/my.html", context)


def _tell_listed(actor: Actor, entries: list[Entry]) -> None:
    """Let the kinds write down that an entry stood in the list of whoever must answer it."""
    for kind in {entry.roll.kind for entry in entries}:
        listed = face_of(kind).listed
        if listed is not None:
            listed(actor, [entry for entry in entries if entry.roll.kind == kind])


def _shown(entry: Entry, ask: Ask) -> dict[str, Any]:
    due = entry.due_at
    late = clock.now() - due if due is not None and due < clock.now() else None
    return {"entry": entry, "ask": ask, "due": due, "late": late}


def _last_answer(actor: Actor) -> Entry | None:
    """What I answered last, for the page that asks nothing."""
    return mine(actor).filter(state=ANSWERED).order_by("-settled_at").first()


@require_GET
def done(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What was recorded, when, how it is mended, what comes next."""
    actor = request.actor  # type: ignore[attr-defined]
    entry = my_entry(actor, pk)
    mark = Mark.objects.filter(entry=entry).order_by("-n").first()
    kind = kind_of(entry.roll.kind)
    face = face_of(entry.roll.kind)
    found = asked(actor)
    things = [_shown(other, ask) for other, ask in found.things[:1]]
    return render(
        request,
        "roll/done.html",
        {
            "entry": entry,
            "mark": mark,
            "outcome": kind.outcomes[entry.outcome].label if entry.outcome in kind.outcomes else "",
            "own": mark is not None and mark.by_person == actor.person_id,
            "title": subject_names([entry]).get(entry.subject_id, ""),
            "done": face.done(entry) if face.done else None,
            "open": entry.roll.state == Roll.State.OPEN,
            "closed": entry.roll.state == Roll.State.CLOSED and entry.roll.incident.closed_at is None,
            "may_mend": may_mend(actor, entry.unit.path),
            "next": things[0] if things else None,
            "left": found.count,
        },
    )
