"""A scenario is read whole, or refused with file, line and column, and nothing is written."""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from muster.drill import events, scenario, verbs
from muster.foundation.errors import Refusal
from tests.drill.sheets import ROOT, SMALL, change, copy_of_small, line_of, put, rows_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_small(tmp_path)


def refused(folder: Path) -> Refusal:
    with pytest.raises(Refusal) as caught, translation.override("en"):
        scenario.read(folder)
    return caught.value


def at(refusal: Refusal) -> tuple[str, int, str]:
    """File, line and column of a refusal; its message names them too."""
    file, line, column = (refusal.details[k] for k in ("file", "line", "column"))
    with translation.override("en"):
        for part in (file, str(line) if line else "", column):
            assert part in refusal.message
    return file, line, column


def test_both_scenarios_of_the_project_are_sound() -> None:
    small, big = (scenario.read(ROOT / "scenarios" / name) for name in ("flood-small", "jinyuan-2020"))
    assert (len(small.district.units), len(small.district.people)) == (30, 200)
    assert small.notes == big.notes == ()
    assert len(big.orders["mobilise", 1].pledges) > 1
    assert big.orders["mobilise", 1].effective_at.utcoffset() is not None


def test_events_are_merged_by_time_then_by_sheet_then_by_row() -> None:
    played = scenario.read(ROOT / "scenarios" / "jinyuan-2020").events
    order = {name: place for place, name in enumerate(events.SHEETS)}
    keys = [(e.at, order[e.capability], e.line) for e in played]
    assert keys == sorted(keys)
    assert {e.capability for e in played} == set(events.SHEETS)


def test_every_action_of_the_sheets_has_its_verb() -> None:
    assert {c: set(a) for c, a in events.SHAPES.items()} == {c: set(a) for c, a in verbs.VERBS.items()}


# sheet, row to change, cells to put, code, column that is named
WRONG_CELLS: list[tuple[str, int, dict[str, str], str, str]] = [
    ("people.csv", 3, {"unit": "AV-NONE"}, "unknown_unit", "unit"),
    ("people.csv", 3, {"unit": ""}, "no_unit", "unit"),
    ("people.csv", 4, {"number": "av001"}, "twice", "number"),
    ("people.csv", 3, {"number": "av 1"}, "key", "number"),
    ("people.csv", 3, {"name": ""}, "empty", "name"),
    ("people.csv", 3, {"leads": "ja"}, "yes", "leads"),
    ("people.csv", 3, {"name": "x" * 81}, "too_long", "name"),
    ("units.csv", 3, {"code": "AV-P01"}, "twice", "code"),
    ("units.csv", 3, {"kind": "hamlet"}, "unknown_kind", "kind"),
    ("units.csv", 3, {"parent": "AV-NONE"}, "unknown_unit", "parent"),
    ("units.csv", 3, {"parent": "AV-P02"}, "circle", "parent"),
    ("units.csv", 3, {"parent": ""}, "two_roots", "parent"),
    ("units.csv", 3, {"parent": "AV-P01"}, "rank", "parent"),
    ("units.csv", 0, {"parent": "AV-P01"}, "root_parent", "parent"),
    ("units.csv", 3, {"opened_on": "2022-13-01"}, "date", "opened_on"),
    ("units.csv", 3, {"opened_on": "2022-12-01"}, "opened_late", "opened_on"),
    ("kinds.csv", 1, {"rank": "two"}, "number", "rank"),
    ("sets.csv", 2, {"unit": "AV-NONE"}, "unknown_unit", "unit"),
    ("sets.csv", 2, {"name": "Another name"}, "set_name", "name"),
    ("grants.csv", 1, {"role": "king"}, "unknown_role", "role"),
    ("grants.csv", 1, {"person": "nobody"}, "unknown_person", "person"),
    ("cast.csv", 1, {"role": "hero"}, "unknown_role", "role"),
    ("reasons.csv", 1, {"use": "joke"}, "unknown_use", "use"),
    ("series.csv", 0, {"pattern": "AVC"}, "pattern", "pattern"),
    ("series.csv", 0, {"pattern": "{n}/{nope}"}, "pattern", "pattern"),
    ("series.csv", 0, {"pattern": "{n}/{year"}, "pattern", "pattern"),
    ("people.csv", 3, {"unit": "x" * 140_000}, "too_long", "unit"),
    ("orders.csv", 0, {"audience": "kind:nowhere"}, "audience", "audience"),
    ("orders.csv", 0, {"call_up": "set:nowhere"}, "audience", "call_up"),
    ("orders.csv", 0, {"issuer": "AV-P01"}, "no_series", "issuer"),
    ("orders.csv", 0, {"due_at": "2022-11-17T07:00"}, "due", "due_at"),
    ("orders.csv", 0, {"attachment": "none.txt"}, "attachment", "attachment"),
    ("orders.csv", 0, {"attachment": "../scenario.csv"}, "attachment", "attachment"),
    ("orders.csv", 0, {"version": "2"}, "unknown_order", "order"),
    ("orders.csv", 0, {"passes_on": "other/1"}, "unknown_order", "passes_on"),
    ("pledges.csv", 1, {"order": "other"}, "unknown_order", "order"),
    ("pledges.csv", 1, {"position": "1"}, "twice", "position"),
    ("incidents.csv", 0, {"opened_at": "yesterday"}, "time", "opened_at"),
    ("events/mobilisation.csv", 4, {"action": "sing"}, "unknown_action", "action"),
    ("events/mobilisation.csv", 4, {"by": "nobody"}, "unknown_person", "by"),
    ("events/mobilisation.csv", 4, {"unit": "AV-NONE"}, "unknown_unit", "unit"),
    ("events/mobilisation.csv", 4, {"subject": "nobody"}, "unknown_person", "subject"),
    ("events/mobilisation.csv", 4, {"order": "other"}, "unknown_order", "order"),
    ("events/mobilisation.csv", 4, {"order": "stand-to/9"}, "unknown_order", "order"),
    ("events/mobilisation.csv", 4, {"at": "2022-11-17 08:00"}, "time", "at"),
    ("events/mobilisation.csv", 4, {"at": "2022-11-17T07:59"}, "out_of_order", "at"),
    ("events/mobilisation.csv", 0, {"at": "2022-11-16T17:59"}, "before_incident", "at"),
    ("events/mobilisation.csv", 246, {"at": "2022-11-20T00:00"}, "after_end", "at"),
    ("events/mobilisation.csv", 5, {"outcome": "perhaps"}, "unknown_outcome", "outcome"),
    ("events/mobilisation.csv", 5, {"reason": "no_kit"}, "too_much", "reason"),
    ("events/mobilisation.csv", 5, {"outcome": "cannot", "reason": "ill"}, "unknown_reason", "reason"),
    ("events/mobilisation.csv", 1, {"unit": "AV-P01"}, "not_the_issuer", "unit"),
    ("events/roll.csv", 0, {"reason": "no_kit"}, "unknown_reason", "reason"),
    ("events/roll.csv", 0, {"subject": "nobody"}, "unknown_subject", "subject"),
    ("events/roll.csv", 0, {"roll": "mobilisation.nope"}, "unknown_roll", "roll"),
    ("events/roll.csv", 0, {"roll": "mobilisation.orders_issued"}, "unknown_roll", "roll"),
    ("events/roll.csv", 0, {"roll": "mobilisation.acknowledged.other"}, "unknown_roll", "roll"),
    ("orders.csv", 0, {"audience": "unit:AV-P01 -unit:AV-P01"}, "nobody", "audience"),
    ("orders.csv", 0, {"call_up": "unit:AV-P01 -unit:AV-P01"}, "nobody", "call_up"),
    ("orders.csv", 0, {"call_up_due_at": "2022-11-17T07:00"}, "due", "call_up_due_at"),
    ("orders.csv", 0, {"attachment": "é" * 190}, "attachment", "attachment"),
    ("orders.csv", 0, {"due_at": "9999-12-31T23:59"}, "year", "due_at"),
    ("units.csv", 3, {"opened_on": "0001-01-01"}, "year", "opened_on"),
    ("incidents.csv", 0, {"opened_at": "0001-01-01T00:00"}, "year", "opened_at"),
    ("orders.csv", 0, {"effective_at": "1999-12-31T23:59"}, "year", "effective_at"),
    ("events/mobilisation.csv", 4, {"order": f"stand-to/{'9' * 5000}"}, "unknown_order", "order"),
]


@pytest.mark.parametrize(("sheet", "row", "cells", "code", "column"), WRONG_CELLS)
def test_a_wrong_cell_is_named(
    folder: Path, sheet: str, row: int, cells: dict[str, str], code: str, column: str
) -> None:
    put(folder / sheet, row, **cells)
    refusal = refused(folder)
    assert refusal.code == f"scenario.{code}"
    file, line, named = at(refusal)
    assert named == column
    if file == sheet:
        # A circle is found at one of its units, whichever.
        assert line == line_of(folder / sheet, row) or code == "circle"
    else:
        # What the cell took away is missed where it is named.
        assert (sheet, file) == ("orders.csv", "pledges.csv")


def test_the_message_says_it_in_words(folder: Path) -> None:
    put(folder / "people.csv", 3, unit="AV-NONE")
    with translation.override("en"):
        assert str(refused(folder)).startswith(
            "people.csv, line 5, column unit: There is no unit with the code “AV-NONE” in units.csv."
        )


def test_a_wrong_roll_is_told_which_there_are(folder: Path) -> None:
    put(folder / "events/roll.csv", 0, roll="mobilisation.nope")
    assert refused(folder).details["known"].split(", ") == [
        "mobilisation.organisations_acknowledged",
        "mobilisation.cannot_answered.stand-to",
        "mobilisation.members_reported_in",
    ]


def test_the_list_of_what_is_known_is_whole(folder: Path) -> None:
    put(folder / "events/mobilisation.csv", 4, action="sing")
    assert refused(folder).details["known"] == ", ".join(events.SHAPES["mobilisation"])


def test_the_roll_of_an_order_that_founds_nothing_is_known_by_the_orders_key(folder: Path) -> None:
    put(folder / "orders.csv", 0, founding="")
    change(
        folder / "events/roll.csv", lambda rows: [row.update(roll="mobilisation.reported_in.stand-to") for row in rows]
    )
    assert scenario.read(folder).events


def test_a_circle_of_three(folder: Path) -> None:
    change(folder / "kinds.csv", lambda rows: rows.append({"kind": "deep", "name": "deep", "rank": "9", "team": ""}))
    for row, above in ((3, "AV-P03"), (4, "AV-P04"), (5, "AV-P02")):
        put(folder / "units.csv", row, parent=above, kind="deep")
    assert refused(folder).code == "scenario.circle"


def test_an_event_before_its_order(folder: Path) -> None:
    put(folder / "events/mobilisation.csv", 0, at="2022-11-17T07:04:00")
    change(
        folder / "events/mobilisation.csv",
        lambda rows: rows.insert(0, {**rows[4], "at": "2022-11-17T07:03:00"}),
    )
    refusal = refused(folder)
    assert (refusal.code, at(refusal)) == ("scenario.before_order", ("events/mobilisation.csv", 2, "at"))


def test_an_order_issued_before_it_is_drafted_or_twice(folder: Path) -> None:
    sheet = folder / "events/mobilisation.csv"
    drafted = rows_of(sheet)[0]
    change(sheet, lambda rows: rows.pop(0))
    assert refused(folder).code == "scenario.before_draft"
    change(sheet, lambda rows: rows.insert(0, drafted))
    change(sheet, lambda rows: rows.insert(2, rows[1]))
    refusal = refused(folder)
    assert (refusal.code, at(refusal)) == ("scenario.order_twice", ("events/mobilisation.csv", 4, "action"))


def test_a_called_unit_that_nobody_leads(folder: Path) -> None:
    put(folder / "people.csv", 0, leads="")
    refusal = refused(folder)
    assert (refusal.code, at(refusal)) == ("scenario.nobody_leads", ("people.csv", 1, "leads"))


SETTINGS: list[tuple[str, str, str]] = [
    ("zone", "Europe/Atlantis", "zone"),
    ("zone", "../../etc/passwd", "zone"),
    ("day_starts_at", "6 o'clock", "time_of_day"),
    ("language", "tlh", "choice"),
    ("root", "AV-NONE", "two_roots"),
    ("ends_at", "2022-11-16T17:00", "after_end"),
    ("ends_at", "2025-08-14T18:00", "too_many_days"),
    ("ends_at", "9999-01-01T00:00", "year"),
    ("commander", "nobody", "unknown_person"),
    ("commander", "av001", "not_commander"),
]


@pytest.mark.parametrize(("key", "value", "code"), SETTINGS)
def test_a_wrong_setting(folder: Path, key: str, value: str, code: str) -> None:
    change(folder / "scenario.csv", lambda rows: next(r for r in rows if r["key"] == key).update(value=value))
    assert refused(folder).code == f"scenario.{code}"


def test_a_setting_that_is_missing_or_unknown(folder: Path) -> None:
    change(folder / "scenario.csv", lambda rows: rows.pop(3))
    assert refused(folder).code == "scenario.no_key"
    change(folder / "scenario.csv", lambda rows: rows.append({"key": "weather", "value": "bad"}))
    assert refused(folder).code == "scenario.unknown_key"


@pytest.mark.parametrize("sheet", sorted(str(p.relative_to(SMALL)) for p in SMALL.rglob("*.csv")))
def test_a_missing_file_and_a_missing_column(folder: Path, sheet: str) -> None:
    whole = (folder / sheet).read_text(encoding="utf-8")
    header, _, rest = whole.partition("\n")
    columns = header.split(",")
    (folder / sheet).write_text("\n".join([",".join(columns[:-1]), rest]), encoding="utf-8")
    refusal = refused(folder)
    assert (refusal.code, at(refusal)) == ("scenario.no_column", (sheet, 1, columns[-1]))
    (folder / sheet).write_text("\n".join([f"{header},mood", rest]), encoding="utf-8")
    refusal = refused(folder)
    assert (refusal.code, at(refusal)) == ("scenario.strange_column", (sheet, 1, "mood"))
    (folder / sheet).unlink()
    refusal = refused(folder)
    assert (refusal.code, refusal.details["file"]) == ("scenario.no_file", sheet)


def test_a_strange_sheet_of_events(folder: Path) -> None:
    (folder / "events" / "weather.csv").write_text("at,action,by,unit,subject\n", encoding="utf-8")
    refusal = refused(folder)
    assert (refusal.code, refusal.details["file"]) == ("scenario.strange_file", "events/weather.csv")


SPOILT_HEADS: dict[str, Callable[[bytes], bytes]] = {
    "a zero": lambda content: content + b"\x00\n",
    "utf-16": lambda content: content.decode().encode("utf-16"),
    "rubbish bytes": lambda content: content + b"\xff\xfe\xfd\n",
    "an open quotation": lambda content: content + b'note,"open\n',
    "a lacking column": lambda content: content.replace(b"key,value", b"key"),
    "a strange column": lambda content: content.replace(b"key,value", b"key,value,mood"),
    "a short row": lambda content: content + b"note\n",
    "the line ends of a spreadsheet": lambda content: content.replace(b"\n", b"\r\n") + b"note\r\n",
    "a title of any length": lambda content: content + b"note," + b"x" * 140_000 + b"\n",
    "nothing wrong": lambda content: content,
}


@pytest.mark.parametrize("spoilt", SPOILT_HEADS)
def test_the_language_is_found_though_the_sheet_is_wrong(folder: Path, spoilt: str) -> None:
    change(
        folder / "scenario.csv", lambda rows: next(r for r in rows if r["key"] == "language").update(value="zh-hans")
    )
    sheet = folder / "scenario.csv"
    sheet.write_bytes(SPOILT_HEADS[spoilt](sheet.read_bytes()))
    assert scenario.language_of(folder) == "zh-hans"


def test_no_language_is_made_up(folder: Path) -> None:
    sheet = folder / "scenario.csv"
    sheet.write_bytes(b"\x00" + sheet.read_bytes().replace(b"language,en", b"language,tlh"))
    assert scenario.language_of(folder) is None
    sheet.unlink()
    assert scenario.language_of(folder) is None


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n"])
def test_an_empty_file_is_called_empty(folder: Path, content: bytes) -> None:
    (folder / "sets.csv").write_bytes(content)
    refusal = refused(folder)
    assert (refusal.code, at(refusal)) == ("scenario.empty_file", ("sets.csv", 0, ""))


def test_an_open_quotation_is_told_from_a_long_cell(folder: Path) -> None:
    sheet = folder / "people.csv"
    sheet.write_bytes(sheet.read_bytes() + b'av999,"' + b"x" * 140_000 + b"\n")
    refusal = refused(folder)
    assert (refusal.code, at(refusal)) == ("scenario.row", ("people.csv", 202, ""))


def test_gbk_is_read_with_a_note(folder: Path) -> None:
    put(folder / "people.csv", 3, name="王亚娥")
    as_utf8 = scenario.read(folder)
    sheet = folder / "people.csv"
    sheet.write_bytes(sheet.read_text(encoding="utf-8").encode("gbk"))
    as_gbk = scenario.read(folder)
    assert as_gbk.district == as_utf8.district
    assert [str(note).split(":")[0] for note in as_gbk.notes] == ["people.csv"]


def test_a_byte_order_mark_and_the_line_ends_of_a_spreadsheet_are_no_matter(folder: Path) -> None:
    plain = scenario.read(folder)
    for sheet in folder.rglob("*.csv"):
        sheet.write_bytes(b"\xef\xbb\xbf" + sheet.read_bytes().replace(b"\n", b"\r\n"))
    assert scenario.read(folder).district == plain.district


RUBBISH = {
    "utf-16": lambda text: text.encode("utf-16"),
    "a picture": lambda text: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)),
    "broken utf-8": lambda text: text.replace("Zoe", "王亚娥 王文清").encode() + b"\xe7\x8e\n",
    "zeroes": lambda text: text.encode() + b"\x00\x00\n",
}


@pytest.mark.parametrize("kind", RUBBISH)
def test_rubbish_is_refused(folder: Path, kind: str) -> None:
    sheet = folder / "people.csv"
    spoil: Callable[[str], bytes] = RUBBISH[kind]
    sheet.write_bytes(spoil(sheet.read_text(encoding="utf-8")))
    refusal = refused(folder)
    assert (refusal.code, refusal.details["file"]) == ("scenario.encoding", "people.csv")
    assert refusal.details["line"] >= 1


def test_a_row_with_too_few_cells_and_an_open_quotation(folder: Path) -> None:
    sheet = folder / "people.csv"
    whole = sheet.read_text(encoding="utf-8")
    sheet.write_text(whole + "av999,Half a\n", encoding="utf-8")
    refusal = refused(folder)
    assert (refusal.code, at(refusal)) == ("scenario.cells", ("people.csv", 202, ""))
    sheet.write_text(whole + 'av999,"Half a\n', encoding="utf-8")
    refusal = refused(folder)
    assert (refusal.code, at(refusal)) == ("scenario.row", ("people.csv", 202, ""))
    sheet.write_text(whole.removesuffix("\n"), encoding="utf-8")
    refusal = refused(folder)
    assert (refusal.code, at(refusal)) == ("scenario.cut_off", ("people.csv", 201, ""))


SHEETS = sorted(p for p in SMALL.rglob("*.csv"))
_SOUND: dict[str, Any] = {}


def _read(folder: Path) -> tuple[scenario.Scenario, None] | tuple[None, Refusal]:
    try:
        return scenario.read(folder), None
    except Refusal as refusal:
        return None, refusal


@given(st.data())
def test_a_cut_file_is_refused_or_reads_as_the_rows_that_are_left(data: st.DataObject) -> None:
    """A cut between two rows cannot be seen; any other is refused, and no cell ever reads otherwise."""
    path = data.draw(st.sampled_from(SHEETS))
    content = path.read_bytes()
    cut = data.draw(st.integers(0, len(content) - 1))
    with tempfile.TemporaryDirectory() as place:
        folder = copy_of_small(Path(place))
        sheet = folder / path.relative_to(SMALL)
        sheet.write_bytes(content[:cut])
        found, refusal = _read(folder)
        if found is None:
            assert refusal.code.startswith("scenario.")
            assert re.search(r"\.csv", refusal.message)
            return
        assert content[:cut].endswith(b"\n")
        left = rows_of(sheet)
        assert left == rows_of(path)[: len(left)]
    whole = _SOUND.setdefault("whole", scenario.read(SMALL))
    for name in ("units", "people", "reasons", "series"):
        ours, all_of_it = getattr(found.district, name), getattr(whole.district, name)
        assert all(all_of_it[key] == value for key, value in ours.items())
    assert set(found.events) <= set(whole.events)
    assert {f.name for f in dataclasses.fields(found)} == {f.name for f in dataclasses.fields(whole)}
