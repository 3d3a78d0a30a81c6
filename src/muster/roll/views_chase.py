"""The office's pages of chasing a roll: by which ladder, what was told, reminding by hand, the text for a chat."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from muster.foundation import clock
from muster.foundation.action import AlreadyDone
from muster.foundation.errors import Refusal, not_found
from muster.foundation.ids import new_id
from muster.foundation.rights import Actor, refused
from muster.organisation.asking import nothing_chosen
from muster.organisation.models import Unit
from muster.organisation.scope import holds_at
from muster.roll import attempts, chasing, coverage, reminding, told
from muster.roll.actions import ABOVE
from muster.roll.book import not_open
from muster.roll.joining import may_hold
from muster.roll.kinds import kind_of
from muster.roll.looks import Look, level, look, roll_for, units_known
from muster.roll.models import ChaseStep, Ladder, Roll
from muster.roll.reminding import Reminded, Whom
from muster.roll.views import kept
from muster.roll.views_entry import entry_for
from muster.roll.views_ladders import ladder_for

REMINDED = re.compile(r"(\d{1,6})-(\d{1,6})-(\d{1,6})-(\d{1,6})", re.ASCII)
"""`reminded=12-3-1-0`: 12 were told, 3 no channel reaches, 1 was told lately, none by a job."""


@require_http_methods(["GET", "POST"])
def chase(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How a roll is chased; POST chooses a ladder for it or stops."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = roll_for(actor, pk)
    refusal = None
    if request.method == "POST":
        try:
            _done(actor, found, request)
        except Refusal as caught:
            refusal = caught
        else:
            return HttpResponseRedirect(reverse("roll:chase", args=[pk]) + kept(request, "unit"))
    context = _chased(actor, found) | {
        "refusal": refusal,
        "reminded": _reminded(request.GET.get("reminded", "")),
        "kept": kept(request, "unit"),
        "may_remind": found.state == Roll.State.OPEN and actor.has(*ABOVE),
    }
    return render(request, "roll/chase.html", context, status=refusal.status if refusal else 200)


def _done(actor: Actor, found: Roll, request: HttpRequest) -> None:
    do = request.POST.get("do", "")
    if do == "chase":
        ladder = ladder_for(request.POST.get("ladder", ""))
        chasing.chase_roll(by=actor, holder=found.held_by, roll=found, ladder=ladder)
    elif do == "stop":
        chasing.stop_chasing(by=actor, holder=found.held_by, roll=found)
    else:
        raise nothing_chosen()


def _chased(actor: Actor, found: Roll) -> dict[str, Any]:
    """How it is chased and what was told; the counts of all that was told are the holder's to see."""
    now, holds, is_open = clock.now(), may_hold(actor, found), found.state == Roll.State.OPEN
    running = told.chase_of(found)
    says = told.says(running, found)
    turn = running.turn if running else 0
    done = set(ChaseStep.objects.filter(roll=found, turn=turn).values_list("telling", flat=True)) if running else set()
    return {
        "roll": found,
        "kind": kind_of(found.kind),
        "chase": running,
        "open": is_open,
        "rests": not found.incident.runs,
        "next": told.next_of(running, found, says, done, now) if running and is_open and holds else None,
        "told": told.told_of(found, says, turn) if holds else None,
        "may_hold": holds,
        "ladders": list(Ladder.objects.filter(ended_at=None).order_by("name")) if holds and is_open else [],
        "as_of": now,
    }


def _reminded(words: str) -> str:
    """What a reminder did, said on the page to which it leads."""
    counts = REMINDED.fullmatch(words)
    if counts is None:
        return ""
    done, without, lately, started = (int(count) for count in counts.groups())
    if not (done or without or lately or started):
        return _("This reminder was given already; nobody was told again.")
    said = []
    if started:
        said.append(_("%(count)s are being told; the list below shows how far it is.") % {"count": started})
    if done:
        said.append(ngettext("%(count)s is told.", "%(count)s are told.", done) % {"count": done})
    if without:
        words = ngettext("No channel reaches %(count)s.", "No channel reaches %(count)s of them.", without)
        said.append(words % {"count": without} + " " + _("Call them: they stand on the call list."))
    if lately:
        words = ngettext(
            "%(count)s was told within the last 30 minutes and was left out.",
            "%(count)s were told within the last 30 minutes and were left out.",
            lately,
        )
        said.append(words % {"count": lately})
    return " ".join(said)


@require_http_methods(["GET", "POST"])
def remind(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Whom a reminder would reach, and how; POST tells them."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = roll_for(actor, pk)
    if found.state != Roll.State.OPEN:
        raise not_open(found.state)
    whom, unit = _whom(actor, found, request)
    refusal = None
    if request.method == "POST":
        try:
            done = _tell(actor, found, whom, request)
        except Refusal as caught:
            refusal = caught
        else:
            query = {"reminded": f"{done.told}-{done.without}-{done.lately}-{done.started}"}
            query |= {"unit": request.GET["unit"]} if request.GET.get("unit") else {}
            return HttpResponseRedirect(f"{reverse('roll:chase', args=[pk])}?{urlencode(query)}")
    context = {
        "roll": found,
        "kind": kind_of(found.kind),
        "preview": reminding.preview(found, whom, clock.now()),
        "one": whom.entry is not None,
        "unit": unit,
        "request_id": new_id(),
        "kept": kept(request, "unit"),
        "refusal": refusal,
    }
    return render(request, "roll/remind.html", context, status=refusal.status if refusal else 200)


def _whom(actor: Actor, found: Roll, request: HttpRequest) -> tuple[Whom, Unit | None]:
    """The outstanding that the address names, of the actor's own units. Raises: Refusal (403, 404)."""
    if request.GET.get("entry"):
        try:
            entry = entry_for(actor, UUID(request.GET["entry"]))
        except ValueError as error:
            raise not_found("entry.unknown") from error
        if entry.roll_id != found.pk:
            raise not_found("entry.unknown")
        if not holds_at(actor, ABOVE, entry.unit.path):
            raise refused()
        return Whom((entry.unit.path,), entry.pk), entry.unit
    seen = look(actor, {"unit": request.GET.get("unit", "")}, found.incident).within(frozenset(ABOVE))
    if not seen.tops:
        raise refused()
    paths = Unit.objects.filter(pk__in=seen.tops).order_by("path").values_list("path", flat=True)
    return Whom(tuple(paths)), seen.unit


def _tell(actor: Actor, found: Roll, whom: Whom, request: HttpRequest) -> Reminded:
    """Tell them; the same form sent twice tells once, and says what the first did not repeat."""
    try:
        return reminding.remind(
            by=actor,
            roll=found,
            whom=whom,
            request=_token(request),  # type: ignore[call-arg]
        )
    except AlreadyDone:
        return Reminded()


def _token(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("request", ""))
    except ValueError:
        return None


@require_GET
def copy(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The text to paste into a chat: counts and a link, no names."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = roll_for(actor, pk)
    seen = look(actor, request.GET, found.incident)
    context = {
        "roll": found,
        "kind": kind_of(found.kind),
        "seen": seen,
        "text": _block(request, found, seen),
        "kept": kept(request, "unit"),
        "fresh": found.opened_at is not None and found.opened_at > seen.as_of,
        "now_href": reverse("roll:copy", args=[pk]) + kept(request, "unit"),
    }
    return render(request, "roll/copy.html", context)


def _block(request: HttpRequest, found: Roll, seen: Look) -> str:
    """Title, as of, the counts over all and for each unit of the level below, by when, where to answer."""
    counted = coverage.count([found], seen.as_of)[found.pk]
    total, lines = seen.coverage(counted), level(seen, counted)
    names = units_known([line.unit for line in lines], as_of=None if seen.now else seen.as_of)
    words = _("%(name)s: expected %(expected)s, answered %(answered)s, outstanding %(outstanding)s")
    said = [_("[%(title)s]") % {"title": found.title}]
    said.append(_("As of %(at)s") % {"at": _clock(seen.as_of)})
    said.append(_counts(words, seen.unit.name if seen.unit else _("In all"), total))
    said += [_counts(words, names[line.unit].short_name, line.coverage) for line in lines if line.unit in names]
    if found.due_at is not None:
        said.append(_("Due %(at)s") % {"at": _clock(found.due_at)})
    address = settings.PUBLIC_ADDRESS or request.build_absolute_uri("/").rstrip("/")
    said.append(_("Answer here: %(link)s") % {"link": address + reverse("roll:my")})
    return "\n".join(said)


def _counts(words: str, name: str, part: coverage.Coverage) -> str:
    counts = {"expected": part.expected, "answered": part.answered, "outstanding": part.outstanding}
    said = words % {"name": name, **counts}
    return said + (_(", excused %(excused)s") % {"excused": part.excused} if part.excused else "")


def _clock(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


@require_POST
def attempt(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Called, no answer: one tap, and back to the page from which it came."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = entry_for(actor, pk)
    with suppress(AlreadyDone):
        attempts.note_attempt(
            by=actor,
            unit=found.unit,
            entry=found.pk,
            request=_token(request),  # type: ignore[call-arg]
        )
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = reverse("roll:entry", args=[pk])
    return HttpResponseRedirect(back)
