"""Lists out: one declared table as a workbook, as a CSV file that streams, on paper.

A cell is text, a number, a moment or a date by what its column says; nothing that begins like a formula is ever one.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import IO, Any

from django.utils.translation import get_language, gettext, override

from muster.foundation.errors import Text

BYTE_ORDER_MARK = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
TEXT, NUMBER, MOMENT, DATE = "text", "number", "moment", "date"
TITLE_ROWS = 2
CELL_LENGTH_MAX = 32_000
SHEET_NAME_MAX = 31
SHARED_MEMORY = "/dev/shm"
ROWS_MAX = 1_000_000

INK, SOFT, LINE = "#16202A", "#E4F0F4", "#D9DEE3"


@dataclass(frozen=True)
class Field:
    """A column of a list. width: in characters, as spreadsheets count."""

    label: Text
    kind: str = TEXT
    width: int = 14


@dataclass(frozen=True)
class Listing:
    """A list to take along. key: of its file's name. scope, as_of: in words, printed on every form of it.

    rows: made anew at each call. count: how many there are. log: writes its own line of what is taken along, where the
    room has a verb for that. ids: of what the rows are about, in their order, for the digest in the log.
    """

    key: str
    title: Text
    fields: Sequence[Field]
    rows: Callable[[], Iterable[Sequence[Any]]]
    count: int
    zone: tzinfo
    scope: str = ""
    as_of: str = ""
    by: str = ""
    log: Callable[[], object] | None = None
    ids: Callable[[], Iterable[Any]] | None = None

    @property
    def about(self) -> str:
        """What stands under the title: the scope, the moment, who took it."""
        parts = [self.scope, self.as_of and gettext("as of %(at)s") % {"at": self.as_of}, self.by]
        return " · ".join(part for part in parts if part)


def digest_of(listing: Listing) -> str:
    """The digest of the ids of what a list holds: which rows were taken along can be proved, and is not told."""
    found = hashlib.sha256()
    for one in listing.ids() if listing.ids is not None else ():
        found.update(f"{one}\n".encode())
    return found.hexdigest()


def safe(cell: Any) -> str:
    """A cell that a spreadsheet shows and never carries out: what begins like a formula gets an apostrophe."""
    words = "" if cell is None else str(cell)
    return f"'{words}" if words.startswith(FORMULA) else words


class Echo:
    """Gives back what a csv writer writes."""

    def write(self, row: str) -> str:
        """The line itself."""
        return row


def words_of(cell: Any, zone: tzinfo) -> str:
    """A cell as words: moments in the district's zone, to the minute."""
    if isinstance(cell, datetime):
        return cell.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def csv_lines(listing: Listing) -> Iterator[str]:
    """The file line by line, with the mark by which spreadsheets know that it is UTF-8."""
    head = [str(one.label) for one in listing.fields] + [gettext("As of")]
    return _csv_lines(listing, head, get_language())


def _csv_lines(listing: Listing, head: Sequence[str], language: str | None) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield BYTE_ORDER_MARK + str(writer.writerow([safe(cell) for cell in head]))
    for row in _spoken(listing, language):
        cells = [cell if isinstance(cell, int | float) else safe(words_of(cell, listing.zone)) for cell in row]
        yield str(writer.writerow([*cells, listing.as_of]))


def _spoken(listing: Listing, language: str | None) -> Iterator[Sequence[Any]]:
    """The rows in the language of the request: a stream goes on when that is over."""
    rows = iter(listing.rows())
    while True:
        with override(language):
            row = next(rows, None)
        if row is None:
            return
        yield row


def scratch() -> str | None:
    """Where a workbook's rows lie until it is packed: in memory that is shared, so that no disk ever holds them."""
    return SHARED_MEMORY if Path(SHARED_MEMORY).is_dir() and os.access(SHARED_MEMORY, os.W_OK) else None


class Book:
    """A workbook that is written row by row in little memory, its sheets one after another."""

    def __init__(self, out: IO[bytes]) -> None:
        import xlsxwriter

        options = {
            "constant_memory": True,
            "tmpdir": scratch(),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": True,
        }
        self.book = xlsxwriter.Workbook(out, options)
        self.names: set[str] = set()
        self.title = self.book.add_format({"bold": True, "font_size": 14, "font_color": INK})
        self.about = self.book.add_format({"font_color": "#46525E"})
        self.head = self.book.add_format(
            {"bold": True, "bg_color": SOFT, "bottom": 1, "border_color": LINE, "text_wrap": True, "valign": "top"}
        )
        self.why = self.book.add_format({"font_color": "#B3261E", "text_wrap": True, "valign": "top"})
        self.plain = self.book.add_format({"num_format": "@"})
        self.moment = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})

    def sheet(self, name: str) -> Any:
        """Another sheet; its name as spreadsheets allow it."""
        plain = "".join(" " if sign in "[]:*?/\\'" else sign for sign in name)[:SHEET_NAME_MAX].strip()
        tried, number = plain, 1
        while tried and tried.casefold() in self.names:  # spreadsheets don't tell A from a
            number += 1
            tried = f"{plain[: SHEET_NAME_MAX - len(str(number)) - 1]} {number}"
        self.names.add(tried.casefold())
        return self.book.add_worksheet(tried or None)

    def words(self, sheet: Any, row: int, place: int, words: str, form: Any = None) -> None:
        """A cell of text, cut where a spreadsheet would lose all of it."""
        sheet.write_string(row, place, words[:CELL_LENGTH_MAX], form)

    def cell(self, sheet: Any, row: int, place: int, kind: str, value: Any, zone: tzinfo) -> None:
        """One cell by its kind. What is not of that kind is text."""
        if value is None or value == "":
            return
        if kind == NUMBER and isinstance(value, int | float):
            sheet.write_number(row, place, value)
        elif kind == MOMENT and isinstance(value, datetime):
            sheet.write_datetime(row, place, value.astimezone(zone).replace(tzinfo=None), self.moment)
        elif kind == DATE and isinstance(value, date):
            sheet.write_datetime(row, place, value, self.day)
        else:
            self.words(sheet, row, place, words_of(value, zone))

    def close(self) -> None:
        """Pack it."""
        self.book.close()


def xlsx(listing: Listing, out: IO[bytes], told: Callable[[int], None] | None = None) -> None:
    """Write the list as a workbook: title, scope and moment above, the head styled and kept in sight, with filters.

    told: told now and then of how many rows are written.
    """
    book = Book(out)
    sheet = book.sheet(str(listing.title))
    for place, one in enumerate(listing.fields):
        sheet.set_column(place, place, one.width)
    sheet.write_string(0, 0, str(listing.title), book.title)
    sheet.write_string(1, 0, listing.about, book.about)
    for place, one in enumerate(listing.fields):
        sheet.write_string(TITLE_ROWS, place, str(one.label), book.head)
    sheet.freeze_panes(TITLE_ROWS + 1, 0)
    at = TITLE_ROWS
    for row in listing.rows():
        at += 1
        for place, (one, value) in enumerate(zip(listing.fields, row, strict=True)):
            book.cell(sheet, at, place, one.kind, value, listing.zone)
        if told is not None and at % 1000 == 0:
            told(at - TITLE_ROWS)
    sheet.autofilter(TITLE_ROWS, 0, at, max(len(listing.fields) - 1, 0))
    _for_paper(sheet, listing)
    book.close()


def _for_paper(sheet: Any, listing: Listing) -> None:
    """A4, the head on every page, page n of m, scope and moment: for whoever prints the workbook."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(TITLE_ROWS)
    about = listing.about.replace("&", "&&")[:120]
    sheet.set_footer(f"&L{about}&R{gettext('page')} &P / &N")
