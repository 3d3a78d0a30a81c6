"""A dry run: five counts that add up to the rows read, whatever the file holds; nothing but the import is written."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from muster.organisation.models import Person
from muster.sheets import actions, intake, reading, results, workbooks
from muster.sheets.importer import VERDICTS
from tests.access.matrix import undone as forgotten
from tests.cast import Cast, raises_refusal
from tests.sheets.books import HEADS, applied, counts, csv_of, id_number, phone, tried, undone, xlsx_of

NAMES = st.sampled_from(["赵一", "钱二", "孙 三", "Ａnna", "", "合计", "李\u202e四"])
UNITS = st.sampled_from(["A1", "Unit A2", "Ａ３", "B1", "Z", ""])
ROWS = st.lists(
    st.tuples(
        NAMES,
        UNITS,
        st.sampled_from(["", "W1", "W2", "bad number!"]),
        st.sampled_from(["", "x"]),
        st.sampled_from(["", "是", "否", "?"]),
        st.sampled_from(["", id_number(1), id_number(2), id_number(3)[:-1], "110101900101123"]),
        st.sampled_from(["", phone(1), phone(2), "１３９ ００００ ０００３"]),
        st.just(""),
    ),
    min_size=1,
    max_size=12,
)


def read_rows(rows: list[tuple[str, ...]]) -> int:
    """How many of them are rows: not blank, no total."""
    return sum(1 for row in rows if any(row) and "合计" not in row[:2] and not (not row[0] and row[1] == "合计"))


@settings(max_examples=25)
@given(rows=ROWS)
def test_the_counts_add_up_and_nothing_is_written(cast: Cast, rows: list[tuple[str, ...]]) -> None:
    with forgotten():
        people = Person.objects.count()
        if not any(any(row) for row in rows) or read_rows(rows) == 0:
            return
        found = tried(cast.commander, csv_of([HEADS, *rows]))
        assert sum(counts(found)) == found.rows_read == found.rows.count()
        assert found.rows_read == read_rows(rows)
        told = results.as_json(found)
        assert set(told) - {"questions"} == {*VERDICTS, "errors"}
        assert {one["row"] for one in told["errors"]} == set(
            found.rows.filter(verdict="refused").values_list("row", flat=True)
        )
        assert Person.objects.count() == people


@settings(max_examples=15)
@given(rows=ROWS)
def test_twice_changes_nothing_and_undoing_gives_back_what_was(cast: Cast, rows: list[tuple[str, ...]]) -> None:
    from tests.organisation.test_import_people import state

    with forgotten():
        if read_rows(rows) == 0:
            return
        content = xlsx_of({"a": [HEADS, *rows]})
        applied(cast.commander, csv_of([HEADS, ("赵一", "A1", "W1", "old", "", id_number(1), phone(1), "")]))
        before = state()
        first = applied(cast.commander, content)
        after = state()
        again = applied(cast.commander, content)
        assert (again.new, again.changed) == (0, 0)
        assert state() == after
        first.refresh_from_db()
        if first.state == "applied":
            undone(cast.commander, first)
        assert state() == before


def test_the_template_is_read_as_it_was_written(cast: Cast) -> None:
    for kind in ("people", "units", "answers"):
        offer = actions.importer_of(kind)
        sheet = reading.read(workbooks.template(offer)).sheets[0]
        from muster.sheets import columns, shape

        found = shape.find(sheet.rows, offer.columns)
        assert found is not None
        guessed = columns.guess(offer.columns, found.heads, [])
        assert guessed == {column.key: place for place, column in enumerate(offer.columns)}


def test_the_refused_rows_come_back_with_the_reason_and_can_be_mended(cast: Cast) -> None:
    rows = [("赵一", "A1", "", "网格员"), ("钱二", "Z"), ("孙三", "A1", "", "", "?")]
    given_rows = [("花名册",), ("姓名", "单位", "备注栏", "职务", "负责人"), *rows]
    found = tried(cast.commander, xlsx_of({"一": given_rows}))
    sheet = reading.read(workbooks.refused(found)).sheets[0]
    head, first, second = sheet.rows
    assert head[:5] == ["姓名", "单位", "备注栏", "职务", "负责人"]
    assert first[:2] == ["钱二", "Z"]
    assert "B4" in first[5]
    assert "E5" in second[5]
    mended = [[cell.replace("Z", "A2").replace("?", "否") for cell in row] for row in sheet.rows]
    assert counts(tried(cast.commander, xlsx_of({"一": mended}))) == (2, 0, 0, 0, 0)


def test_it_rejects_an_import_that_is_being_written(cast: Cast) -> None:
    found = tried(cast.commander, csv_of([HEADS, ("赵一", "A1", "", "", "", "", "", "")]))
    actions.apply(by=cast.commander, imported=found)
    with raises_refusal("import.state"):
        intake.judge(cast.commander, found)
