"""The lists of briefing to take along: the rows behind a figure, the issued reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from muster.briefing import actions
from muster.briefing.models import Report
from muster.briefing.opened import Opened, look_of, names_of, open_figure, state_shown
from muster.briefing.visits import Visit, visit_for
from muster.foundation import clock
from muster.foundation.errors import text
from muster.foundation.rights import Actor
from muster.foundation.sql import slices
from muster.organisation.asking import incident_of, zone
from muster.roll.coverage import Coverage
from muster.roll.looks import units_known
from muster.roll.models import OUTSTANDING, STATE_WORDS
from muster.roll.rows import rows_of, units_of
from muster.sheets.out import MOMENT, NUMBER, Field, Listing, digest_of, words_of

SLICE = 500


def figure(actor: Actor, asked: Mapping[str, str]) -> Listing:
    """The rows behind a figure: what was counted, or the names of one state."""
    visit, local = visit_for(actor, asked), zone()
    opened = open_figure(asked.get("figure", ""), visit)
    found = opened.answer.figure
    listing = _counts(opened, visit) if opened.counted is not None else _names(opened, visit, asked.get("show", ""))
    fields, rows, ids = listing
    about = (visit.asked.unit.name, words_of(visit.asked.as_of, local))
    made = Listing("figure", found.label, fields, rows, len(ids), local, *about, ids=lambda: ids)

    def log() -> None:
        unit, as_of, digest = visit.asked.unit, visit.asked.as_of, digest_of(made)
        actions.export_rows(by=actor, unit=unit, figure=found.key, as_of=as_of, count=made.count, digest=digest)

    return replace(made, log=log)


def _counts(opened: Opened, visit: Visit) -> tuple[list[Field], Any, list[UUID]]:
    counted = opened.counted or ()

    def rows() -> Iterator[list[Any]]:
        for part in slices(counted, SLICE):
            units = units_known({row.unit for row in part}, as_of=visit.asked.as_of)
            for row in part:
                unit = units.get(row.unit)
                place = [unit.code if unit else "", unit.name if unit else ""]
                yield [row.name, *place, row.at, row.state, row.value]

    fields = [
        Field(text("What"), width=30),
        Field(text("Code of the unit"), width=16),
        Field(text("Unit"), width=24),
        Field(text("When"), MOMENT, 17),
        Field(text("State"), width=12),
        Field(text("Value"), NUMBER, 10),
    ]
    return fields, rows, [row.id for row in counted]


def _names(opened: Opened, visit: Visit, show: str) -> tuple[list[Field], Any, list[UUID]]:
    state = state_shown(show, opened.total or Coverage())
    look = look_of(visit)
    found = names_of(look, opened.rolls[-1], state) if opened.rolls else []

    def rows() -> Iterator[list[Any]]:
        for part in slices(found, SLICE):
            units = units_of(look, part)
            for row in rows_of(look, opened.rolls[-1], part, units, phones=False):
                unit = units.get(row.name.unit)
                told: list[Any] = [row.said or row.reason, row.by, row.name.recorded_at]
                told = ["", "", None] if row.name.state == OUTSTANDING else told
                place = [unit.code if unit else "", unit.name if unit else ""]
                yield [row.title, *place, str(STATE_WORDS[row.name.state]), *told]

    fields = [
        Field(text("Name"), width=20),
        Field(text("Code of the unit"), width=16),
        Field(text("Unit"), width=24),
        Field(text("State"), width=10),
        Field(text("Answer or reason"), width=20),
        Field(text("Recorded by")),
        Field(text("When"), MOMENT, 17),
    ]
    return fields, rows, [name.entry for name in found]


def reports(actor: Actor, asked: Mapping[str, str]) -> Listing:
    """The issued reports about the reader's units, the newest first."""
    incident, local = incident_of(asked.get("incident")), zone()
    seen = Report.objects.visible_to(actor).filter(incident=incident).select_related("unit", "issued_by")
    found = list(seen.order_by("-issued_at", "-no").defer("content"))

    def rows() -> Iterator[list[Any]]:
        for one in found:
            by = one.issued_by.shown_name if one.issued_by else ""
            yield [one.no, one.unit.name, one.as_of, one.issued_at, by]

    fields = [
        Field(text("No."), NUMBER, 8),
        Field(text("About"), width=26),
        Field(text("As of"), MOMENT, 17),
        Field(text("Issued"), MOMENT, 17),
        Field(text("Issued by")),
    ]
    about = (incident.name, words_of(clock.now(), local))
    return Listing(
        "reports",
        _("Situation reports"),
        fields,
        rows,
        len(found),
        local,
        *about,
        ids=lambda: [one.pk for one in found],
    )
