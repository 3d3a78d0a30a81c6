"""The office's pages of rolls: the list, one roll with its names, on paper, as a file; excusing names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from muster.foundation import clock
from muster.foundation.errors import invalid, text
from muster.organisation.asking import incident_of, page_number
from muster.organisation.scope import covers, may_see
from muster.organisation.views_lists import as_csv
from muster.roll import actions, coverage, lists, readings
from muster.roll.coverage import Counted, Coverage, Name
from muster.roll.faces import face_of
from muster.roll.joining import may_hold
from muster.roll.kinds import kind_of
from muster.roll.looks import (
    STATES_SHOWN,
    Known,
    Line,
    Look,
    elsewhere,
    level,
    look,
    names_found,
    names_shown,
    page_of,
    part_of,
    place_of_page,
    roll_for,
    seen_above,
)
from muster.roll.models import Roll
from muster.roll.record import record_of
from muster.roll.reminding import assignees, only_unreached
from muster.roll.rows import Row, late_since, rows_of, units_of

PAGE_ROWS = 50
PAPER_ROWS = 1000
RECORD = "record"
UNREACHED = "unreached"
"""`whom=` of the paper: those whom no channel reaches, with boxes to tick off."""
EXCUSED_OF = re.compile(r"(\d{1,5})-(\d{1,5})", re.ASCII)
"""`excused=97-3`: of the names that were ticked 97 were excused, 3 were settled by then."""
NOBODY = UUID(int=0)
KEPT = ("unit", "as_of", "incident")
"""What stays in the address from page to page: whose units, as of when, which incident."""


def kept(request: HttpRequest, *names: str) -> str:
    """The part of the query that a link to the next page keeps, with its question mark; empty for none."""
    query = {name: request.GET[name] for name in names or KEPT if request.GET.get(name)}
    return f"?{urlencode(query)}" if query else ""


@require_GET
def rolls(request: HttpRequest) -> HttpResponse:
    """The rolls of the incident of which the reader sees something, the open ones first."""
    actor = request.actor  # type: ignore[attr-defined]
    incident = incident_of(request.GET.get("incident"))
    seen = look(actor, request.GET, incident)
    found = coverage.rolls_visible_to(actor).select_related("held_by").filter(incident=incident)
    opened = list(found.filter(opened_at__lte=seen.as_of).order_by("-opened_at", "pk"))
    counted = coverage.count(opened, seen.as_of)
    shown = [_listed(seen, roll, seen.coverage(counted[roll.pk])) for roll in opened]
    shown = [one for one in shown if one["coverage"].expected or may_see(actor, one["roll"].held_by.path)]
    open_now = [one for one in shown if one["state"] == Roll.State.OPEN]
    ended = [one for one in shown if one["state"] != Roll.State.OPEN]
    part, pages = page_of(open_now + ended, page_number(request), PAGE_ROWS)
    context = {
        "incident": incident,
        "seen": seen,
        "here": reverse("roll:rolls"),
        "kept": kept(request),
        "now_href": reverse("roll:rolls") + kept(request, "unit", "incident"),
        "open": [one for one in part if one["state"] == Roll.State.OPEN],
        "ended": [one for one in part if one["state"] != Roll.State.OPEN],
        "page": page_number(request),
        "pages": pages,
        "end": clock.settled(),
    }
    return render(request, "roll/rolls.html", context)


def _listed(seen: Look, roll: Roll, counted: Coverage) -> dict[str, Any]:
    return {
        "roll": roll,
        "coverage": counted,
        "state": coverage.state_at(roll, seen.as_of),
        "kind": kind_of(roll.kind),
        "words": face_of(roll.kind).words,
        "late": late_since(roll, seen.as_of) if counted.overdue else None,
    }


@require_GET
def roll(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One roll: the equation, the bar, the level below, and the names, the outstanding first."""
    actor = request.actor  # type: ignore[attr-defined]
    found = roll_for(actor, pk)
    seen = look(actor, request.GET, found.incident)
    counted = coverage.count([found], seen.as_of)[found.pk]
    total = seen.coverage(counted)
    show = request.GET.get("show", "")
    show = show if show in STATES_SHOWN or show == RECORD else "outstanding"
    lines = level(seen, counted)
    context = _head(request, seen, found, total) | {"show": show, "tab": _tab(show), "q": request.GET.get("q", "")[:80]}
    if show == RECORD:
        record = record_of(seen, found, page_number(request), PAGE_ROWS, [line.unit for line in lines])
        context |= {"record": record.rows, "pages": record.pages, "found": record.found}
        units = record.units
    else:
        part = part_of(found, show, context["q"])
        count = names_found(seen, found, show, part, total)
        start, pages = place_of_page(count, page_number(request), PAGE_ROWS)
        names = names_shown(seen, found, show, replace(part, start=start, count=PAGE_ROWS)) if count else []
        units = units_of(seen, names, [line.unit for line in lines])
        context |= {"rows": rows_of(seen, found, names, units, phones=True), "pages": pages, "found": count}
        context |= _selection(seen, found, context["rows"])
    context |= {"chase_kept": kept(request, "unit")}
    context |= {"lines": _level(seen, counted, lines, units), "crumbs": _crumbs(seen, units)} | _held(seen, found)
    return render(request, "roll/roll.html", context)


def _level(seen: Look, counted: Counted, lines: Sequence[Line], units: Mapping[UUID, Known]) -> list[dict[str, Any]]:
    """The rows of the level below, and one without a unit for what is seen to elsewhere: they add up to the total."""
    rows: list[dict[str, Any]] = [
        {"unit": units[line.unit], "itself": line.itself, "coverage": line.coverage}
        for line in lines
        if line.unit in units
    ]
    beyond = elsewhere(seen, counted)
    return [*rows, {"unit": None, "coverage": beyond}] if rows and beyond.expected else rows


def _tab(show: str) -> str:
    """Which tab a part belongs to."""
    if show in (RECORD, "expected"):
        return show
    return {"outstanding": "outstanding", "excused": "excused"}.get(STATES_SHOWN[show][0], "answered")


def _head(request: HttpRequest, seen: Look, found: Roll, total: Coverage) -> dict[str, Any]:
    """What stands above the names, on the screen and on paper."""
    face = face_of(found.kind)
    return {
        "roll": found,
        "kind": kind_of(found.kind),
        "face": face,
        "words": face.words,
        "seen": seen,
        "total": total,
        "state": coverage.state_at(found, seen.as_of),
        "late": late_since(found, seen.as_of) if total.outstanding else None,
        "source": face.source(found) if face.source else "",
        "here": reverse("roll:roll", args=[found.pk]),
        "kept": kept(request, "unit", "as_of"),
        "entries": reverse("roll:entry", args=[NOBODY]).removesuffix(f"{NOBODY}/"),
        "then": kept(request, "as_of"),
        "now_href": reverse("roll:roll", args=[found.pk]) + kept(request, "unit"),
        "end": clock.settled(),
        "fresh": seen.now and found.opened_at is not None and found.opened_at > seen.as_of,
        "page": page_number(request),
        "told": _told(request, found),
        "may_export": bool(seen.within(readings.CALLERS).tops),
    }


def _selection(seen: Look, found: Roll, rows: Sequence[Any]) -> dict[str, Any]:
    """Whether names can be ticked and excused: now, on an open roll, by somebody above them."""
    may = seen.now and found.state == Roll.State.OPEN and any(row.may_excuse for row in rows)
    return {"selecting": may, "reasons": actions.reasons("excuse") if may else []}


def _crumbs(seen: Look, units: Mapping[UUID, Known]) -> list[Known]:
    """The way down to the unit that is looked at; empty where all is."""
    if seen.unit is None:
        return []
    return [units[one] for one in seen_above(seen, seen.unit.pk) if one in units]


def _held(seen: Look, found: Roll) -> dict[str, Any]:
    """What the reader may do with the roll itself: now, while it is open, for the unit that holds it. No query."""
    may = seen.now and found.state == Roll.State.OPEN and may_hold(seen.actor, found)
    chases = seen.now and found.state == Roll.State.OPEN and seen.actor.has(*actions.ABOVE)
    return {"may_chase": chases, "may_close": may, "may_name": may and bool(face_of(found.kind).joins)}


def _told(request: HttpRequest, found: Roll) -> str:
    """What the last action did, said once more on the page that it leads to."""
    if request.GET.get("closed") and found.state == Roll.State.CLOSED:
        return _("The roll is closed. It takes no new answer; who was outstanding stays so.")
    counts = EXCUSED_OF.fullmatch(request.GET.get("excused", ""))
    if counts is None:
        return ""
    done, settled = (int(count) for count in counts.groups())
    said = []
    if done:
        words = _("%(count)s excused. They now stand under “Excused”, with the reason and your name.")
        said.append(words % {"count": done})
    if settled:
        words = ngettext(
            "%(count)s had answered or been excused meanwhile and stays so.",
            "%(count)s had answered or been excused meanwhile and stay so.",
            settled,
        )
        said.append(words % {"count": settled})
    return " ".join(said)


@require_POST
def excuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Excuse the names that were ticked, with a reason from the list."""
    actor = request.actor  # type: ignore[attr-defined]
    found = roll_for(actor, pk)
    ticked = _ids(request.POST.getlist("entry"))
    if not ticked:
        raise invalid("entry", text("No name was ticked."), "roll.nobody_ticked")
    own = list(found.entries.visible_to(actor).filter(pk__in=ticked).values_list("pk", flat=True))
    # An answer that arrives while names are being ticked must not refuse all the others.
    done = actions.excuse(by=actor, entries=own, reason=request.POST.get("reason", ""), settled_stay=True)
    query = {name: request.POST[name] for name in ("unit", "q") if request.POST.get(name)}
    query["excused"] = f"{done}-{len(own) - done}"
    return HttpResponseRedirect(f"{reverse('roll:roll', args=[pk])}?{urlencode(query)}")


def _ids(words: Sequence[str]) -> list[UUID]:
    """The ids among some words; what is none is left out."""
    found = []
    for word in words:
        try:
            found.append(UUID(word))
        except ValueError:
            continue
    return found


@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The outstanding on A4 with a column to write in. POST: with the full numbers, for a call list; it is logged."""
    actor = request.actor  # type: ignore[attr-defined]
    found = roll_for(actor, pk)
    seen = look(actor, request.GET, found.incident)
    if request.method == "POST":
        seen = seen.within(readings.CALLERS)
    counted = coverage.count([found], seen.as_of)[found.pk]
    calling = request.GET.get("whom") == UNREACHED
    part = part_of(found, "outstanding")
    names = names_shown(seen, found, "outstanding", part if calling else replace(part, count=PAPER_ROWS))
    total = seen.coverage(counted)
    people, count = assignees(names), total.outstanding
    if calling:
        names, count = only_unreached(names, people, PAPER_ROWS)
    lines = [] if calling else level(seen, counted)
    units = units_of(seen, names, [line.unit for line in lines])
    rows = rows_of(seen, found, names, units, phones=True)
    numbers = {}
    if request.method == "POST":
        called = {row.lead.pk for row in rows if row.lead}
        called |= {people[name.entry] for name in names if name.entry in people}
        numbers = readings.print_call_list(by=actor, roll=found, units=seen.tops, people=called)
    context = _head(request, seen, found, total) | {
        "rows": [_called(row, people, numbers) for row in rows],
        "calling": calling,
        "listed": count,
        "lines": _level(seen, counted, lines, units),
        "numbers": bool(numbers),
        "may_call": any(covers(scope, row.path) for row in rows for scope in actor.scopes(*readings.CALLERS)),
        "as_of": seen.as_of,
        "printed_at": clock.now(),
        "most": PAPER_ROWS,
        "checksum": _checksum(found, seen, names),
        "back_url": reverse("roll:roll", args=[pk]) + kept(request, "unit", "as_of"),
    }
    return render(request, "roll/print.html", context)


def _called(row: Row, people: Mapping[UUID, UUID], numbers: Mapping[UUID, str]) -> dict[str, Any]:
    """A row of the paper: whom to call, and the number; own: of whoever was called up themselves."""
    person = people.get(row.name.entry)
    return {
        "row": row,
        "phone": numbers.get(row.lead.pk, row.phone) if row.lead else "",
        "own": numbers.get(person, "") if person else "",
    }


def _checksum(found: Roll, seen: Look, names: Sequence[Name]) -> str:
    """Eight digits that two sheets share when they list the same entries of the same roll at the same moment."""
    content = "".join([found.pk.hex, seen.as_of.isoformat(), *(name.entry.hex for name in names)])
    digits = hashlib.sha256(content.encode()).hexdigest()[:8]
    return f"{digits[:4]}·{digits[4:]}"


@require_GET
def export(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The outstanding as a CSV file, streamed: the list of names, by the roll's own address."""
    actor = request.actor  # type: ignore[attr-defined]
    roll = roll_for(actor, pk)
    listing = lists.names(actor, {**request.GET.dict(), "roll": str(roll.pk), "show": "outstanding", "q": ""})
    return as_csv(listing, f"outstanding-{roll.key}")
