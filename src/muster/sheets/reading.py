"""Any sheet that a clerk has, as sheets of cells: xlsx, xls, ods, csv; told by what they are, not by their names."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from muster.foundation.errors import Refusal, Text, text
from muster.sheets import guards
from muster.sheets.child import COLUMNS_MAX, ROWS_MAX
from muster.sheets.guards import broken, has_macros, has_password, refusal

FILE_BYTES_MAX = 30_000_000
CHILD_SECONDS = 120
SOURCE = Path(__file__).resolve().parents[2]
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"%PDF-", b"\x7fELF")
PERHAPS = (b"RIFF", b"BM", b"MZ")
"""Pictures and programs, unless what follows is text: the first column may be called BM."""
MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<svg", b"<meta", b"<script")
DELIMITERS = (",", "\t", ";")
SNIFFED_LINES = 20


@dataclass
class Sheet:
    """One sheet: its rows in order, each with all its cells as text; row 0 is the one that Excel calls 1."""

    name: str
    hidden: bool = False
    rows: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Read:
    """What a file holds. notes: what the clerk should know of how it was read."""

    sheets: Sequence[Sheet]
    kind: str
    notes: Sequence[Text] = ()


def read(content: bytes) -> Read:
    """The sheets of a file. Nothing in it is carried out.

    Raises: Refusal (422) `sheet.…` that says what is wrong with the file as a whole; (413) for one that is too large.
    """
    if len(content) > FILE_BYTES_MAX:
        raise too_large()
    if not content.strip(b"\x00\r\n\t "):
        raise refusal(
            "empty", text("This file is empty."), text("Choose the sheet with the rows. Nothing was written.")
        )
    if content.startswith(ZIP):
        guards.look_into(content)
        return Read(_workbook(content), "workbook")
    if content.startswith(OLE):
        _look_into_old(content)
        return Read(_workbook(content), "workbook")
    if content.startswith(PICTURES) or (content.startswith(PERHAPS) and b"\x00" in content[:64]):
        raise refusal("not_a_sheet", text("This is a picture or a document, not a sheet, whatever its name says."))
    if content[:64].lstrip(b"\xef\xbb\xbf\r\n\t ").lower().startswith(MARKUP):
        raise refusal("markup", text("This is a web page, not a sheet, whatever its name says."))
    words, notes = _decoded(content)
    return Read([Sheet("", rows=_csv(words))], "csv", notes)


def too_large() -> Refusal:
    """Refused at the door, or as soon as so much has come."""
    return Refusal(
        "sheet.too_large",
        text("This file is larger than %(most)s MB. Nothing was written."),
        text("Take pictures out of it, or send it in parts."),
        status=413,
        most=FILE_BYTES_MAX // 1_000_000,
    )


def _look_into_old(content: bytes) -> None:
    """An old workbook: the names of what it carries stand in it in UTF-16."""
    if "_VBA_PROJECT".encode("utf-16-le") in content or "VBA".encode("utf-16-le") + b"\x00\x00" in content:
        raise has_macros()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise has_password()


def _workbook(content: bytes) -> list[Sheet]:
    """Read by a process of its own, which may take so much memory and so long."""
    sheets: list[Sheet] = []
    ended = False
    with _child(content) as said:
        for line in said:
            found = json.loads(line)
            if "error" in found:
                raise _told(found)
            ended = "end" in found or ended
            if "sheets" in found:
                sheets = [Sheet(str(one["name"]), bool(one["hidden"])) for one in found["sheets"]]
            elif "rows" in found:
                sheets[found["sheet"]].rows.extend(found["rows"])
    if not ended:
        raise refusal(
            "bomb_memory", text("This file needs more memory than any table does. It was not read to its end.")
        )
    if sum(len(sheet.rows) for sheet in sheets) > ROWS_MAX:
        raise _told({"error": "too_long", "sheet": ""})
    return sheets


class _child:
    """The lines that the reading process prints; it is ended with the block."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __enter__(self) -> Iterator[bytes]:
        self.file = _in_memory()
        self.file.write(self.content)
        self.file.seek(0)
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import sys; from muster.sheets.child import main; sys.exit(main())"],
            stdin=self.file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8"},
        )
        self.limit = threading.Timer(CHILD_SECONDS, self.process.kill)
        self.limit.start()
        assert self.process.stdout is not None
        return iter(self.process.stdout)

    def __exit__(self, *_: Any) -> None:
        self.limit.cancel()
        if self.process.stdout is not None:
            self.process.stdout.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.file.close()


def _in_memory() -> IO[bytes]:
    """A file that another process can read and no disk holds; where the system has none, one without a name."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("sheet"), "w+b")
    return tempfile.TemporaryFile()


def _told(found: dict[str, Any]) -> Refusal:
    """The words for what the reading process found wrong."""
    what = str(found["error"])
    if what == "password":
        return has_password()
    if what == "too_wide":
        return refusal(
            "too_wide",
            text("The sheet “%(sheet)s” has more than %(most)s columns."),
            text("Delete what stands right of the table, columns that look empty too. Nothing was written."),
            sheet=str(found["sheet"])[:60],
            most=COLUMNS_MAX,
        )
    if what == "too_long":
        return refusal(
            "too_long",
            text("This file has more than %(most)s rows."),
            text("Delete what stands under the table, or send it in parts. Nothing was written."),
            most=ROWS_MAX,
        )
    if what == "memory":
        return refusal(
            "bomb_memory", text("This file needs more memory than any table does. It was not read to its end.")
        )
    return broken()


def _decoded(content: bytes) -> tuple[str, list[Text]]:
    """The text of a CSV file in the encoding in which it makes sense.

    Raises: Refusal `sheet.encoding`.
    """
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    for mark, encoding in marks:
        if content.startswith(mark):
            found = _as(content, encoding)
            if found is not None:
                return found, []
    if content.count(b"\x00") * 3 > len(content):  # half of what is ASCII is NUL in UTF-16
        found = _as(content, "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be")
        if found is not None:
            return found, []
    found = _as(content, "utf-8")
    if found is not None:
        return found, []
    perhaps = ("gb18030", "big5", *(("utf-16-le", "utf-16-be") if b"\x00" in content else ()))
    both = {name: words for name in perhaps if (words := _as(content, name)) is not None}
    if not both:
        raise refusal(
            "encoding",
            text("The signs of this file cannot be read: it is neither UTF-8, GBK nor Big5."),
            text("Save it as “CSV UTF-8” or as .xlsx, and send that. Nothing was written."),
        )
    encoding, words = max(both.items(), key=lambda one: _sense(one[1]))
    return words, [_READ_AS[encoding]] if encoding in _READ_AS else []


_READ_AS: dict[str, Text] = {"gb18030": text("It was read as GBK."), "big5": text("It was read as Big5.")}


def _as(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeError:
        return None


def _sense(words: str) -> float:
    """How much of a text is in common characters: of two readings of the same bytes, the right one has more."""
    sample = [letter for letter in words[:20_000] if letter > "\x7f"]
    if not sample:
        return 0.0
    # The first level of GB 2312 and of Big5 holds what is written every day.
    return sum(_is_common(letter) for letter in sample) / len(sample)


def _is_common(letter: str) -> bool:
    for encoding, last in (("gb2312", b"\xd7\xf9"), ("big5", b"\xc6\x7e")):
        try:
            raw = letter.encode(encoding)
        except UnicodeError:
            continue
        if len(raw) == 2 and raw <= last:
            return True
    return False


def _csv(words: str) -> list[list[str]]:
    """Raises: Refusal `sheet.too_wide`, `sheet.too_long`, `sheet.broken`."""
    delimiter = _delimiter(words)
    rows: list[list[str]] = []
    before = csv.field_size_limit(FILE_BYTES_MAX)
    try:
        for row in csv.reader(io.StringIO(words.lstrip("\ufeff"), newline=""), delimiter=delimiter):
            if len(row) > COLUMNS_MAX:
                raise _told({"error": "too_wide", "sheet": ""})
            # A row that another program ended with a formula of text, ="0012", means that text.
            rows.append([_from_formula(cell) for cell in row])
            if len(rows) > ROWS_MAX:
                raise _told({"error": "too_long"})
    except csv.Error as error:
        raise broken() from error
    finally:
        csv.field_size_limit(before)
    return rows


def _from_formula(cell: str) -> str:
    return cell[2:-1] if cell.startswith('="') and cell.endswith('"') and len(cell) > 2 else cell


def _delimiter(words: str) -> str:
    """What parts the cells: the sign that stands in most lines equally often."""
    first, lines = words[:50_000].lstrip("\ufeff").splitlines()[: SNIFFED_LINES + 1], 0
    if first and first[0].lower().startswith("sep=") and len(first[0]) == 5:
        return first[0][4]
    found = {sign: Counter(line.count(sign) for line in first if line.strip()) for sign in DELIMITERS}
    best = ","
    for sign, counts in found.items():
        counts.pop(0, None)
        usual = max((count * times for count, times in counts.items()), default=0)
        if usual > lines:
            best, lines = sign, usual
    return best
