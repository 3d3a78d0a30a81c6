"""Any sheet that a clerk has is read; what is no sheet, or more than one, is refused in words, and nothing is run."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from muster.foundation.errors import Refusal
from muster.sheets import cells, intake, reading, store
from muster.sheets.models import Import
from muster.vault.models import Particular
from tests.cast import Cast, raises_refusal
from tests.sheets.books import HEADS, counts, csv_of, faults, phone, tried, xlsx_of

ROW = ("赵一", "A1", "", "网格员", "否", "", phone(1), "")


def read_of(content: bytes) -> list[list[str]]:
    return reading.read(content).sheets[0].rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_any_encoding_with_any_delimiter(encoding: str, delimiter: str) -> None:
    content = csv_of([HEADS, ROW], encoding, delimiter)
    assert read_of(content) == [list(HEADS), list(ROW)]


def test_big5_is_told_from_gbk() -> None:
    rows = [("姓名", "單位名稱", "聯繫電話"), ("張國偉", "義井街道辦事處", "13900000001"), ("陳麗華", "羅城鎮", "")]
    assert read_of(csv_of(rows, "big5")) == [list(row) for row in rows]
    assert read_of(csv_of(rows, "gb18030")) == [list(row) for row in rows]


def test_a_workbook_with_titles_merged_heads_blanks_totals_and_a_second_sheet(cast: Cast) -> None:
    one = [
        ["全区人员花名册"],
        ["填报单位：某办", "", "", "2020年2月"],
        ["序号", "姓名", "所在单位", "联系方式", "", "职务"],
        ["", "", "", "手机", "办公电话", ""],
        [1, "赵 一", "Ａ１", 13900000001, "", "网格员"],
        [],
        ["", "小计", "", 1],
        [2, "钱二", "a2", "１３９　００００　０００２", "", ""],
        ["序号", "姓名", "所在单位", "联系方式", "", "职务"],
        ["合 计", 2],
        ["注：以上人员均在岗"],
        ["填表人：孙三", "", "审核：李四"],
    ]
    two = [["姓名", "单位"], ["周五", "A3"]]
    found = tried(cast.commander, xlsx_of({"一": one, "二": two, "旧": two}, hidden=["旧"], merged=["D3:E3"]))
    assert (counts(found), faults(found)) == ((3, 0, 0, 0, 0), [])
    assert [(row.sheet, row.row) for row in found.rows.order_by("position")] == [(0, 5), (0, 8), (1, 2)]


ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="a">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)


def test_an_open_document_is_read(cast: Cast) -> None:
    def row(cells: tuple[str, ...]) -> str:
        inner = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
        )
        return f'<table:table-row>{inner}<table:table-cell table:number-columns-repeated="1000"/></table:table-row>'

    empty = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    content = ODS.format(row(("姓名", "单位")) + row(("赵一", "A1")) + empty)
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    manifest = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    members = {"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content.encode()}
    assert counts(tried(cast.commander, _zip(members))) == (1, 0, 0, 0, 0)


def test_a_hidden_sheet_is_read_when_it_is_named(cast: Cast) -> None:
    content = xlsx_of(
        {"一": [["姓名", "单位"], ["周五", "A3"]], "旧": [["姓名", "单位"], ["吴六", "A2"]]}, hidden=["旧"]
    )
    found = tried(cast.commander, content, sheet="旧")
    assert found.rows.get().sheet == 1
    with raises_refusal("sheet.no_sheet"):
        tried(cast.commander, content, sheet="没有")
    with raises_refusal("sheet.hidden"):
        tried(cast.commander, _all_hidden())


def _all_hidden() -> bytes:
    """A workbook whose only sheet with rows is hidden: no program writes one without a visible sheet."""
    content = xlsx_of({"旧": [["姓名", "单位"], ["吴六", "A2"]]})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            new.writestr(
                name,
                body.replace(b'<sheet name="', b'<sheet state="hidden" name="') if "workbook.xml" in name else body,
            )
    return out.getvalue()


def test_what_it_keeps_is_encrypted_and_nothing_else(cast: Cast) -> None:
    imported = intake.take(cast.commander, "people", csv_of([HEADS, ROW]))
    assert imported.state == Import.State.READ
    bodies = Particular.objects.filter(subject_kind=store.KIND)
    assert bodies.count() == 2
    assert not any("赵一".encode() in bytes(one.body or b"") for one in bodies)
    assert list(store.cells(imported, 0)) == [(0, list(HEADS)), (1, list(ROW))]


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in members.items():
            packed.writestr(name, body)
    return out.getvalue()


def _with(member: str, body: bytes) -> bytes:
    """A good workbook with one member put in or put in place of another."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx_of({"a": [HEADS, ROW]}))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name != member:
                new.writestr(name, old.read(name))
        new.writestr(member, body)
    return out.getvalue()


def _spoilt() -> bytes:
    """A workbook whose directory is right and whose packed sheet is not."""
    whole = bytearray(_zip({"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": b"<row>1</row>" * 4000}))
    start = whole.index(b"sheet1.xml") + len(b"sheet1.xml")
    whole[start : start + 8] = b"\xff" * 8
    return bytes(whole)


def _liar() -> bytes:
    """A zip bomb whose directory says that it is small: 300 MB of zeros that call themselves 1,000 bytes."""
    name, packer = b"xl/worksheets/sheet1.xml", zlib.compressobj(9, zlib.DEFLATED, -15)
    body = b"".join(packer.compress(bytes(1_000_000)) for _ in range(300)) + packer.flush()
    types = b"[Content_Types].xml"
    out, directory = b"", b""
    for one, raw, method, size in ((types, b"<Types/>", 0, 8), (name, body, 8, 1000)):
        about = struct.pack("<HHHHIII", 0, method, 0, 0, zlib.crc32(raw), len(raw), size)
        at = struct.pack("<HHHHHII", len(one), 0, 0, 0, 0, 0, len(out))
        directory += b"PK\x01\x02" + struct.pack("<HH", 20, 20) + about + at + one
        out += b"PK\x03\x04" + struct.pack("<H", 20) + about + struct.pack("<HH", len(one), 0) + one + raw
    return out + directory + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 2, 2, len(directory), len(out), 0)


XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><sst><si><t>&e;</t></si></sst>'
HOSTILE = {
    "a zip bomb": (
        lambda: _zip({"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": bytes(60_000_000)}),
        "sheet.bomb",
    ),
    "a bomb that lies": (_liar, ("sheet.broken", "sheet.bomb_memory")),
    "an external entity": (lambda: _with("xl/sharedStrings.xml", XXE), "sheet.entity"),
    "a macro workbook": (lambda: _with("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0"), "sheet.macros"),
    "a binary workbook": (lambda: _with("xl/workbook.bin", b"x"), "sheet.binary"),
    "an old macro workbook": (lambda: reading.OLE + bytes(600) + "_VBA_PROJECT".encode("utf-16-le"), "sheet.macros"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(200), "sheet.not_a_sheet"),
    "a document": (lambda: _zip({"word/document.xml": b"<x/>"}), "sheet.not_a_sheet"),
    "a web page": (lambda: b"<html><table><tr><td>1</td></tr></table></html>", "sheet.markup"),
    "spoilt inside": (_spoilt, "sheet.broken"),
    "cut off": (lambda: xlsx_of({"a": [HEADS, ROW]})[:-400], "sheet.broken"),
    "an old workbook cut off": (lambda: reading.OLE + bytes(3000), "sheet.broken"),
    "nothing": (lambda: b"  \r\n", "sheet.empty"),
    "too large": (lambda: bytes(reading.FILE_BYTES_MAX + 1), "sheet.too_large"),
    "no letters": (lambda: b"\xff\x81\xff,\x81\xff\xff", "sheet.encoding"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_it_rejects_what_is_no_sheet(what: str) -> None:
    make, code = HOSTILE[what]
    with pytest.raises(Refusal) as caught:
        reading.read(make())
    assert caught.value.code in ((code,) if isinstance(code, str) else code)
    assert caught.value.message
    assert caught.value.next_step


@pytest.mark.parametrize(("column", "row"), [(16383, 0), (16383, 1048575), (0, 1048575)])
def test_it_rejects_a_sheet_that_reaches_beyond_any_table(column: int, row: int) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "x")
        sheet.write(row, column, "x")
    with pytest.raises(Refusal) as caught:
        reading.read(out.getvalue())
    assert caught.value.code in ("sheet.too_wide", "sheet.too_long", "sheet.bomb_memory")


def test_formulas_are_text_or_their_last_value(cast: Cast) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "单位"])
        sheet.write_formula(1, 0, '=HYPERLINK("http://x","y")', value="赵一")
        sheet.write_string(1, 1, "A1")
        sheet.write_row(2, 0, ["钱二", "A1"])
    assert counts(tried(cast.commander, out.getvalue())) == (2, 0, 0, 0, 0)
    given = csv_of([("姓名", "单位"), ("=cmd|' /C calc'!A0", "A1")])
    found = tried(cast.commander, given)
    assert counts(found) == (1, 0, 0, 0, 0)


def test_names_with_marks_that_turn_the_writing_and_nul_are_refused_in_their_cell(cast: Cast) -> None:
    given = csv_of(
        [("姓名", "单位"), ("赵\u202e一", "A1"), ("钱\x00二", "A1"), ("孙\u200b三", "A1"), ("李\u200f四", "A1")]
    )
    assert faults(tried(cast.commander, given)) == [(n, "A", "cell.hidden_sign") for n in (2, 3, 5)]


def test_it_rejects_a_file_without_a_table(cast: Cast) -> None:
    strange = intake.take(cast.commander, "people", csv_of([("甲", "乙"), ("1", "2")]))
    with raises_refusal("import.column_missing"):
        intake.judge(cast.commander, strange)
    empty = intake.take(cast.commander, "people", csv_of([("姓名", "单位")]))
    with raises_refusal("sheet.no_rows"):
        intake.judge(cast.commander, empty)
    with raises_refusal("import.kind"):
        tried(cast.commander, csv_of([("姓名", "单位")]), "nothing")


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2020年1月29日", (2020, 1, 29)),
        ("2020.1.9", (2020, 1, 9)),
        ("20200129", (2020, 1, 29)),
        ("43859", (2020, 1, 29)),
        ("2020-01", (2020, 1, 1)),
        ("２０２０／１／２９", (2020, 1, 29)),
    ],
)
def test_dates_as_people_write_them(words: str, day: tuple[int, int, int]) -> None:
    found = cells.as_date(words)
    assert found is not None
    assert (found.year, found.month, found.day) == day
    assert cells.as_date("2020-02-30") is None


def test_numbers_that_a_program_wrote_as_floats() -> None:
    assert cells.phone("13900000001.0") == "13900000001"
    assert cells.code("140110001000.0") == "140110001000"
    assert cells.code("1.5") == "1.5"


@given(st.text(max_size=30))
def test_tidying_twice_changes_nothing_more(words: str) -> None:
    for make in (cells.tidy, cells.name, cells.fold, cells.code, cells.phone):
        assert make(make(words)) == make(words)
