"""The rows behind a figure as a file: whole, safe in a spreadsheet, and a line in the log."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

from django.test import Client

from muster.briefing.actions import export_rows
from muster.foundation import clock
from muster.foundation.models import AuditLine
from muster.foundation.registry import LISTS
from muster.organisation.models import Person
from muster.organisation.units import rename_unit
from tests.briefing.conftest import FIGURE, MEMBERS, REPORTED_IN, Day
from tests.cast import raises_refusal

Visit = Callable[[str], Client]


def rows_in(answer: Any) -> list[list[str]]:
    """The file's rows, its head first."""
    text = b"".join(answer.streaming_content).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_the_file_holds_every_name_of_the_state_that_was_shown(commander: Client) -> None:
    head, *rows = rows_in(commander.get(f"{MEMBERS}rows.csv", {"show": "expected"}))
    assert head == ["Name", "Code of the unit", "Unit", "State", "Answer or reason", "Recorded by", "When", "As of"]
    assert len(rows) == 18
    assert ["Name of m_a2_2", "A2", "Unit A2", "excused", "Because", "Name of commander", "2020-01-29 10:00"] in [
        row[:7] for row in rows
    ]
    assert {row[7] for row in rows} == {"2020-01-30 09:59"}
    assert len(rows_in(commander.get(f"{MEMBERS}rows.csv", {"unit": "A", "show": "outstanding"}))) == 6
    assert len(rows_in(commander.get(f"{FIGURE}rows.csv", {"show": "unmet"}))) == 2


def test_rows_of_a_count_too(commander: Client) -> None:
    head, row = rows_in(commander.get("/office/figures/mobilisation.orders_issued/rows.csv"))
    assert row[:4] == ["No. 1/2020 To your posts", "D", "Unit D", "2020-01-29 09:00"]
    assert head[0] == "What"


def test_a_unit_bears_the_name_of_the_moment_in_the_list_as_on_the_page(day: Day, commander: Client) -> None:
    root = day.cast.root
    rename_unit(by=day.cast.commander, parent=root, unit=root, name="Unit Q")
    asked = {"figure": "mobilisation.orders_issued", "as_of": "2020-01-29T12:00"}
    _head, row = rows_in(commander.get("/office/lists/figure/csv/", asked))
    assert row[1:3] == ["D", "Unit D"]


def test_no_cell_is_a_formula(day: Day, commander: Client) -> None:
    Person.objects.filter(number="m_a3_1").update(name="=HYPERLINK(1)")
    rows = rows_in(commander.get(f"{MEMBERS}rows.csv", {"show": "outstanding"}))
    assert "'=HYPERLINK(1)" in [row[0] for row in rows]


def test_taking_them_along_is_a_line_of_the_log(day: Day, commander: Client) -> None:
    before = AuditLine.objects.filter(verb="briefing.export_rows").count()
    rows_in(commander.get(f"{MEMBERS}rows.csv", {"unit": "A"}))
    line = AuditLine.objects.filter(verb="briefing.export_rows").latest("at")
    assert AuditLine.objects.filter(verb="briefing.export_rows").count() == before + 1
    assert (line.actor, line.unit_path) == ("commander", day.cast.units["A"].path)
    unit, figure, _as_of, count, digest = json.loads(line.ids)
    assert (unit, figure) == (str(day.cast.units["A"].pk), REPORTED_IN)
    listing = LISTS["figure"](day.cast.commander, {"figure": REPORTED_IN, "unit": "A"})
    assert listing.ids is not None
    told = "".join(f"{one}\n" for one in listing.ids())
    assert 0 < listing.count == told.count("\n")
    assert (count, digest) == (f"count:{listing.count}", f"sha256:{hashlib.sha256(told.encode()).hexdigest()}")


def test_who_leads_nothing_there_takes_nothing_along(day: Day) -> None:
    for actor in (day.cast.member, day.cast.inspector, day.cast.outsider):
        with raises_refusal("rights.refused"):
            export_rows(by=actor, unit=day.cast.town, figure=REPORTED_IN, as_of=clock.settled(), count=1, digest="")
    export_rows(
        by=day.cast.town_lead, unit=day.cast.town, figure=REPORTED_IN, as_of=clock.settled(), count=1, digest=""
    )
