"""`muster report`, `muster missing`, `muster rolls`: the shapes that programs rely on."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.core.management import call_command

from muster.foundation.registry import FIGURES
from muster.organisation.models import District
from tests.briefing.conftest import ACKNOWLEDGED, REPORTED_IN, Day
from tests.cast import at

COMMANDER = ("--as", "commander")
COVERAGE = ["key", "label", "value", "expected", "answered", "excused", "outstanding", "late", "unmet"]
ALWAYS = ["unit", "definition", "as_of", "rows"]


@pytest.fixture
def run(day: Day, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a verb and gives what it printed."""

    def command(verb: str, *words: str) -> str:
        capsys.readouterr()
        call_command(verb, *words)
        return capsys.readouterr().out

    return command


def asked(run: Any, verb: str, *words: str) -> Any:
    return json.loads(run(verb, *words, *COMMANDER, "--format", "json"))


def test_report_has_exactly_the_fields_that_are_promised(run: Any) -> None:
    report = asked(run, "report", "--as-of", "2020-01-29T10:30")
    assert list(report) == ["incident", "unit", "as_of", "figures"]
    assert (report["incident"], report["unit"], report["as_of"]) == ("flood", "D", "2020-01-29T10:30:00+08:00")
    figures = {figure["key"]: figure for figure in report["figures"]}
    for key, figure in figures.items():
        declared = FIGURES.get(key)
        coverage = declared is None or declared.is_coverage  # those that data calls for are coverages
        assert set(figure) == {*(COVERAGE if coverage else COVERAGE[:3]), *ALWAYS}
        numbers = [v for k, v in figure.items() if k in COVERAGE[2:]]
        assert all(type(number) is int for number in numbers)
        assert figure["as_of"] == report["as_of"]
        assert figure["rows"].startswith(f"/office/figures/{key}/?")
    members = figures[REPORTED_IN]
    assert [members[k] for k in COVERAGE[2:]] == [5, 18, 5, 1, 12, 0, 0]
    assert members["unit"] == "people"
    assert [figures[ACKNOWLEDGED][k] for k in COVERAGE[2:]] == [5, 8, 5, 0, 3, 0, 1]


def test_before_its_roll_was_open_a_coverage_is_0_throughout(run: Any) -> None:
    report = asked(run, "report", "--as-of", "2020-01-28T12:00")
    for figure in report["figures"]:
        assert [figure[k] for k in COVERAGE[2:] if k in figure] == [0] * len([k for k in COVERAGE[2:] if k in figure])


def test_report_of_a_unit_is_about_its_subtree(run: Any) -> None:
    report = asked(run, "report", "--unit", "A", "--as-of", "2020-01-29T10:30")
    assert report["unit"] == "A"
    figures = {figure["key"]: figure for figure in report["figures"]}
    assert figures[REPORTED_IN]["expected"] == 9


def test_the_address_of_the_rows_opens(run: Any, commander: Any) -> None:
    for figure in asked(run, "report", "--as-of", "2020-01-29T10:30")["figures"]:
        assert commander.get(figure["rows"]).status_code == 200


def test_report_as_text_and_as_a_page_of_its_own(run: Any) -> None:
    text = run("report", *COMMANDER, "--as-of", "2020-01-29T10:30")
    assert "Members who reported in: of 18 people, 5 answered, 1 excused, 12 outstanding." in text
    page = run("report", *COMMANDER, "--as-of", "2020-01-29T10:30", "--format", "html")
    assert page.startswith("<!doctype html>")
    assert "<style>" in page
    assert "@font-face" not in page
    assert "29 Jan 2020 10:30" in page
    assert 'href="/' not in page
    assert "src=" not in page
    assert "Unit A3" in page


def test_missing_lists_exactly_the_outstanding(run: Any) -> None:
    found = asked(run, "missing", REPORTED_IN, "--as-of", "2020-01-30T09:00")
    assert list(found) == ["roll", "unit", "as_of", "outstanding", "rows"]
    assert (found["roll"], found["outstanding"], len(found["rows"])) == ("call.report_in", 12, 12)
    assert set(found["rows"][0]) == {"subject", "name", "unit", "lead", "hours_overdue"}
    row = next(row for row in found["rows"] if row["subject"] == "m_a3_1")
    assert row == {
        "subject": "m_a3_1",
        "name": "Name of m_a3_1",
        "unit": "A3",
        "lead": "Name of lead_a3",
        "hours_overdue": 19.0,
    }
    early = asked(run, "missing", REPORTED_IN, "--as-of", "2020-01-29T10:30", "--unit", "A1")
    assert [(r["subject"], r["hours_overdue"]) for r in early["rows"]] == [("m_a1_2", None)]


def test_missing_as_csv(run: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(run("missing", "call-v1.acknowledge", *COMMANDER, "--format", "csv"))))
    assert sorted(row["subject"] for row in rows) == ["A3", "B2", "B3"]
    assert rows[0]["hours_overdue"]


def test_the_states_of_rolls_are_told_in_the_districts_language(day: Day, run: Any) -> None:
    day.cast.order(version=2, text="Man the entrances by night too.")
    District.objects.update(language="zh-hans")
    with at(hours=25, minutes=1):
        lines = [line.split("  ") for line in run("rolls", *COMMANDER).splitlines()]
    states = {line[0]: line[1] for line in lines}
    assert states["call-v1.acknowledge"] == "已由新版替代"
    assert states["call-v2.acknowledge"] == "进行中"


def test_rolls_are_listed_with_their_figures(run: Any) -> None:
    rows = asked(run, "rolls")
    assert all(set(row) == {"key", "title", "figure", "state", "expected"} for row in rows)
    assert {(row["key"], row["figure"], row["state"], row["expected"]) for row in rows} >= {
        ("call-v1.acknowledge", ACKNOWLEDGED, "open", 8),
        ("call.report_in", REPORTED_IN, "open", 18),
    }
    assert asked(run, "rolls", "--as-of", "2020-01-28T12:00") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "--as-of", "noon"], "no date and time"),
        (["report", "--as-of", "2020-03-01T00:00"], "lies ahead"),
        (["report", "--as-of", "2019-01-01T00:00"], "before the incident"),
        (["report", "--unit", "nowhere"], "nowhere"),
        (["report", "--incident", "none"], "no such incident"),
        (["missing", "no-such-roll"], "no such roll"),
    ],
)
def test_what_makes_no_sense_is_refused_with_words(
    day: Day, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command(words[0], *words[1:], *COMMANDER)
    assert ended.value.code == 1
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


def test_a_lead_learns_of_their_own_units_only(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(run("missing", REPORTED_IN, "--as", "lead_a", "--format", "json"))
    assert {row["unit"] for row in found["rows"]} == {"A1", "A2", "A3"}
    with pytest.raises(SystemExit):
        call_command("missing", REPORTED_IN, "--as", "lead_a", "--unit", "B")
