"""`muster import`: counts that add up as JSON, words for people, exit codes, and whose rights it goes by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from muster.organisation.models import Person
from muster.sheets.models import Import
from tests.cast import Cast
from tests.sheets.books import HEADS, csv_of, phone, xlsx_of

ROWS = [("赵一", "A1", "", "x", "", "", phone(1), ""), ("钱二", "Z", *[""] * 6), ("王五", "A2", *[""] * 6)]
TWICE = [("王五", "A3", "", title, *[""] * 4) for title in "ab"]


@pytest.fixture
def book(tmp_path: Path) -> str:
    path = tmp_path / "people.xlsx"
    path.write_bytes(xlsx_of({"一": [("名册",), HEADS, *ROWS, *TWICE]}))
    return str(path)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    call_command("import", "people", *arguments, "--format", "json")
    return json.loads(capsys.readouterr().out)


def test_a_dry_run_tells_and_writes_nobody(cast: Cast, book: str, capsys: pytest.CaptureFixture[str]) -> None:
    people = Person.objects.count()
    found = told(capsys, book, "--dry-run", "--as", "commander")
    assert list(found)[:6] == ["new", "changed", "unchanged", "asked", "refused", "errors"]
    assert [found[key] for key in ("new", "changed", "unchanged", "asked", "refused")] == [2, 0, 0, 2, 1]
    (error,) = found["errors"]
    assert set(error) == {"sheet", "row", "column", "code", "message"}
    assert (error["sheet"], error["row"], error["column"], error["code"]) == ("一", 4, "B", "unit.unknown")
    assert [one["row"] for one in found["questions"]] == [6, 7]
    assert Person.objects.count() == people


def test_it_writes_the_good_rows_and_again_changes_nothing(
    cast: Cast, book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("sheet,row,answer\n一,6,new\n一,7,out\n", encoding="utf-8")
    arguments = (book, "--as", "commander", "--answers", str(answers), "--only-good")
    assert told(capsys, *arguments)["new"] == 3
    assert Person.objects.filter(name__in=("赵一", "王五")).count() == 3
    assert [told(capsys, *arguments)[key] for key in ("new", "changed")] == [0, 0]


def test_it_speaks_to_people(cast: Cast, book: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import", "people", book, "--as", "commander")
    said = capsys.readouterr().out
    assert "5 rows: 2 new, 0 changed, 0 unchanged, 2 asked about, 1 refused." in said
    assert "一 B4: " in said
    assert "2 rows were written." in said


def test_columns_by_letters_and_the_rights_of_whoever_is_named(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(csv_of([("甲", "乙"), ("A1", "赵一"), ("B1", "钱二")]))
    found = told(capsys, str(path), "--dry-run", "--columns", "name=B,unit=A", "--as", "lead_a")
    assert (found["new"], found["refused"]) == (1, 1)
    assert Import.objects.get().by_name == "lead_a"


@pytest.mark.parametrize(
    "arguments", [["--as", "nobody"], ["--columns", "x=1"], ["--sheet", "none"], ["--as", "m_a1_1"]]
)
def test_it_rejects_with_exit_code_1(cast: Cast, book: str, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        call_command("import", "people", book, *arguments)
    assert caught.value.code == 1


def test_it_rejects_a_file_that_is_not_there(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        call_command("import", "people", str(tmp_path / "none.xlsx"), "--as", "commander")
    assert caught.value.code == 1
