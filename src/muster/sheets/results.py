"""What came of a file: counts that add up to the rows read, each fault with its cell as Excel shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from muster.foundation.sql import slices
from muster.sheets import columns, intake, store
from muster.sheets.actions import What
from muster.sheets.importer import ASKED, LEAVE_OUT, REFUSED, VERDICTS
from muster.sheets.models import Import, ImportRow

TOLD_MOST = 20
SLICE = 500
MEANWHILE = "row.meanwhile"


@dataclass(frozen=True)
class Shown:
    """A row as pages and workbooks show it: cells by column, with the faults, the changes, whom it may mean."""

    position: int
    sheet: str
    row: int
    verdict: str
    cells: Mapping[str, str]
    faults: Sequence[tuple[str, str, str]] = ()
    suggestions: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    candidates: Sequence[Sequence[str]] = ()
    answer: str = ""
    places: Mapping[str, int] = field(default_factory=dict)

    def address(self, column: str) -> str:
        """`D12`, the cell as Excel calls it; the row alone where the fault is of the whole row."""
        return f"{columns.letter(self.places[column])}{self.row}" if column in self.places else str(self.row)


def shown(imported: Import, stored: Sequence[ImportRow]) -> list[Shown]:
    """Some rows as they are shown."""
    sheets = {place: (one["name"], chosen) for place, one, chosen in intake.tables(imported)}
    told = store.cells_at(imported, [(row.sheet, row.row - 1) for row in stored])
    plans = store.by_position(imported, What.PLAN, [row.position for row in stored])
    found = []
    for row in stored:
        name, chosen = sheets.get(row.sheet, ("", {}))
        cells = told.get((row.sheet, row.row - 1), [])
        plan = plans.get(row.position, {})
        found.append(
            Shown(
                row.position,
                name,
                row.row,
                row.verdict,
                {key: cells[place] for key, place in chosen.items() if place < len(cells)},
                _faults(row, plan),
                {column: alike for column, _words, _details, alike in plan.get("faults", ()) if alike},
                plan.get("changes", {}),
                plan.get("candidates", ()),
                row.answer,
                chosen,
            )
        )
    return found


def _faults(row: ImportRow, plan: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(column, code, words) of each fault; a row that became another since has none of the words that were kept."""
    words = [gettext(one[1]) % one[2] if one[2] else gettext(one[1]) for one in plan.get("faults", ())]
    if [code for _column, code in row.faults] == [MEANWHILE] or len(words) != len(row.faults):
        meanwhile = gettext("The register changed meanwhile. Take the file in again to see how it stands now.")
        return [(column, code, meanwhile) for column, code in row.faults]
    return [(column, code, said) for (column, code), said in zip(row.faults, words, strict=True)]


def as_json(imported: Import) -> dict[str, Any]:
    """The counts, and every fault with sheet, row and column as Excel shows them."""
    found: dict[str, Any] = {verdict: getattr(imported, verdict) for verdict in VERDICTS}
    found["errors"] = [
        {
            "sheet": row.sheet,
            "row": row.row,
            "column": columns.letter(row.places[column]) if column in row.places else "",
            "code": code,
            "message": words,
        }
        for row in faulty(imported, REFUSED)
        for column, code, words in row.faults
    ]
    if imported.asked:
        found["questions"] = [_question(row) for row in faulty(imported, ASKED)]
    return found


def _question(row: Shown) -> dict[str, Any]:
    """A row that is asked about, with whom it may mean."""
    return {
        "sheet": row.sheet,
        "row": row.row,
        "message": " ".join(words for _column, _code, words in row.faults),
        "candidates": [{"id": one[0], "name": one[1], "about": one[2]} for one in row.candidates],
    }


def faulty(imported: Import, *verdicts: str) -> Iterator[Shown]:
    """The rows that are refused or asked about, in the order of the file."""
    for part in slices(list(_faulty(imported, *verdicts)), SLICE):
        yield from shown(imported, part)


def _faulty(imported: Import, *verdicts: str) -> QuerySet[ImportRow]:
    rows = ImportRow.objects.filter(imported=imported, verdict__in=verdicts).exclude(answer=LEAVE_OUT)
    return rows.order_by("position")


def in_words(imported: Import) -> Iterator[str]:
    """The same for people, line by line; of many faults the first."""
    yield gettext(
        "%(read)s rows: %(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(asked)s asked about, "
        "%(refused)s refused."
    ) % ({"read": imported.rows_read} | {verdict: getattr(imported, verdict) for verdict in VERDICTS})
    head = store.head(imported)
    yield from notes(head)
    skipped = [one["name"] for one in head.get("sheets", ()) if not one["chosen"]]
    if skipped:
        yield gettext("Not read: %(sheets)s.") % {"sheets": ", ".join(skipped)}
    rows = list(_faulty(imported, REFUSED, ASKED))
    # Every such row has a fault: no more rows are opened than are told.
    lines = [
        f"{row.sheet} {row.address(column)}: {words}".strip()
        for row in shown(imported, rows[:TOLD_MOST])
        for column, _code, words in row.faults
    ]
    yield from lines[:TOLD_MOST]
    more = sum(len(row.faults) for row in rows) - min(TOLD_MOST, len(lines))
    if more:
        yield gettext("… and %(count)s more.") % {"count": more}


def notes(head: Mapping[str, Any]) -> list[str]:
    """What the clerk should know of how a file was read, in the reader's language."""
    return [gettext(one) for one in head.get("notes", ())]
