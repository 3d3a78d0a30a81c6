"""The sheets of a scenario, as files: encoding, rows, cells, and the place of whatever is wrong in them.

No database, and no sense yet: what the cells mean is the matter of `scenario` and `events`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import format_lazy

from muster.foundation.clock import YEAR_MAX, YEAR_MIN
from muster.foundation.errors import Refusal, Text, text

SHEET_BYTES_MAX = 50_000_000
CELL_LENGTH_MAX = 25_000
SHOWN_LENGTH_MAX = 60

DATE_YEAR_MIN = 1900
"""Of every date: a unit may be older than any moment that is reckoned with (`clock.YEAR_MIN`)."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}", re.ASCII)
_KEY = re.compile(r"[\w-]+")
# What no spreadsheet writes: a file with such characters is no text.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a scenario something stands. line 1 is the header; 0: the file as a whole."""

    file: str
    line: int = 0
    column: str = ""

    def wrong(self, code: str, message: Text, **details: Any) -> Refusal:
        """The refusal of what stands here. Its message names file, line and column."""
        if self.column:
            where = text("%(file)s, line %(line)s, column %(column)s")
        elif self.line:
            where = text("%(file)s, line %(line)s")
        else:
            where = text("%(file)s")
        shown = {k: _shown(v) for k, v in details.items()}
        if "known" in details:
            shown["known"] = details["known"]  # what the reader may choose from is of use only when it is whole
        return Refusal(
            f"scenario.{code}",
            format_lazy("{}: {}", where, message),
            text("Mend the file and play the scenario again. Nothing was written."),
            status=422,
            file=self.file,
            line=self.line,
            column=self.column,
            **shown,
        )


def _shown(value: Any) -> Any:
    """A cell's content as a message may show it: short, on one line."""
    if not isinstance(value, str):
        return value
    flat = " ".join(value.split())
    return flat if len(flat) <= SHOWN_LENGTH_MAX else f"{flat[:SHOWN_LENGTH_MAX]}…"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by column, stripped of blanks at both ends."""

    file: str
    line: int
    cells: dict[str, str]

    def at(self, column: str) -> Place:
        """The place of one cell."""
        return Place(self.file, self.line, column)

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def need(self, column: str, most: int = CELL_LENGTH_MAX) -> str:
        """A cell that may not be empty, of at most `most` characters."""
        if not self.cells[column]:
            raise self.at(column).wrong("empty", text("This cell may not be empty."))
        return self.words(column, most)

    def words(self, column: str, most: int) -> str:
        """A cell that may be empty, of at most `most` characters."""
        found = self.cells[column]
        if len(found) > most:
            raise self.at(column).wrong(
                "too_long",
                text("This cell has %(length)s characters; %(most)s is the most."),
                length=len(found),
                most=most,
            )
        return found

    def key(self, column: str, most: int) -> str:
        """A key or code: letters, digits, hyphen, underscore."""
        found = self.need(column, most)
        if not _KEY.fullmatch(found):
            raise self.at(column).wrong(
                "key", text("“%(value)s” is no key: letters, digits, - and _ only, no spaces."), value=found
            )
        return found

    def yes(self, column: str) -> bool:
        """`yes` or empty."""
        found = self.cells[column]
        if found not in ("", "yes"):
            raise self.at(column).wrong("yes", text("“%(value)s”: write yes, or leave it empty."), value=found)
        return bool(found)

    def one_of(self, column: str, allowed: Collection[str], code: str = "choice") -> str:
        """One of a few words."""
        found = self.need(column)
        if found not in allowed:
            raise self.at(column).wrong(
                code,
                text("“%(value)s” is not known here. Known are: %(known)s."),
                value=found,
                known=", ".join(allowed) or "–",
            )
        return found

    def number(self, column: str, least: int = 1) -> int:
        """A whole number."""
        found = self.need(column)
        if not _NUMBER.fullmatch(found) or int(found) < least:
            raise self.at(column).wrong(
                "number", text("“%(value)s” is no number from %(least)s on."), value=found, least=least
            )
        return int(found)

    def moment(self, column: str, zone: ZoneInfo) -> datetime:
        """A time of the zone, as `2020-01-29T09:00` or with seconds; returned in UTC."""
        found = self.need(column)
        try:
            if not _MOMENT.fullmatch(found):
                raise ValueError(found)
            moment = datetime.fromisoformat(found)
        except ValueError as error:
            raise self.at(column).wrong(
                "time", text("“%(value)s” is no time. Write it like 2020-01-29T09:00."), value=found
            ) from error
        self._require_year(column, moment.year, YEAR_MIN)
        return moment.replace(tzinfo=zone).astimezone(UTC)

    def moment_or_none(self, column: str, zone: ZoneInfo) -> datetime | None:
        """The same, or None for an empty cell."""
        return self.moment(column, zone) if self.cells[column] else None

    def date(self, column: str) -> date:
        """A date, as `2020-01-29`."""
        found = self.need(column)
        try:
            if not _DATE.fullmatch(found):
                raise ValueError(found)
            day = date.fromisoformat(found)
        except ValueError as error:
            raise self.at(column).wrong(
                "date", text("“%(value)s” is no date. Write it like 2020-01-29."), value=found
            ) from error
        self._require_year(column, day.year, DATE_YEAR_MIN)
        return day

    def _require_year(self, column: str, year: int, first: int) -> None:
        if not first <= year <= YEAR_MAX:
            raise self.at(column).wrong(
                "year",
                text("“%(value)s”: write a year from %(first)s to %(last)s."),
                value=self.cells[column],
                first=first,
                last=YEAR_MAX,
            )

    def time_of_day(self, column: str) -> time:
        """A time of day, as `06:00`."""
        found = self.need(column)
        try:
            if not _TIME.fullmatch(found):
                raise ValueError(found)
            return time.fromisoformat(found)
        except ValueError as error:
            raise self.at(column).wrong(
                "time_of_day", text("“%(value)s” is no time of day. Write it like 06:00."), value=found
            ) from error


def is_file(path: Path) -> bool:
    """Whether a file is there. What no disk takes for a name, being too long, is the name of none."""
    try:
        return path.is_file()
    except OSError:
        return False


@dataclass
class Folder:
    """A scenario's folder: reads its files one by one, and remembers what the reader should know of them.

    notes: what is worth telling of a file though it is no mistake. contents: every file read, for the digest.
    """

    path: Path
    notes: dict[str, Text] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)

    def bytes_of(self, name: str, most: int = SHEET_BYTES_MAX) -> bytes:
        """A file of the folder.

        Raises: Refusal `scenario.no_file`, `scenario.file_size`.
        """
        if name not in self.contents:
            try:
                content = (self.path / name).read_bytes()
            except OSError as error:
                raise Place(name).wrong("no_file", text("This file is missing or cannot be read.")) from error
            if len(content) > most:
                raise Place(name).wrong("file_size", text("This file is larger than %(most)s bytes."), most=most)
            self.contents[name] = content
        return self.contents[name]

    def rows(self, name: str, columns: Sequence[str]) -> list[Row]:
        """The rows of a sheet that has exactly these columns, in any order.

        Raises: Refusal that names file, line and column of what is wrong.
        """
        words, note = _decoded(name, self.bytes_of(name))
        if note:
            self.notes[name] = note
        if not words.strip():
            raise Place(name).wrong("empty_file", text("This file is empty: it needs its header row at least."))
        with _cells_of_any_length():
            return list(_rows(name, words, columns))


@contextmanager
def _cells_of_any_length() -> Iterator[None]:
    """Whoever reads cells by csv alone learns of a long one neither its column nor whether it is an open quotation."""
    before = csv.field_size_limit(SHEET_BYTES_MAX)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _decoded(name: str, content: bytes) -> tuple[str, Text | None]:
    """The text of a file: UTF-8, with or without a byte order mark, else GBK, and the note that it was so."""
    note: Text | None = None
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        read = _gbk(content)
        if read is None:
            raise Place(name, content.count(b"\n", 0, error.start) + 1).wrong(
                "encoding",
                text("This is neither UTF-8 nor GBK: byte %(byte)s cannot be read. Save it as CSV UTF-8."),
                byte=error.start + 1,
            ) from error
        words = read
        note = format_lazy("{}: {}", name, text("read as GBK. Better save it as CSV UTF-8."))
    odd = _CONTROL.search(words)
    if odd:
        line = words.count("\n", 0, odd.start()) + 1
        raise Place(name, line).wrong("encoding", text("This is no text: it holds a character that no sheet has."))
    return words, note


def _gbk(content: bytes) -> str | None:
    """The text, if it is GBK. UTF-8 with a few bytes broken may pass for GBK too, and is refused."""
    as_utf8 = content.decode("utf-8", errors="replace")
    broken = as_utf8.count("\ufffd")
    if sum(1 for letter in as_utf8 if letter > "\x7f") - broken > broken:
        return None
    try:
        return content.decode("gbk")
    except UnicodeDecodeError:
        return None


def _rows(name: str, words: str, columns: Sequence[str]) -> Iterator[Row]:
    table = _table(name, words)
    header = _header(name, next(table, (1, []))[1], columns)
    for line, cells in table:
        if len(cells) != len(header):
            raise Place(name, line).wrong(
                "cells",
                text("This row has %(found)s cells, the header has %(wanted)s: the row is cut off, or a comma is off."),
                found=len(cells),
                wanted=len(header),
            )
        row = Row(name, line, {column: cell.strip() for column, cell in zip(header, cells, strict=True)})
        if sum(map(len, cells)) > CELL_LENGTH_MAX:
            for column in header:
                row.words(column, CELL_LENGTH_MAX)
        yield row


def _header(name: str, cells: Sequence[str], columns: Sequence[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    for column in columns:
        if column not in header:
            raise Place(name, 1, column).wrong("no_column", text("The header lacks this column."))
    for place, column in enumerate(header, start=1):
        if column not in columns or column in header[: place - 1]:
            raise Place(name, 1, _shown(column) or str(place)).wrong(
                "strange_column", text("The header has a column that does not belong here, or has it twice.")
            )
    return header


def _table(name: str, words: str) -> Iterator[tuple[int, list[str]]]:
    """(line of its start, cells) of each row that is not blank.

    Raises: Refusal for a file that ends in the middle of a row, which is how a copy that broke off looks.
    """
    reader = csv.reader(io.StringIO(words, newline=""), strict=True)
    ends = 0
    while True:
        line = ends + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise Place(name, line).wrong(
                "row", text("This row cannot be read: a quotation is not closed or not well written.")
            ) from error
        ends = reader.line_num
        if cells:
            yield line, cells
    if not words.endswith(("\n", "\r")):
        raise Place(name, max(ends, 1)).wrong(
            "cut_off", text("The file ends without the end of a line: it was cut off. Save it whole.")
        )
