"""One name on a roll: its marks one by one, and what may be said or decided about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
from muster.roll import actions, coverage, readings, rules
from muster.roll.faces import Face, face_of
from muster.roll.kinds import Effect, RollKind, kind_of
from muster.roll.looks import Look, above_of, look, units_known
from muster.roll.models import ANSWERED, EXCUSED, OUTSTANDING, Entry, Mark, Roll
from muster.roll.rows import difference_waits, late_since
from muster.roll.story import Told, tell

BEHIND = ("roll__incident", "roll__held_by", "unit")
"""What hangs on an entry."""


def entry_for(actor: Actor, pk: UUID) -> Entry:
    """An entry that the actor sees, with its roll and unit. A query for the entry, none for what hangs on it.

    Kinds flagged holder_only are seen by the holder of the roll only. Raises: Refusal (404).
    """
    found = Entry.objects.visible_to(actor).select_related(*BEHIND).filter(pk=pk).first()
    if found is None or not _is_shown(actor, found):
        raise not_found("entry.unknown")
    return found


def _entry_then(seen: Look, pk: UUID) -> Entry:
    """An entry that the actor sees, or that a unit of theirs saw to at a moment of the past: its lists link to it.

    Raises: Refusal (404).
    """
    found = Entry.objects.select_related(*BEHIND).filter(pk=pk).first()
    if found is None or not _is_shown(seen.actor, found):
        raise not_found("entry.unknown")
    if not _sees_now(seen.actor, found):
        mark = Mark.objects.filter(entry=found, recorded_at__lte=seen.as_of).order_by("-n").first()
        if mark is None or mark.unit_id not in seen.units():
            raise not_found("entry.unknown")
    coverage.as_of_moment(seen.as_of, found.roll.incident)
    return found


def _is_shown(actor: Actor, found: Entry) -> bool:
    return not kind_of(found.roll.kind).holder_only or may_see(actor, found.roll.held_by.path)


def _sees_now(actor: Actor, found: Entry) -> bool:
    return may_see(actor, found.unit.path) or may_see(actor, found.roll.held_by.path)


@require_GET
def entry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What was said about one name, by whom and when; as of a moment, or now with what may be done."""
    return render(request, "roll/entry.html", _page(request, pk))


def _page(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    actor = request.actor  # type: ignore[attr-defined]
    seen = look(actor, {"as_of": request.GET.get("as_of", "")}, None)
    found = entry_for(actor, pk) if seen.now else _entry_then(seen, pk)
    kind, face = kind_of(found.roll.kind), face_of(found.roll.kind)
    # Now shows what was recorded a second ago too: whoever has just answered must see it.
    until = clock.now() if seen.now else seen.as_of
    marks = list(Mark.objects.filter(entry=found, recorded_at__lte=until).select_related("unit").order_by("-n"))
    told = tell(marks, {found.pk: found}, kind)
    unit = marks[0].unit if marks else found.unit
    way = above_of(seen.tree, [unit.pk])[unit.pk]
    units = units_known(way)
    lead = leads_of([unit.pk]).get(unit.pk)
    phones = readings.masked_phones(actor, [(unit.path, lead.pk)], clock.now()) if lead else {}
    stood = _stood(marks, kind)
    open_now = seen.now and found.roll.state == Roll.State.OPEN
    return (
        {
            "entry": found,
            "roll": found.roll,
            "kind": kind,
            "face": face,
            "source": face.source(found.roll) if face.source else "",
            "title": coverage.subject_names([found]).get(found.subject_id, ""),
            "told": told,
            "late": late_since(found.roll, seen.as_of) if stood["state"] == OUTSTANDING else None,
            "crumbs": [units[one] for one in way if one in units],
            "unit": unit,
            "lead": lead,
            "phone": phones.get(lead.pk, "") if lead else "",
            "as_of": seen.as_of,
            "now": seen.now,
            "now_href": reverse("roll:entry", args=[found.pk]) if _sees_now(actor, found) else "",
            "roll_url": reverse("roll:roll", args=[found.roll_id]),
        }
        | stood
        | (_may(actor, found, face, told) if open_now else {})
    )


def _stood(marks: Sequence[Mark], kind: RollKind) -> dict[str, Any]:
    """How an entry stood after its marks, the newest first: its state, the answer in force, whether another differs."""
    state = marks[0].after if marks else None
    mark = next((mark for mark in marks if mark.reason not in rules.KEPT_BESIDE), None)
    outcome = kind.outcomes.get(mark.outcome) if mark is not None and state == ANSWERED else None
    return {
        "state": state,
        "said": str(outcome.label) if outcome else "",
        "unmet": outcome is not None and outcome.effect is Effect.UNMET,
        "differs": difference_waits(mark.reason for mark in marks),
    }


def _may(actor: Actor, found: Entry, face: Face, told: Sequence[Told]) -> dict[str, Any]:
    """What the reader may do about the entry now."""
    scopes = actor.scopes(*actions.ABOVE)
    own = found.unit.path
    above = actions.may_excuse(scopes, own, found.roll.held_by.path)
    choosing = found.state == ANSWERED and found.differs and any(covers(s, own) for s in scopes)
    return {
        "forms": face.forms(found, actor) if face.forms else None,
        "may_excuse": above and found.state == OUTSTANDING,
        "may_lift": above and found.state == EXCUSED,
        "answers": _answers(found, told) if choosing else [],
        "reasons": actions.reasons("excuse") if above and found.state == OUTSTANDING else [],
        "corrections": actions.reasons("correction") if choosing else [],
    }


def _answers(found: Entry, told: Sequence[Told]) -> list[Told]:
    """The answers between which somebody must choose: those that the action takes, each by what it says."""
    chosen = {mark.fact_id for mark in actions.choices(found.pk, found.fact_id)}
    outcomes = kind_of(found.roll.kind).outcomes
    return [replace(one, what=str(outcomes[one.outcome].label)) for one in told if one.fact_id in chosen]


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
