"""Reads one workbook in a process of its own: `python -m muster.sheets.child` with the file on its standard input.

A foreign file is opened by nobody who has a database, keys or other people's memory. The process may take so much
memory and so many seconds, and what it gives back is lines of text. It imports nothing of Django.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

MEMORY_BYTES = 1_400_000_000
CPU_SECONDS = 90
ROWS_MAX = 250_000
COLUMNS_MAX = 200
LINE_ROWS = 500


def main() -> int:
    """Prints a line for the list of sheets, then lines with rows; the last says that it is the last."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        book = load_workbook(io.BytesIO(sys.stdin.buffer.read()))
        sheets = [
            {"name": one.name, "hidden": not str(one.visible).endswith(".Visible")}
            for one in book.sheets_metadata
            if str(one.typ).endswith(".WorkSheet")
        ]
        _say({"sheets": sheets})
        for number, sheet in enumerate(sheets):
            _rows(book, str(sheet["name"]), number)
    except PasswordError:
        _say({"error": "password"})
    except MemoryError:
        _say({"error": "memory"})
    except _TooWide:
        pass
    except (CalamineError, ValueError, OverflowError):
        _say({"error": "unreadable"})
    _say({"end": True})
    return 0


class _TooWide(Exception):
    """A sheet that is no table of people's making."""


def _rows(book: Any, name: str, number: int) -> None:
    from muster.sheets.plain import plain

    sheet = book.get_sheet_by_name(name)
    start, end = sheet.start, sheet.end
    if start is None or end is None:
        return
    if end[1] >= COLUMNS_MAX or end[0] >= ROWS_MAX:
        _say({"error": "too_wide" if end[1] >= COLUMNS_MAX else "too_long", "sheet": name})
        raise _TooWide
    before, part, first = [""] * start[1], [], 0
    for at, row in enumerate(sheet.iter_rows()):
        part.append(before + [plain(cell) for cell in row])
        if len(part) == LINE_ROWS:
            _say({"sheet": number, "first": first, "rows": part})
            part, first = [], at + 1
    if part:
        _say({"sheet": number, "first": first, "rows": part})


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
