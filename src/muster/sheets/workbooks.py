"""Workbooks that an import gives back: the template to fill in, the refused rows with the reason beside."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext

from muster.foundation.sql import slices
from muster.sheets import intake, results, store
from muster.sheets.importer import REFUSED, Importer
from muster.sheets.models import Import, ImportRow
from muster.sheets.out import Book
from muster.sheets.results import Shown

TEMPLATE_ROWS = 2000
WHY_WIDTH = 60


def template(offer: Importer) -> bytes:
    """An empty workbook with the heads of a kind, notes on them, drop-downs below; every cell is text."""
    out = io.BytesIO()
    book = Book(out)
    sheet = book.sheet(str(offer.label))
    for place, column in enumerate(offer.columns):
        sheet.set_column(place, place, column.width, book.plain)
        star = "*" if column.required else ""
        sheet.write_string(0, place, f"{column.label}{star}", book.head)
        if column.note:
            sheet.write_comment(0, place, str(column.note), {"x_scale": 2})
        choices = list(column.choices()) if column.choices else []
        if choices:
            rule = {"validate": "list", "source": choices, "error_type": "warning"}
            sheet.data_validation(1, place, TEMPLATE_ROWS, place, rule)
    sheet.freeze_panes(1, 0)
    _notes(book, offer)
    book.close()
    return out.getvalue()


def _notes(book: Book, offer: Importer) -> None:
    """A second sheet that says what belongs into each column. It is hidden from the import by its own shape."""
    sheet = book.sheet(gettext("Notes"))
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 80)
    sheet.write_string(0, 0, str(offer.about))
    sheet.write_string(1, 0, gettext("* must be filled in. Empty cells say nothing, and change nothing."))
    for at, column in enumerate(offer.columns, start=3):
        sheet.write_string(at, 1, f"{column.label}: {column.note}" if column.note else str(column.label))


def refused(imported: Import) -> bytes:
    """The refused rows with all columns that the clerk's own sheet has, and one more that says why and where."""
    out = io.BytesIO()
    book = Book(out)
    rows = list(ImportRow.objects.filter(imported=imported, verdict=REFUSED).order_by("position"))
    sheets = {place: one for place, one, _chosen in intake.tables(imported)}
    for place in sorted({row.sheet for row in rows}):
        _sheet(book, imported, sheets[place], [row for row in rows if row.sheet == place])
    if not rows:
        book.sheet(gettext("Nothing is refused")).write_string(0, 0, gettext("Nothing is refused"))
    book.close()
    return out.getvalue()


def _sheet(book: Book, imported: Import, described: Any, rows: Sequence[ImportRow]) -> None:
    table = intake.shape_of(described)
    sheet = book.sheet(described["name"] or gettext("Refused"))
    heads = list(table.heads)
    for place, head in enumerate(heads):
        sheet.set_column(place, place, 16, book.plain)
        book.words(sheet, 0, place, head, book.head)
    sheet.set_column(len(heads), len(heads), WHY_WIDTH)
    sheet.write_string(0, len(heads), gettext("Why it was refused"), book.head)
    sheet.freeze_panes(1, 0)
    at = 0
    for part in slices(rows, store.PART_ROWS):
        told = store.cells_at(imported, [(row.sheet, row.row - 1) for row in part])
        for row, shown in zip(part, results.shown(imported, part), strict=True):
            at += 1
            for place, cell in enumerate(told.get((row.sheet, row.row - 1), [])[: len(heads)]):
                if cell:
                    book.words(sheet, at, place, cell, book.plain)
            book.words(sheet, at, len(heads), why(shown), book.why)


def why(row: Shown) -> str:
    """All that is wrong with a row, each with its cell."""
    return "; ".join(f"{row.address(column)} {words}" for column, _code, words in row.faults)
