"""The lists of organisation to take along: people, units, who holds which role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from muster.foundation import clock, sql
from muster.foundation.errors import text
from muster.foundation.rights import Actor
from muster.organisation import holding, registers
from muster.organisation.asking import unit_for, zone
from muster.organisation.models import codes_of
from muster.organisation.roles import ROLES
from muster.organisation.scope import may_see
from muster.organisation.views_people import people_asked, units_asked
from muster.sheets.out import DATE, MOMENT, NUMBER, Field, Listing

SLICE = 500
GRANTS_MOST = 100_000


def now_words() -> str:
    """The present moment as lists print it."""
    return clock.now().astimezone(zone()).strftime("%Y-%m-%d %H:%M")


def scope_words(unit: Any) -> str:
    """Over whose units a list is."""
    return unit.name if unit is not None else _("all units that I see")


def people(actor: Actor, asked: Mapping[str, str]) -> Listing:
    """The people of my units as the page is filtered, phones masked as on it."""
    question, local = people_asked(actor, asked), zone()
    found = registers.members(actor, question)

    def rows() -> Iterator[list[Any]]:
        # In pieces by place, so that no list of all is ever held.
        for start in range(0, count, SLICE):
            part = list(found[start : start + SLICE])
            for one in registers.page_of(actor, part, clock.now()):
                lead = _("yes") if one.leads else ""
                since = one.since.astimezone(local).date()
                yield [one.person.shown_name, one.unit.name, one.person.number, one.title, lead, one.phone, since]

    count = found.count()
    fields = [
        Field(text("Full name")),
        Field(text("Unit"), width=28),
        Field(text("Number")),
        Field(text("Position"), width=18),
        Field(text("Leads the unit"), width=10),
        Field(text("Telephone, middle hidden"), width=16),
        Field(text("Since when"), DATE, 12),
    ]
    scope = scope_words(question.unit)
    ids = found.values_list("person_id", flat=True).iterator
    return Listing("people", text("People"), fields, rows, count, local, scope, now_words(), ids=ids)


def units(actor: Actor, asked: Mapping[str, str]) -> Listing:
    """The units that I see, as the page is filtered."""
    question, local = units_asked(actor, asked), zone()
    found = list(registers.units(actor, question).select_related("parent"))

    def rows() -> Iterator[list[Any]]:
        for part in sql.slices(found, SLICE):
            codes = codes_of({one.parent_id for one in part if one.parent_id})
            for line in registers.lines_of(part):
                # Above the topmost of my units stands one that is not mine to see.
                above = line.unit.parent
                above = above if above and may_see(actor, above.path) else None
                opened = line.unit.opened_at.astimezone(local).date()
                parent = codes.get(above.pk, "") if above else ""
                names = [
                    line.code,
                    line.unit.name,
                    line.unit.short_name,
                    line.kind,
                    parent,
                    above.name if above else "",
                ]
                yield [*names, line.lead, line.members, opened]

    fields = [
        Field(text("Code"), width=16),
        Field(text("Name"), width=30),
        Field(text("Short name"), width=18),
        Field(text("Kind")),
        Field(text("Code of the unit above"), width=16),
        Field(text("Unit above"), width=24),
        Field(text("Lead")),
        Field(text("Members"), NUMBER, 10),
        Field(text("Opened"), DATE, 12),
    ]
    about = (scope_words(question.unit), now_words())
    return Listing(
        "units", text("Units"), fields, rows, len(found), local, *about, ids=lambda: [one.pk for one in found]
    )


def grants(actor: Actor, asked: Mapping[str, str]) -> Listing:
    """Who holds which role in my units, as the page is filtered."""
    code, role, local = asked.get("unit", ""), asked.get("role", ""), zone()
    unit = unit_for(actor, code) if code else None
    role = role if role in ROLES else ""
    question = holding.Asked(unit, asked.get("q", "")[:80], role, ended=asked.get("ended") == "1")
    found = holding.held(actor, question, clock.now(), 0, GRANTS_MOST)

    def rows() -> Iterator[list[Any]]:
        for one in found:
            given = one.granted_by.person.shown_name if one.granted_by else ""
            lent = one.stands_in_for.shown_name if one.stands_in_for else ""
            who = [one.account.person.shown_name, one.account.name, str(ROLES[one.role].label)]
            yield [*who, one.unit.name, one.since, one.until, given, lent]

    fields = [
        Field(text("Full name")),
        Field(text("Account")),
        Field(text("Role"), width=16),
        Field(text("Unit"), width=28),
        Field(text("From"), MOMENT, 17),
        Field(text("Until"), MOMENT, 17),
        Field(text("Given by")),
        Field(text("Stands in for")),
    ]
    about = (scope_words(unit), now_words())
    return Listing(
        "rights", text("Rights"), fields, rows, len(found), local, *about, ids=lambda: [one.pk for one in found]
    )
