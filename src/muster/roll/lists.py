"""The lists of rolls to take along: the rolls of an incident, the names of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from muster.foundation.errors import not_found, text
from muster.foundation.rights import Actor
from muster.foundation.sql import slices
from muster.organisation.asking import incident_of, zone
from muster.organisation.lists import scope_words
from muster.organisation.scope import may_see
from muster.roll import coverage, readings
from muster.roll.kinds import kind_of
from muster.roll.looks import STATES_SHOWN, look, names_shown, part_of, roll_for
from muster.roll.models import OUTSTANDING, STATE_WORDS, Roll
from muster.roll.rows import late_since, rows_of, subject_codes, units_of
from muster.sheets.out import MOMENT, NUMBER, Field, Listing, words_of

SLICE = 500
COUNTS = (
    Field(text("Expected"), NUMBER, 10),
    Field(text("Answered"), NUMBER, 10),
    Field(text("Excused"), NUMBER, 10),
    Field(text("Outstanding"), NUMBER, 10),
)


def rolls(actor: Actor, asked: Mapping[str, str]) -> Listing:
    """The rolls of an incident of which the reader sees something, with their counts."""
    incident, local = incident_of(asked.get("incident")), zone()
    seen = look(actor, asked, incident)
    found = coverage.rolls_visible_to(actor).select_related("held_by").filter(incident=incident)
    opened = list(found.filter(opened_at__lte=seen.as_of).order_by("-opened_at", "pk"))
    counted = coverage.count(opened, seen.as_of)
    totals = {roll.pk: seen.coverage(counted[roll.pk]) for roll in opened}
    shown = [one for one in opened if totals[one.pk].expected or may_see(actor, one.held_by.path)]
    states = {Roll.State.OPEN: _("open"), Roll.State.CLOSED: _("closed")}

    def rows() -> Iterator[list[Any]]:
        for roll in shown:
            total, state = totals[roll.pk], coverage.state_at(roll, seen.as_of)
            words = [
                roll.title,
                str(kind_of(roll.kind).label),
                roll.held_by.name,
                states.get(Roll.State(state), _("ended")),
            ]
            yield [
                *words,
                total.expected,
                total.answered,
                total.excused,
                total.outstanding,
                roll.opened_at,
                roll.due_at,
            ]

    fields = [
        Field(text("Roll"), width=30),
        Field(text("Kind"), width=20),
        Field(text("Held by"), width=22),
        Field(text("State"), width=10),
        *COUNTS,
        Field(text("Opened"), MOMENT, 17),
        Field(text("Due"), MOMENT, 17),
    ]
    about = (f"{incident.name} · {scope_words(seen.unit)}", words_of(seen.as_of, local))
    return Listing(
        "rolls", text("Rolls"), fields, rows, len(shown), local, *about, ids=lambda: [one.pk for one in shown]
    )


def names(actor: Actor, asked: Mapping[str, str]) -> Listing:
    """The names of one part of a roll, as its page shows them. Its reading is a line of the log of its own."""
    try:
        roll = roll_for(actor, UUID(asked.get("roll", "")))
    except ValueError as error:
        raise not_found("roll.unknown") from error
    local = zone()
    seen = look(actor, asked, roll.incident).within(readings.CALLERS)
    show = asked.get("show", "")
    show = show if show in STATES_SHOWN else "outstanding"
    found = names_shown(seen, roll, show, part_of(roll, show, asked.get("q", "")[:80]))
    late = late_since(roll, seen.as_of)
    hours = None if late is None else round(late.total_seconds() / 3600, 2)

    def rows() -> Iterator[list[Any]]:
        for part in slices(found, SLICE):
            units, codes = units_of(seen, part), subject_codes(part)
            for row in rows_of(seen, roll, part, units, phones=False):
                unit, state = units.get(row.name.unit), row.name.state
                above = units.get(unit.above) if unit and unit.above else None
                place = [unit.code if unit else "", unit.name if unit else "", above.name if above else ""]
                told: list[Any] = [row.said or row.reason, row.by, row.name.recorded_at]
                told = ["", "", None] if state == OUTSTANDING else told
                lead = row.lead.name if row.lead else ""
                ends = [lead, roll.due_at, hours if state == OUTSTANDING else None]
                yield [codes.get(row.name.subject_id), row.title, *place, str(STATE_WORDS[state]), *told, *ends]

    fields = [
        Field(text("Code"), width=16),
        Field(text("Name"), width=20),
        Field(text("Code of the unit"), width=16),
        Field(text("Unit"), width=24),
        Field(text("Unit above"), width=20),
        Field(text("State"), width=10),
        Field(text("Answer or reason"), width=20),
        Field(text("Recorded by")),
        Field(text("When"), MOMENT, 17),
        Field(text("Lead to call")),
        Field(text("Due"), MOMENT, 17),
        Field(text("Hours overdue"), NUMBER, 10),
    ]

    def log() -> None:
        entries = [name.entry for name in found]
        readings.export_names(by=actor, roll=roll, units=seen.tops, as_of=seen.as_of, entries=entries)

    title = f"{roll.title} · {_('names')}"
    about = (scope_words(seen.unit), words_of(seen.as_of, local))
    return Listing("names", title, fields, rows, len(found), local, *about, log=log)
