"""Workbooks and CSV files as clerks make them, and the way of one through the import."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter
from stdnum.cn import ric

from muster.foundation.rights import Actor
from muster.sheets import actions, intake, results
from muster.sheets.importer import VERDICTS
from muster.sheets.models import Import

Rows = Sequence[Sequence[Any]]
HEADS = ("姓名", "单位", "工号", "职务", "负责人", "身份证号", "手机号", "任职时间")


def csv_of(rows: Rows, encoding: str = "utf-8-sig", delimiter: str = ",") -> bytes:
    """A CSV file."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def xlsx_of(sheets: Mapping[str, Rows], hidden: Sequence[str] = (), merged: Sequence[str] = ()) -> bytes:
    """A workbook; numbers are written as numbers. merged: ranges of the first sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if cell not in ("", None):
                        sheet.write(at, place, cell)
            if name in hidden:
                sheet.hide()
        for one in merged:
            book.worksheets()[0].merge_range(one, "")
    return out.getvalue()


def id_number(n: int) -> str:
    """An invented ID number whose check digit is right."""
    head = f"110101{1950 + n % 55}{1 + n % 12:02}{1 + n % 28:02}{n % 1000:03}"
    return head + ric.calc_check_digit(head + "0")


def phone(n: int) -> str:
    """An invented mobile number."""
    return f"139{n:08}"


def tried(by: Actor, content: bytes, kind: str = "people", answers: Any = None, **asked: Any) -> Import:
    """A dry run."""
    return intake.judge(by, intake.take(by, kind, content, intake.Asked(**asked)), answers)


def applied(by: Actor, content: bytes, kind: str = "people", **more: Any) -> Import:
    """A dry run, then the good rows, all slices of the job."""
    imported = tried(by, content, kind, **more)
    if imported.new or imported.changed:
        write(by, imported)
    return imported


def write(by: Actor, imported: Import) -> Import:
    """Apply and work until it is done."""
    imported.refresh_from_db()
    done = actions.apply(by=by, imported=imported)
    for _step in intake.go_on(done):
        pass
    imported.refresh_from_db()
    assert imported.state == Import.State.APPLIED, imported.state
    return imported


def undone(by: Actor, imported: Import) -> Import:
    """Take back and work until it is done."""
    done = actions.undo(by=by, imported=imported)
    for _step in intake.go_on(done):
        pass
    imported.refresh_from_db()
    assert imported.state == Import.State.UNDONE, imported.state
    return imported


def counts(imported: Import) -> tuple[int, ...]:
    """New, changed, unchanged, asked, refused."""
    return tuple(getattr(imported, verdict) for verdict in VERDICTS)


def faults(imported: Import) -> list[tuple[int, str, str]]:
    """(row, column, code) of what is refused, as Excel shows them."""
    return [(one["row"], one["column"], one["code"]) for one in results.as_json(imported)["errors"]]
