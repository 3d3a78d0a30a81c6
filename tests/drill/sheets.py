"""Scenarios to try things on: a copy of the small one, and its sheets changed cell by cell."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "scenarios" / "flood-small"

Rows = list[dict[str, str]]


def copy_of_small(folder: Path) -> Path:
    """A copy that may be spoilt."""
    target = folder / "spoilt"
    shutil.copytree(SMALL, target)
    return target


def rows_of(sheet: Path) -> Rows:
    """The rows of a sheet."""
    return list(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8"), newline="")))


def change(sheet: Path, mend: Callable[[Rows], object]) -> None:
    """Change the rows of a sheet and write it again."""
    text = sheet.read_text(encoding="utf-8")
    header = next(csv.reader(io.StringIO(text, newline="")))
    rows = rows_of(sheet)
    mend(rows)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    sheet.write_text(out.getvalue(), encoding="utf-8")


def put(sheet: Path, row: int, **cells: str) -> None:
    """Change some cells of the row with this place (0 is the first after the header)."""
    change(sheet, lambda rows: rows[row].update(cells))


def line_of(sheet: Path, row: int) -> int:
    """The line in which a row starts, as an editor counts."""
    reader = csv.reader(io.StringIO(sheet.read_text(encoding="utf-8"), newline=""))
    next(reader)
    for _ in range(row):
        next(reader)
    return reader.line_num + 1
