"""One name on a roll: its marks one by one, and what may be said or decided about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from muster.foundation import clock
from muster.foundation.errors import invalid, not_found, text
from muster.foundation.facts import Fact
from muster.foundation.ids import new_id
from muster.foundation.rights import Actor
from muster.organisation.models import Unit
from muster.organisation.people import leads_of
from muster.organisation.readings import open_phone
from muster.organisation.scope import may_see
from muster.roll import actions, attempts, coverage, mending, readings, rules
from muster.roll.faces import Face, face_of
from muster.roll.joining import may_hold
from muster.roll.kinds import Effect, RollKind, kind_of
from muster.roll.looks import Known, Look, above_of, look, moment_asked, units_known
from muster.roll.models import ANSWERED, EXCUSED, OUTSTANDING, Attempt, Entry, Mark, Roll
from muster.roll.reasons import reasons_known
from muster.roll.rows import difference_waits, late_since
from muster.roll.story import (
    Behind,
    Placed,
    Told,
    facts_of,
    people_placed,
    people_told,
    tell,
    units_told,
    with_absent,
    words_of,
)

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
    asked = request.GET.get("as_of", "")
    # Now needs no tree: what stands above the unit is found by its path.
    seen = look(actor, {"as_of": asked}, None) if asked else None
    as_of = seen.as_of if seen else moment_asked("", None)
    found = _entry_then(seen, pk) if seen else entry_for(actor, pk)
    kind, face = kind_of(found.roll.kind), face_of(found.roll.kind)
    # Now shows what was recorded a second ago too: whoever has just answered must see it.
    until = seen.as_of if seen else clock.now()
    story = with_absent(Mark.objects.filter(entry=found, recorded_at__lte=until))
    marks = list(story.select_related("unit").order_by("-n"))
    unit = marks[0].unit if marks else found.unit
    facts, reasons = facts_of(marks), reasons_known()
    people = people_placed(people_told(marks) | {found.subject_id})
    units = _units(found, unit, units_told(marks, facts), seen)
    names = {one: known.name for one, known in units.items()}
    told = tell(marks, {found.pk: found}, kind, Behind(facts, people, names, words_of(reasons)))
    lead = units[unit.pk].lead
    phones = readings.masked_phones(actor, [(unit.path, lead.pk)], clock.now()) if lead else {}
    stood = _stood(marks, kind)
    return (
        {
            "entry": found,
            "roll": found.roll,
            "kind": kind,
            "face": face,
            "source": face.source(found.roll) if face.source else "",
            "title": _title(found, names, people),
            "told": told,
            "late": late_since(found.roll, as_of) if stood["state"] == OUTSTANDING else None,
            "crumbs": _above(unit, units, seen),
            "unit": unit,
            "lead": lead,
            "phone": phones.get(lead.pk, "") if lead else "",
            "as_of": as_of,
            "now": seen is None,
            "now_href": reverse("roll:entry", args=[found.pk]) if _sees_now(actor, found) else "",
            "roll_url": reverse("roll:roll", args=[found.roll_id]),
            "reasons": reasons,
            "tried": _tried(facts.values()),
        }
        | stood
        | (_may(actor, found, face, marks, told) if seen is None else {})
    )


def _units(found: Entry, unit: Unit, told: set[UUID], seen: Look | None) -> dict[UUID, Known]:
    """The units that the page names: of the marks, the subject, and those above the accountable one. One query."""
    wanted = told | {unit.pk} | ({found.subject_id} if found.subject_kind == "unit" else set())
    if seen is None:
        return units_known(wanted, above=unit.path)
    return units_known(wanted | set(above_of(seen.tree, [unit.pk])[unit.pk]), as_of=seen.as_of)


def _above(unit: Unit, units: Mapping[UUID, Known], seen: Look | None) -> list[Known]:
    """The units above the accountable one, from the root down, as they stood at the moment."""
    if seen is not None:
        return [units[one] for one in above_of(seen.tree, [unit.pk])[unit.pk] if one in units]
    way: list[Known] = []
    above = units[unit.pk].above
    while above is not None and above in units:
        way.insert(0, units[above])
        above = units[above].above
    return way


def _title(found: Entry, units: Mapping[UUID, str], people: Mapping[UUID, Placed]) -> str:
    """The name of what the entry is about: a query only where that is neither a unit nor a person."""
    if found.subject_kind == "unit":
        return units.get(found.subject_id, "")
    if found.subject_kind == "person":
        return people[found.subject_id].name if found.subject_id in people else ""
    return coverage.subject_names([found]).get(found.subject_id, "")


def _tried(facts: Iterable[Fact]) -> attempts.Tried | None:
    """The calls in vain among the facts of an entry; none where nobody called. No query."""
    calls = [fact.recorded_at for fact in facts if isinstance(fact, Attempt)]
    return attempts.Tried(len(calls), max(calls)) if calls else None


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


def _may(actor: Actor, found: Entry, face: Face, marks: Sequence[Mark], told: Sequence[Told]) -> dict[str, Any]:
    """What the reader may do about the entry now; after the roll has ended, why not more."""
    beside = face.page(found, actor) if face.page else None
    if found.roll.state not in (Roll.State.OPEN, Roll.State.CLOSED):
        return {"ended": _ended(found), "beside": beside}
    open_now, own = found.roll.state == Roll.State.OPEN, found.unit.path
    mends = found.roll.incident.closed_at is None and mending.may_mend(actor, own)
    above = open_now and actions.may_excuse(actor.scopes(*actions.ABOVE), own, found.roll.held_by.path)
    choosing = mends and found.state == ANSWERED and found.differs
    return {
        "ended": "" if open_now else _ended(found, mends=mends),
        "beside": beside,
        "forms": face.forms(found, actor) if face.forms and (open_now or (mends and found.state == ANSWERED)) else None,
        "may_call": open_now and found.state == OUTSTANDING and attempts.may_call(actor, own),
        "tap": new_id(),
        "may_excuse": above and found.state == OUTSTANDING,
        "may_lift": above and found.state == EXCUSED,
        "may_remove": open_now and found.state is not None and bool(face.joins) and may_hold(actor, found.roll),
        "answers": _answers(found, marks, told) if choosing else [],
    }


def _ended(found: Entry, *, mends: bool = False) -> str:
    """Why a roll that has ended takes no answer, and who may still mend one."""
    if found.roll.state == Roll.State.SUPERSEDED:
        return _("A newer version has taken the place of this roll. Its figures stay as they were.")
    if found.roll.state == Roll.State.WITHDRAWN:
        return _("What asked for this was withdrawn. The figures stay as they were.")
    if found.roll.incident.closed_at is not None:
        return _("This incident has ended: it is read-only.")
    if found.state != ANSWERED:
        return _("This roll is closed: it takes no answer any more.")
    if mends:
        return _("This roll is closed. What you mend counts from now on; as of an earlier moment it stays as it was.")
    return _("This roll is closed. Only a lead of %(unit)s, or of a level above, may still mend the answer.") % {
        "unit": found.unit.name
    }


def _answers(found: Entry, marks: Sequence[Mark], told: Sequence[Told]) -> list[Told]:
    """The answers between which somebody must choose: those that the action takes, each by what it says."""
    chosen = {mark.fact_id for mark in actions.choices_among(marks, found.fact_id)}
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
    number = open_phone(by=actor, unit=found.unit, person=lead.pk)
    answer = render(request, "roll/entry.html", _page(request, pk) | {"phone": number, "phone_open": True})
    answer["Cache-Control"] = "no-store"
    return answer
