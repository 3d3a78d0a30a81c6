"""Where the table stands in a sheet: titles above, a head of one row or two, rows, blanks, totals, notes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from muster.sheets import cells, columns
from muster.sheets.importer import Column

HEAD_WITHIN = 30
"""A head stands in the first rows; what comes before it are titles."""
NOTE_CELLS_MAX = 3
WIDE = 0.7
_AFTER_WORD = re.compile(r"[:\d].*")


@dataclass(frozen=True)
class Shape:
    """The head: its first row and its last, from 0; the heads of the columns."""

    first: int
    last: int
    heads: tuple[str, ...]

    @property
    def digest(self) -> str:
        """What two files of one shape have in common: their heads, in order."""
        folded = "\n".join(columns.plain_head(head) for head in self.heads).rstrip("\n")
        return hashlib.sha256(folded.encode()).hexdigest()


def find(rows: Sequence[Sequence[str]], wanted: Sequence[Column]) -> Shape | None:
    """Where the head stands; None where no row names two columns, or the one that must be there."""
    best, worth = None, 0
    for place, row in enumerate(rows[:HEAD_WITHIN]):
        named = _named(row, wanted)
        if named > worth:
            best, worth = place, named
    if best is None or worth < min(2, sum(1 for column in wanted if column.required)):
        return None
    return _joined(rows, best, wanted)


def perhaps(rows: Sequence[Sequence[str]]) -> Shape | None:
    """The first row that is filled as widely as a table is, where no word of it is known: people say what is what."""
    filled = [sum(1 for cell in row if cell.strip()) for row in rows[:HEAD_WITHIN]]
    widest = max(filled, default=0)
    if widest < 2:
        return None
    at = next(place for place, count in enumerate(filled) if count >= max(2, WIDE * widest))
    return Shape(at, at, tuple(cells.tidy(cell) for cell in rows[at]))


def _named(row: Sequence[str], wanted: Sequence[Column]) -> int:
    """How many different columns the cells of a row name."""
    found = set()
    for cell in row:
        worth = [(columns.score(column, cell), column.key) for column in wanted] if cell.strip() else []
        most = max(worth, default=(0, ""))
        if most[0] and len(cell) <= 40:
            found.add(most[1])
    return len(found)


def _joined(rows: Sequence[Sequence[str]], at: int, wanted: Sequence[Column]) -> Shape:
    """A head of two rows where the other one, above or below, names columns too and holds no row of its own."""
    upper, lower = rows[at], rows[at + 1] if at + 1 < len(rows) else []
    if _is_second(upper, lower, wanted):
        return Shape(at, at + 1, _two(upper, lower))
    above = rows[at - 1] if at else []
    if sum(1 for cell in above if cell.strip()) > 1 and _is_second(above, upper, wanted) and _named(above, wanted):
        return Shape(at - 1, at, _two(above, upper))
    return Shape(at, at, tuple(cells.tidy(cell) for cell in upper))


def _is_second(upper: Sequence[str], lower: Sequence[str], wanted: Sequence[Column]) -> bool:
    """Whether `lower` is the second row of a head: it stands under a merged cell and names more columns."""
    if not any(cell.strip() for cell in lower) or not _named(lower, wanted):
        return False
    empty_above = [place for place, cell in enumerate(lower) if cell.strip() and not _at(upper, place)]
    return bool(empty_above) and not any(re.search(r"\d{3}", cell) for cell in lower)


def _two(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    """Of a head in two rows the lower one counts, which says more; the upper one where there is none below."""
    return tuple(_at(lower, place) or _at(upper, place) for place in range(max(len(upper), len(lower))))


def _at(row: Sequence[str], place: int) -> str:
    return cells.tidy(row[place]) if place < len(row) else ""


def body(rows: Iterable[tuple[int, Sequence[str]]], shape: Shape) -> Iterator[tuple[int, Sequence[str]]]:
    """(place from 0, cells) of each row of the table: no blank, no total, no note, no head that is repeated.

    rows: (place, cells) of all rows of the sheet in order; of many rows no list is ever held.
    """
    heads: set[tuple[str, ...]] = set()
    firsts: set[str] = set()
    for place, row in rows:
        if shape.first <= place <= shape.last:
            heads.add(tuple(cells.tidy(cell) for cell in row))
            firsts |= {cells.tidy(cell) for cell in row[:1]}
        elif (
            place > shape.last
            and _is_row(row)
            and not (cells.tidy(row[0]) in firsts and tuple(cells.tidy(cell) for cell in row) in heads)
        ):
            yield place, row


def _is_row(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell.strip()]
    if not filled:
        return False
    if any(_says("total", cell) for cell in filled[:2]):
        return False
    return not (len(filled) <= NOTE_CELLS_MAX and _says("note", filled[0], alone=False))


def _says(kind: str, cell: str, alone: bool = True) -> bool:
    """Whether a cell is one of the words, or begins with one and a colon; a total may also carry its number."""
    words = cells.tidy(cell).replace(" ", "")
    if cells.is_word(kind, words):
        return alone
    cut = re.split(r"[:\d(]", words, maxsplit=1)[0]
    return cut != words and bool(_AFTER_WORD.match(words[len(cut) :])) and cells.is_word(kind, cut)
