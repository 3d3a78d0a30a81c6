"""One name on a roll: its marks one by one, and what may be said or decided about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from muster.foundation import clock
from muster.foundation.errors import invalid, not_found, text
from muster.foundation.rights import Actor
from muster.organisation.people import leads_of
from muster.organisation.scope import covers, may_see
from muster.organisation.tree import Tree
from muster.roll import actions, coverage, readings
from muster.roll.faces import face_of
from muster.roll.kinds import kind_of
from muster.roll.looks import above_of, moment_asked, units_known
from muster.roll.models import ANSWERED, EXCUSED, OUTSTANDING, Entry, Mark, Roll
from muster.roll.rows import late_since
from muster.roll.story import Told, tell


def entry_for(actor: Actor, pk: UUID) -> Entry:
    """An entry that the actor sees, with its roll and unit. A query for the entry, none for what hangs on it.

    Kinds flagged holder_only are seen by the holder of the roll only. Raises: Refusal (404).
    """
    rows = Entry.objects.visible_to(actor).select_related("roll__incident", "roll__held_by", "unit")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise not_found("entry.unknown")
    if kind_of(found.roll.kind).holder_only and not may_see(actor, found.roll.held_by.path):
        raise not_found("entry.unknown")
    return found


@require_GET
def entry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What was said about one name, by whom and when; as of a moment, or now with what may be done."""
    return render(request, "roll/entry.html", _page(request, pk))


def _page(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    actor = request.actor  # type: ignore[attr-defined]
    found = entry_for(actor, pk)
    as_of = moment_asked(request.GET.get("as_of"), found.roll.incident)
    now = not request.GET.get("as_of")
    # Now shows what was recorded a second ago too: whoever has just answered must see it.
    until = clock.now() if now else as_of
    marks = list(Mark.objects.filter(entry=found, recorded_at__lte=until).order_by("-n"))
    told = tell(marks, {found.pk: found}, kind_of(found.roll.kind))
    tree = Tree.as_of(as_of)
    way = above_of(tree, [found.unit_id])[found.unit_id]
    units = units_known([*way, found.unit_id])
    lead = leads_of([found.unit_id]).get(found.unit_id)
    phones = readings.masked_phones(actor, [(found.unit.path, lead.pk)], clock.now()) if lead else {}
    face = face_of(found.roll.kind)
    state = marks[0].after if marks else None
    open_now = now and found.roll.state == Roll.State.OPEN
    return {
        "entry": found,
        "roll": found.roll,
        "kind": kind_of(found.roll.kind),
        "face": face,
        "source": face.source(found.roll) if face.source else "",
        "title": coverage.subject_names([found]).get(found.subject_id, ""),
        "told": told,
        "state": state,
        "late": late_since(found.roll, as_of) if state == OUTSTANDING else None,
        "crumbs": [units[one] for one in way if one in units],
        "unit": units.get(found.unit_id),
        "lead": lead,
        "phone": phones.get(lead.pk, "") if lead else "",
        "as_of": as_of,
        "now": now,
        "here": reverse("roll:entry", args=[found.pk]),
        "roll_url": reverse("roll:roll", args=[found.roll_id]),
    } | (_may(actor, found, face_of(found.roll.kind).forms, told) if open_now else {})


def _may(actor: Actor, found: Entry, forms: Any, told: list[Told]) -> dict[str, Any]:
    """What the reader may do about the entry now."""
    scopes = actor.scopes(*actions.ABOVE)
    own, holder = found.unit.path, found.roll.held_by.path
    above = any(covers(s, holder) or (covers(s, own) and s != own) for s in scopes)
    choosing = found.state == ANSWERED and found.differs and any(covers(s, own) for s in scopes)
    return {
        "forms": forms(found, actor) if forms else None,
        "may_excuse": above and found.state == OUTSTANDING,
        "may_lift": above and found.state == EXCUSED,
        "answers": _answers(told) if choosing else [],
        "reasons": actions.reasons("excuse") if above and found.state == OUTSTANDING else [],
        "corrections": actions.reasons("correction") if choosing else [],
    }


def _answers(told: list[Told]) -> list[Told]:
    """The answers between which somebody must choose: of each outcome the newest."""
    found: dict[str, Told] = {}
    for one in told:
        if one.outcome:
            found.setdefault(one.outcome, one)
    return list(found.values())


def _back(pk: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("roll:entry", args=[pk]))


@require_POST
def excuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Excuse this name."""
    actor = request.actor  # type: ignore[attr-defined]
    found = entry_for(actor, pk)
    actions.excuse(by=actor, entries=[found.pk], reason=request.POST.get("reason", ""))
    return _back(pk)


@require_POST
def lift_excuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End the excuse: expected again."""
    actor = request.actor  # type: ignore[attr-defined]
    actions.lift_excuse(by=actor, entries=[entry_for(actor, pk).pk])
    return _back(pk)


@require_POST
def choose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say which of two answers stands."""
    actor = request.actor  # type: ignore[attr-defined]
    found = entry_for(actor, pk)
    try:
        fact = UUID(request.POST.get("fact", ""))
    except ValueError as error:
        raise invalid("fact", text("Choose one of the answers."), "entry.no_answer") from error
    reason = request.POST.get("reason", "")
    actions.choose_answer(by=actor, unit=found.unit, entry=found.pk, fact_id=fact, reason=reason)
    return _back(pk)


@require_POST
def phone(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The full number of the lead to call; that it was looked at is a line in the log."""
    actor = request.actor  # type: ignore[attr-defined]
    found = entry_for(actor, pk)
    lead = leads_of([found.unit_id]).get(found.unit_id)
    if lead is None:
        raise not_found("lead.none")
    number = readings.open_phone(by=actor, unit=found.unit, person=lead.pk)
    answer = render(request, "roll/entry.html", _page(request, pk) | {"phone": number, "phone_open": True})
    answer["Cache-Control"] = "no-store"
    return answer
