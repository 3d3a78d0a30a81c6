"""The parts of an import in the vault: sheets as they were read, what rows would change, what stood there before."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from muster.foundation import clock, sql
from muster.sheets.models import Import, ImportPart
from muster.vault import particulars, undoing
from muster.vault.particulars import NewParticular

KIND = "sheet"
PURPOSE = "sheets"
DAYS = 30
"""So long the cells of a file are kept: to look at, to take back, to fetch what was refused."""
PART_ROWS = 500

What = ImportPart.What


@dataclass(frozen=True)
class Part:
    """A part to keep."""

    what: str
    content: Any
    sheet: int = 0
    first: int = 0
    last: int = 0


def expiry() -> Any:
    """When what is taken in now ends."""
    return clock.now() + timedelta(days=DAYS)


def keep(imported: Import, parts: Sequence[Part]) -> None:
    """Keep parts; inside an action."""
    rows = [
        ImportPart(imported_id=imported.pk, what=one.what, sheet=one.sheet, first=one.first, last=one.last)
        for one in parts
    ]
    sql.insert(rows)
    particulars.keep_first(
        [
            NewParticular(KIND, row.pk, PURPOSE, json.dumps(one.content, ensure_ascii=False), imported.expires_at)
            for row, one in zip(rows, parts, strict=True)
        ]
    )


def forget(imported: Import, what: str) -> None:
    """Drop the parts of one kind: what rows would change is judged anew."""
    found = list(ImportPart.objects.filter(imported=imported, what=what).values_list("pk", flat=True))
    undoing.remove(KIND, found)
    ImportPart.objects.filter(pk__in=found).delete()


def rewrite(imported: Import, what: str, anew: Callable[[ImportPart, Any], Any]) -> None:
    """Keep the parts of one kind as a function gives them anew; those that it leaves as they are are not touched."""
    changed = []
    for row, content in _opened(_parts(imported, what)):
        becomes = anew(row, content)
        if becomes != content:
            words = json.dumps(becomes, ensure_ascii=False)
            changed.append(NewParticular(KIND, row.pk, PURPOSE, words, imported.expires_at))
    particulars.keep(changed)


def _opened(rows: Sequence[ImportPart]) -> Iterator[tuple[ImportPart, Any]]:
    for part in sql.slices(rows, 20):
        bodies = particulars.open_all(KIND, [row.pk for row in part], PURPOSE, clock.now())
        for row in part:
            if row.pk in bodies:
                yield row, json.loads(bodies[row.pk])


def _parts(imported: Import, what: str) -> list[ImportPart]:
    return list(ImportPart.objects.filter(imported=imported, what=what).order_by("sheet", "first", "pk"))


def head(imported: Import) -> dict[str, Any]:
    """The sheets with their heads; empty where the cells have ended."""
    for _row, content in _opened(_parts(imported, What.HEAD)):
        found: dict[str, Any] = content
        return found
    return {}


def cells(imported: Import, sheet: int, most: int | None = None) -> Iterator[tuple[int, list[str]]]:
    """(place from 0, cells) of the rows of a sheet, as they were read."""
    parts = [row for row in _parts(imported, What.CELLS) if row.sheet == sheet]
    if most is not None:
        parts = [row for row in parts if row.first < most]
    for row, content in _opened(parts):
        for at, one in enumerate(content):
            yield row.first + at, one


def cells_at(imported: Import, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], list[str]]:
    """{(sheet, place from 0): cells} of some rows."""
    wanted = set(places)
    by_sheet = {sheet: sorted(at for of, at in wanted if of == sheet) for sheet in {sheet for sheet, _at in wanted}}
    parts = [row for row in _parts(imported, What.CELLS) if _holds(row, by_sheet.get(row.sheet, ()))]
    found = {}
    for row, content in _opened(parts):
        for at, one in enumerate(content):
            if (row.sheet, row.first + at) in wanted:
                found[(row.sheet, row.first + at)] = one
    return found


def _holds(part: ImportPart, places: Sequence[int]) -> bool:
    """Whether a part holds one of some places, which are in order."""
    at = bisect_left(places, part.first)
    return at < len(places) and places[at] <= part.last


def by_position(imported: Import, what: str, positions: Iterable[int]) -> dict[int, Any]:
    """{position: what is kept of it} of the plan or of what stood before; the newest where there are two."""
    wanted = set(positions)
    in_order = sorted(wanted)
    parts = sorted(_parts(imported, what), key=lambda row: row.pk)
    parts = [row for row in parts if _holds(row, in_order)]
    found: dict[int, Any] = {}
    for _row, content in _opened(parts):
        kept: Mapping[str, Any] = content
        found.update({int(at): one for at, one in kept.items() if int(at) in wanted})
    return found
