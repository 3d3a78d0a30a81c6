"""Lists out: what a workbook and a CSV hold, that no cell is a formula, and the line in the log."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from python_calamine import CalamineWorkbook

from muster.foundation.models import AuditLine
from muster.foundation.registry import LISTS
from muster.sheets import actions, out, reading
from muster.sheets.out import DATE, MOMENT, NUMBER, Field, Listing
from tests.access.matrix import client_of
from tests.cast import Cast, at, raises_refusal

ZONE = ZoneInfo("Asia/Shanghai")
ODD = ["=1+1", "+86", "-x", "@SUM(A1)", "\tx", "http://example.org", "007"]


def listing(rows: list[list[object]]) -> Listing:
    fields = [Field("Name"), Field("Count", NUMBER), Field("At", MOMENT), Field("Day", DATE)]
    return Listing("x", "List", fields, lambda: rows, len(rows), ZONE, "here", "2020-01-29 09:00", "me")


def test_a_workbook_holds_text_numbers_and_times_and_no_formula() -> None:
    at = datetime(2020, 1, 29, 1, 30, tzinfo=UTC)
    rows: list[list[object]] = [[words, 3, at, date(2020, 1, 2)] for words in ODD]
    written = io.BytesIO()
    out.xlsx(listing(rows), written)
    found = reading.read(written.getvalue()).sheets[0].rows
    assert found[0][0] == "List"
    assert "here" in found[1][0]
    assert found[2] == ["Name", "Count", "At", "Day"]
    assert [row[0] for row in found[3:]] == ODD
    assert found[3][1:] == ["3", "2020-01-29 09:30", "2020-01-02"]
    import zipfile

    sheet = zipfile.ZipFile(io.BytesIO(written.getvalue())).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"autoFilter" in sheet
    assert b"frozen" in sheet


def test_a_csv_has_its_mark_and_no_cell_that_is_carried_out() -> None:
    rows: list[list[object]] = [[words, 3, None, None] for words in ODD]
    content = "".join(out.csv_lines(listing(rows)))
    assert content.startswith("\ufeff")
    assert not any(line.startswith(out.FORMULA) for line in content.lstrip("\ufeff").splitlines()[1:])


@pytest.mark.parametrize("which", list(LISTS))
@pytest.mark.parametrize("form", ["xlsx", "csv", "print"])
def test_every_list_comes_in_every_form_and_leaves_a_line(cast: Cast, which: str, form: str) -> None:
    order = cast.order(call_up="unit:A1")
    query = {"names": {"roll": str(cast.roll(order).pk), "show": "expected"}}
    query["figure"] = {"figure": "mobilisation.members_reported_in", "show": "expected"}
    from tests.cast import at

    with at(5):
        lines = AuditLine.objects.count()
        answer = client_of("commander").get(f"/office/lists/{which}/{form}/", query.get(which, {}))
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == 200, content
    assert AuditLine.objects.count() == lines + 1
    assert len(content) > 40


def test_the_log_does_not_show_who_was_searched_for(cast: Cast) -> None:
    with at(5):
        client_of("commander").get("/office/lists/people/csv/", {"q": "m_a1_1"})
    line = AuditLine.objects.filter(verb="sheets.take_out").latest("id")
    digest = hashlib.sha256(f"{cast.people['m_a1_1'].pk}\n".encode()).hexdigest()
    assert json.loads(line.ids) == ["list:people.csv", "count:1", f"sha256:{digest}"]


@pytest.mark.parametrize("which", ["people", "units", "rights", "rolls", "orders", "reports", "audit"])
def test_which_rows_were_taken_along_can_be_proved(cast: Cast, which: str) -> None:
    cast.order(call_up="unit:A1")
    with at(5):
        found = LISTS[which](cast.commander, {})
        assert found.ids is not None
        assert len(list(found.ids())) == found.count == len(list(found.rows()))


def test_it_rejects_a_list_or_a_form_that_is_not_there(cast: Cast) -> None:
    for path in ("nothing/csv", "people/docx"):
        assert client_of("commander").get(f"/office/lists/{path}/").status_code == 404
    with raises_refusal("rights.refused"):
        actions.take_out(by=cast.member, what="people.csv", count=1, asked="", digest="")


def test_names_of_sheets_are_made_apart_and_long_cells_are_cut() -> None:
    written = io.BytesIO()
    book = out.Book(written)
    for name in ("A ", "a", "O'Brien", "O Brien", "x" * 31, "x" * 40, "", ""):
        book.words(book.sheet(name), 0, 0, "y" * 40_000)
    book.close()
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(written.getvalue()))
    assert sheets.sheet_names[:4] == ["A", "a 2", "O Brien", "O Brien 2"]
    assert {len(sheets.get_sheet_by_index(n).to_python()[0][0]) for n in range(8)} == {out.CELL_LENGTH_MAX}
