"""The office's pages of the registers: people, one of them, units, one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from muster.foundation import clock
from muster.foundation.errors import not_found
from muster.foundation.rights import Actor
from muster.organisation import incoming, readings, registers
from muster.organisation.asking import commands_district, page_number, unit_for
from muster.organisation.held import KINDS_OF_ABSENCE
from muster.organisation.models import Appointment, Person
from muster.organisation.registers import Asked, AskedUnits
from muster.organisation.roles import DECIDE, ROLES
from muster.organisation.scope import holds_at, may_see
from muster.organisation.tree import towards_root

PAGE_ROWS = 100
UNITS_MOST = 500


def people_asked(actor: Actor, given: Any) -> Asked:
    """Which people an address asks for.

    Raises: Refusal (404) for a unit that is not theirs.
    """
    code = given.get("unit", "")
    sort = given.get("sort", "")
    return Asked(
        given.get("q", "")[:80],
        unit_for(actor, code) if code else None,
        given.get("leads") == "1",
        given.get("gone") == "1",
        sort if sort in registers.ORDERS else "unit",
    )


def units_asked(actor: Actor, given: Any) -> AskedUnits:
    """Which units an address asks for."""
    code = given.get("unit", "")
    unit = unit_for(actor, code) if code else None
    return AskedUnits(given.get("q", "")[:80], given.get("kind", "")[:32], unit, given.get("closed") == "1")


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """The people of my units, searched, filtered, in order; a hundred a page."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = people_asked(actor, request.GET)
    pages = Paginator(registers.members(actor, asked), PAGE_ROWS)
    page = pages.get_page(page_number(request))
    context = {
        "asked": asked,
        "rows": registers.page_of(actor, list(page.object_list), clock.now()),
        "page": page,
        "found": pages.count,
        "may_import": incoming.may(actor),
        "erased": Person.Status.ERASED,
    }
    return render(request, "organisation/people.html", context)


def places_that_count(places: Sequence[Appointment]) -> Sequence[Appointment]:
    """The places that somebody has; of somebody who has left the last one, where they may come back to."""
    lasting = [one for one in places if one.until is None]
    return lasting or sorted(places, key=lambda one: one.until or one.since)[-1:]


@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Somebody of my units. POST opens their number, and the log says so."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = registers.person_of(actor, pk, clock.now())
    if found is None:
        raise not_found("person.unknown")
    number = ""
    if request.method == "POST":
        if found.at is None:
            raise not_found("phone.none")
        number = readings.open_phone(by=actor, unit=found.at, person=pk)
    now = clock.now()
    context = {
        "found": found,
        "number": number,
        "may_change": any(holds_at(actor, DECIDE, one.unit.path) for one in places_that_count(found.places)),
        "may_erase": commands_district(actor) and found.person.status != Person.Status.ERASED,
        "absences": [(one, KINDS_OF_ABSENCE[one.kind]) for one in found.absences],
        "grants": [(one, ROLES[one.role].label, one.until is not None and one.until <= now) for one in found.grants],
    }
    return render(request, "organisation/person.html", context)


@require_GET
def units(request: HttpRequest) -> HttpResponse:
    """The units that I see, as a tree."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = units_asked(actor, request.GET)
    pages = Paginator(registers.units(actor, asked), UNITS_MOST)
    page = pages.get_page(page_number(request))
    context = {
        "asked": asked,
        "rows": registers.lines_of(list(page.object_list)),
        "page": page,
        "found": pages.count,
        "kinds": registers.names_of_kinds(),
        "may_import": incoming.may(actor),
    }
    return render(request, "organisation/units.html", context)


@require_GET
def unit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One unit: where it stands, who leads it, what stands below, how many people."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = registers.unit_of(actor, pk)
    if found is None:
        raise not_found("unit.unknown")
    line, *children = registers.lines_of([found, *registers.children(actor, found)])
    goes_on_in = found.successor
    context = {
        "found": found,
        # Whoever is above decides about a unit; about the root its own commander.
        "may_change": found.closed_at is None and holds_at(actor, DECIDE, (found.parent or found).path),
        "line": line,
        "children": children,
        "people": registers.members(actor, Asked(unit=found)).count(),
        "above": [one for one in towards_root(found)[:-1] if may_see(actor, one.path)],
        "successor": goes_on_in if goes_on_in and may_see(actor, goes_on_in.path) else None,
    }
    return render(request, "organisation/unit.html", context)
