"""A workbook as Excel 97 to 2003 wrote it: records of BIFF8 in a compound file. As little of both as makes one.

By [MS-XLS] and [MS-CFB]: one sheet, texts in the shared table in UTF-16, numbers, days as numbers with a format.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import date

SECTOR = 512
FREE, END_OF_CHAIN, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
MINI_CUTOFF = 4096
"""A stream shorter than this would lie among the small ones: it is filled up."""
PLAIN, DAY = 0, 1
"""Places in the table of formats."""
DAY_FORMAT = 14
DAY_0 = date(1899, 12, 30)

Cell = str | float | date


def xls_of(name: str, rows: Sequence[Sequence[Cell]]) -> bytes:
    """A workbook of one sheet."""
    return _compound(_workbook(name, rows))


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _begin(what: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, what, 0x0DBB, 1996, 0, 0x0600))


def _wide(words: str) -> bytes:
    """The flag that says UTF-16, and the text."""
    return b"\x01" + words.encode("utf-16-le")


def _workbook(name: str, rows: Sequence[Sequence[Cell]]) -> bytes:
    texts = sorted({cell for row in rows for cell in row if isinstance(cell, str) and cell})
    shared = struct.pack("<II", len(texts), len(texts))
    shared += b"".join(struct.pack("<H", len(one)) + _wide(one) for one in texts)
    formats = [struct.pack("<HHHHHHII", 0, one, 0, 0, 0, 0, 0, 0) for one in (0, DAY_FORMAT)]
    before = _begin(0x0005) + _record(0x0042, struct.pack("<H", 1200)) + _record(0x0022, struct.pack("<H", 0))
    before += b"".join(_record(0x00E0, one) for one in formats)
    after = _record(0x00FC, shared) + _record(0x000A)
    named = struct.pack("<BBB", 0, 0, len(name)) + _wide(name)
    place = len(before) + len(_record(0x0085, bytes(4) + named)) + len(after)
    return before + _record(0x0085, struct.pack("<I", place) + named) + after + _sheet(rows, texts)


def _sheet(rows: Sequence[Sequence[Cell]], texts: Sequence[str]) -> bytes:
    width = max(len(row) for row in rows)
    found = _begin(0x0010) + _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for at, row in enumerate(rows):
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                if cell:
                    found += _record(0x00FD, struct.pack("<HHHI", at, place, PLAIN, texts.index(cell)))
            elif isinstance(cell, date):
                found += _record(0x0203, struct.pack("<HHHd", at, place, DAY, (cell - DAY_0).days))
            else:
                found += _record(0x0203, struct.pack("<HHHd", at, place, PLAIN, cell))
    return found + _record(0x000A)


def _compound(stream: bytes) -> bytes:
    """A compound file with one stream: a sector of allocation, one of names, then the stream."""
    whole = stream.ljust(max(MINI_CUTOFF, -(-len(stream) // SECTOR) * SECTOR), b"\x00")
    count = len(whole) // SECTOR
    assert count + 2 <= SECTOR // 4, "one sector of allocation is enough for what tests write"
    chain = [FAT_SECTOR, END_OF_CHAIN, *range(3, count + 2), END_OF_CHAIN]
    allocation = struct.pack(f"<{SECTOR // 4}I", *chain, *[FREE] * (SECTOR // 4 - len(chain)))
    names = _entry("Root Entry", 5, child=1, first=END_OF_CHAIN, size=0)
    names += _entry("Workbook", 2, child=FREE, first=2, size=len(whole)) + bytes(2 * 128)
    return _head() + allocation + names + whole


def _head() -> bytes:
    found = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    found += struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, MINI_CUTOFF, END_OF_CHAIN, 0, END_OF_CHAIN, 0
    )
    return found + struct.pack("<109I", 0, *[FREE] * 108)


def _entry(name: str, kind: int, *, child: int, first: int, size: int) -> bytes:
    words = name.encode("utf-16-le")
    found = words.ljust(64, b"\x00") + struct.pack("<HBBIII", len(words) + 2, kind, 1, FREE, FREE, child)
    return found + bytes(16 + 4 + 8 + 8) + struct.pack("<IQ", first, size)
