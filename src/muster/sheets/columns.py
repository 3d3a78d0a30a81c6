"""Which column is which: guessed by the head, by what people call such a column, by what stands in it."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from muster.sheets import cells
from muster.sheets.importer import Column

Chosen = Mapping[str, int]
"""{key of a column: its place in the sheet, from 0}"""

EXACT, WITHIN, LOOKS = 30, 10, 6
LOOKED_AT = 50
SHARE = 0.6
_LOOK = {
    "phone": re.compile(r"\+?(86)?1[3-9]\d{9}", re.ASCII),
    "id_number": re.compile(r"\d{17}[\dXx]", re.ASCII),
    "since": re.compile(r"(19|20)\d\d[-./\u5e74]\d{1,2}.*"),
}
_ASIDE = re.compile(r"\(.*?\)|\u3010.*?\u3011|\*")


@lru_cache(maxsize=1)
def _heads() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    with (Path(__file__).parent / "heads.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["column"], set()).add(cells.fold(row["head"]))
    return {key: frozenset(heads) for key, heads in found.items()}


def called(column: Column) -> frozenset[str]:
    """All that people call a column, folded: in every language, its label too."""
    return _heads().get(column.key, frozenset()) | {cells.fold(str(column.label))}


def plain_head(head: str) -> str:
    """A head without what stands in brackets beside it, folded."""
    return cells.fold(_ASIDE.sub("", cells.tidy(head)))


def score(column: Column, head: str) -> int:
    """How well a head names a column."""
    plain = plain_head(head)
    if not plain:
        return 0
    names = called(column)
    if plain in names:
        return EXACT
    within = [len(name) for name in names if len(name) >= 2 and not name.isascii() and name in plain]
    return WITHIN + max(within) if within else 0


def guess(columns: Sequence[Column], heads: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """The best place for each column, none twice: by its head, else by what stands below."""
    scores = [
        (score(column, head) or _looks(column, place, rows), -order, -place, column.key)
        for order, column in enumerate(columns)
        for place, head in enumerate(heads)
    ]
    found: dict[str, int] = {}
    for worth, _order, place, key in sorted(scores, reverse=True):
        if worth and key not in found and -place not in found.values():
            found[key] = -place
    return found


def _looks(column: Column, place: int, rows: Sequence[Sequence[str]]) -> int:
    """Whether most of a column's cells look like one of a kind that has a form of its own."""
    form = _LOOK.get(column.key)
    if form is None:
        return 0
    held = [cells.code(row[place]) for row in rows[:LOOKED_AT] if place < len(row) and row[place].strip()]
    alike = sum(1 for one in held if form.fullmatch(one))
    return LOOKS if held and alike >= SHARE * len(held) else 0


def letter(place: int) -> str:
    """A column as Excel calls it: A, Z, AA."""
    found = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(65 + rest) + found
    return found


def place_of(words: str) -> int | None:
    """The place of a column that somebody names by letters, as Excel does; None for what is none."""
    named = words.strip().upper()
    if not re.fullmatch(r"[A-Z]{1,3}", named, re.ASCII):
        return None
    found = 0
    for one in named:
        found = found * 26 + ord(one) - 64
    return found - 1
