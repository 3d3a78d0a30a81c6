"""Somebody is erased: what files that were taken in say of them goes with them, inside the action that erases.

A row knows whom it means; a row that is asked about names whom it may mean. What else stands in a file is not searched:
a row that was refused, or never looked at, ends with its file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from muster.foundation import sql
from muster.sheets import store
from muster.sheets.importer import ASKED
from muster.sheets.models import Import, ImportPart, ImportRow
from muster.sheets.store import KIND, What
from muster.vault.erasing import erase
from muster.vault.models import Erasure, Particular

ASKED_ONCE = Q(verdict=ASKED) | ~Q(answer="")
"""Rows whose plan names candidates: it keeps them when it was answered."""
RUNNING = (Import.State.APPLYING, Import.State.UNDOING)


def forget(people: Collection[UUID], cause: Erasure.Cause) -> None:
    """Let go what imports keep of some people.

    A file that is settled, or only tried, goes as a whole, and keeps what it needs to be taken back of everybody else;
    of one that a job is busy with their rows are blanked.
    """
    named = _named(people)
    imports = {one.pk: one for one in Import.objects.filter(pk__in=list(named)).select_for_update(no_key=True)}
    for pk, rows in named.items():
        imported = imports[pk]
        if imported.state in RUNNING:
            _blank_cells(imported, rows)
            _drop(imported, What.PLAN, rows)
        else:
            parts = ImportPart.objects.filter(imported=imported).exclude(what=What.BEFORE)
            _erase(list(parts.values_list("pk", flat=True)), cause)
        _drop(imported, What.BEFORE, rows)


def _named(people: Collection[UUID]) -> dict[UUID, dict[int, tuple[int, int]]]:
    """{import: {position: (sheet, place from 0)}} of the rows that mean some people or ask about them."""
    found: dict[UUID, dict[int, tuple[int, int]]] = {}
    columns = ("imported_id", "position", "sheet", "row")
    for part in sql.slices(list(people)):
        rows = ImportRow.objects.filter(target__in=part).order_by("imported", "position")
        for imported, position, sheet, row in rows.values_list(*columns):
            found.setdefault(imported, {})[position] = (sheet, row - 1)
    wanted = {str(one) for one in people}
    asking = ImportRow.objects.filter(ASKED_ONCE, imported=OuterRef("pk"))
    for imported in Import.objects.filter(Exists(asking)).order_by("pk"):
        asking_rows = ImportRow.objects.filter(ASKED_ONCE, imported=imported)
        asked = {one.position: (one.sheet, one.row - 1) for one in asking_rows}
        for position, plan in store.by_position(imported, What.PLAN, asked).items():
            if any(str(one[0]) in wanted for one in plan.get("candidates", ())):
                found.setdefault(imported.pk, {})[position] = asked[position]
    return found


def _erase(parts: Collection[UUID], cause: Erasure.Cause) -> None:
    kept = Particular.objects.select_for_update().filter(subject_kind=KIND, body__isnull=False)
    for part in sql.slices(list(parts)):
        erase(list(kept.filter(subject_id__in=part).defer("body")), cause)


def _blank_cells(imported: Import, rows: Mapping[int, tuple[int, int]]) -> None:
    places = set(rows.values())

    def blanked(part: ImportPart, content: Any) -> Any:
        return [[""] * len(row) if (part.sheet, part.first + at) in places else row for at, row in enumerate(content)]

    store.rewrite(imported, What.CELLS, blanked)


def _drop(imported: Import, what: str, rows: Mapping[int, tuple[int, int]]) -> None:
    gone = {str(position) for position in rows}
    store.rewrite(imported, what, lambda _part, kept: {at: one for at, one in kept.items() if at not in gone})
