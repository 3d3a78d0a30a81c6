"""The way of a file: read, its table found, its columns guessed, its rows judged, written, taken back, in slices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from muster.foundation import jobs
from muster.foundation.errors import Refusal, text
from muster.foundation.models import Job
from muster.foundation.rights import Actor
from muster.sheets import actions, columns, reading, shape, store
from muster.sheets.actions import State, TakenIn, What
from muster.sheets.guards import refusal
from muster.sheets.importer import AS_NEW, GOOD, Importer, Row, Verdict
from muster.sheets.models import ChosenColumns, Import, ImportRow
from muster.sheets.shape import Shape
from muster.sheets.store import Part

JUDGED_ROWS = 2000
MANY_ROWS = 50_000
UNDONE_ROWS = 500
NO_JOB = UUID(int=0)


@dataclass(frozen=True)
class Asked:
    """What whoever takes a file in says of it: one sheet only, hidden ones too if named; columns by letters."""

    sheet: str = ""
    columns: Mapping[str, int] | None = None


def take(by: Actor, kind: str, content: bytes, asked: Asked = Asked()) -> Import:
    """Read a file and keep its cells; nothing is judged yet.

    Raises: Refusal where the file cannot be read or holds no table of this kind.
    """
    offer = actions.importer_of(kind)
    found = reading.read(content)
    sheets, kept = [], []
    for place, sheet in enumerate(found.sheets):
        chosen = sheet.name == asked.sheet if asked.sheet else not sheet.hidden
        table = shape.find(sheet.rows, offer.columns) if chosen else None
        if chosen and table is None and asked.columns is not None and sheet.rows:
            table = Shape(0, 0, tuple(sheet.rows[0]))
        sheets.append(_described(sheet, chosen, table))
        if chosen and sheet.rows:
            kept += _parts(place, sheet.rows)
    if all(one["shape"] is None for one in sheets):
        for one, sheet in zip(sheets, found.sheets, strict=True):
            table = shape.perhaps(sheet.rows) if one["chosen"] else None
            one["shape"] = _kept(table)
    if not any(one["chosen"] for one in sheets):
        raise _no_such_sheet(asked.sheet, [one["name"] for one in sheets])
    if not kept:
        raise refusal("empty", text("No sheet of this file has a row."))
    guessed = _columns(offer, found.sheets, sheets, asked.columns)
    head = {"sheets": sheets, "notes": [actions.untranslated(note) for note in found.notes]}
    digest = hashlib.sha256(content).hexdigest()
    return actions.take_in(by=by, kind=kind, taken=TakenIn(digest, head, kept, guessed))


def _described(sheet: reading.Sheet, chosen: bool, table: Shape | None) -> dict[str, Any]:
    return {
        "name": sheet.name[:60],
        "hidden": sheet.hidden,
        "chosen": chosen,
        "rows": len(sheet.rows),
        "shape": _kept(table),
    }


def _kept(table: Shape | None) -> list[Any] | None:
    return [table.first, table.last, list(table.heads)] if table else None


def _parts(place: int, rows: Sequence[list[str]]) -> list[Part]:
    size = store.PART_ROWS
    return [
        Part(What.CELLS, rows[first : first + size], place, first, min(first + size, len(rows)) - 1)
        for first in range(0, len(rows), size)
    ]


def _no_such_sheet(name: str, known: Sequence[str]) -> Refusal:
    if name:
        return refusal(
            "no_sheet",
            text("There is no sheet “%(sheet)s” in this file. There are: %(known)s."),
            sheet=name[:60],
            known=", ".join(known),
        )
    return refusal("hidden", text("All sheets of this file are hidden: %(known)s."), known=", ".join(known))


def _columns(
    offer: Importer, read: Sequence[reading.Sheet], sheets: Sequence[dict[str, Any]], given: Mapping[str, int] | None
) -> dict[str, dict[str, int]]:
    """{place of a sheet: {column: its place}}: as given, as remembered for the shape, as guessed."""
    found: dict[str, dict[str, int]] = {}
    for place, one in enumerate(sheets):
        if one["shape"] is None:
            continue
        table = shape_of(one)
        if given is not None:
            found[str(place)] = dict(given)
            continue
        remembered = ChosenColumns.objects.filter(kind=offer.key, shape=table.digest).first()
        rows = read[place].rows[table.last + 1 : table.last + 1 + columns.LOOKED_AT]
        found[str(place)] = remembered.columns if remembered else columns.guess(offer.columns, table.heads, rows)
    return found


def shape_of(described: Mapping[str, Any]) -> Shape:
    """The shape of a sheet as it was kept."""
    first, last, heads = described["shape"]
    return Shape(first, last, tuple(heads))


def lacking(offer: Importer, chosen: Mapping[str, int]) -> list[str]:
    """The labels of columns that must be there and are not chosen."""
    return [str(column.label) for column in offer.columns if column.required and column.key not in chosen]


def tables(imported: Import) -> list[tuple[int, dict[str, Any], Mapping[str, int]]]:
    """(place, how it is described, its columns) of the sheets that have a table with all columns that must be there.

    Raises: Refusal `import.column_missing` where there is none; `import.ended` where the cells are gone.
    """
    offer, described = actions.importer_of(imported.kind), store.head(imported)
    if not described:
        raise actions.ended()
    found = []
    for place, one in enumerate(described["sheets"]):
        chosen = imported.columns.get(str(place), {})
        if one["shape"] is not None and not lacking(offer, chosen):
            found.append((place, one, chosen))
    if not found:
        lacks = lacking(offer, next(iter(imported.columns.values()), {}))
        raise Refusal(
            "import.column_missing",
            text("No sheet has a table with the columns: %(columns)s."),
            text("Say which column is which, or write these heads above them."),
            status=422,
            columns=", ".join(lacks),
        )
    return found


def rows_of(imported: Import, answers: Mapping[tuple[str, int], str] | None = None) -> Iterator[tuple[Row, int]]:
    """(row of the table, place of its sheet), in the order of the file. answers: {(sheet, row): answer}."""
    position = 0
    for place, one, chosen in tables(imported):
        for at, row in shape.body(store.cells(imported, place), shape_of(one)):
            yield _row(position, one["name"], at, row, chosen, (answers or {}).get((one["name"], at + 1), "")), place
            position += 1


def _row(position: int, sheet: str, at: int, row: Sequence[str], chosen: Mapping[str, int], answer: str = "") -> Row:
    return Row(position, sheet, at + 1, {key: row[p] for key, p in chosen.items() if p < len(row)}, answer)


class Standing(NamedTuple):
    """What is kept of a row beside its cells, as far as writing it asks."""

    position: int
    sheet: int
    row: int
    verdict: str
    answer: str


def rows_at(imported: Import, stored: Sequence[ImportRow | Standing]) -> list[Row]:
    """Some rows as they were read, with their answers."""
    sheets = {place: (one, chosen) for place, one, chosen in tables(imported)}
    told = store.cells_at(imported, [(row.sheet, row.row - 1) for row in stored])
    found = []
    for row in stored:
        one, chosen = sheets[row.sheet]
        place = (row.sheet, row.row - 1)
        if place in told:
            found.append(_row(row.position, one["name"], row.row - 1, told[place], chosen, row.answer))
    return found


def _answered_before(imported: Import) -> dict[tuple[str, int], str]:
    """{(sheet, row): answer} of the same file when it was last written: whom it made new then is meant now."""
    same = Import.objects.filter(kind=imported.kind, digest=imported.digest, state=State.APPLIED)
    last = same.filter(by_account=imported.by_account).exclude(pk=imported.pk).order_by("-applied_at").first()
    made = actions.importer_of(imported.kind).made
    if last is None or made is None or last.columns != imported.columns:
        return {}
    names = [one["name"] for one in store.head(imported).get("sheets", ())]
    rows = ImportRow.objects.filter(imported=last).exclude(answer="")
    return {
        (names[row.sheet], row.row): str(made(last.pk, row.position)) if row.answer == AS_NEW else row.answer
        for row in rows
        if row.sheet < len(names)
    }


def judge(by: Actor, imported: Import, answers: Mapping[tuple[str, int], str] | None = None) -> Import:
    """Judge all rows of an import by what the database holds now: the dry run."""
    planner = actions.importer_of(imported.kind).planner(by, imported.pk)
    # Whom an earlier import of the file made new is not made again; any other answer that is given now stands.
    now = {place: words for place, words in (answers or {}).items() if words != AS_NEW}
    given = {**(answers or {}), **_answered_before(imported), **now}
    # Twice through the file, in slices: a row may stand twice in it, and of a large one the rows are never all held.
    planner.look(row for row, _place in rows_of(imported, given))
    rows = rows_of(imported, given)
    part, first = list(islice(rows, JUDGED_ROWS)), True
    if not part:
        raise refusal("no_rows", text("There is a head, and no row below it."))
    while part:
        following = list(islice(rows, JUDGED_ROWS))
        verdicts = planner.judge([row for row, _place in part])
        judged = [(row, place, verdict) for (row, place), verdict in zip(part, verdicts, strict=True)]
        imported = actions.judge_rows(by=by, imported=imported, rows=judged, first=first, last=not following)
        part, first = following, False
    return imported


def answer(by: Actor, imported: Import, position: int, words: str) -> Verdict:
    """Answer one row that was asked about, and judge it so."""
    stored = ImportRow.objects.filter(imported=imported, position=position).first()
    if stored is None:
        raise Refusal("import.not_asked", text("Nothing is asked about this row."), status=404)
    stored.answer = words[:36]
    (row,) = rows_at(imported, [stored])
    planner = actions.importer_of(imported.kind).planner(by, imported.pk)
    planner.look([row])
    (verdict,) = planner.judge([row])
    actions.answer_row(by=by, imported=imported, row=row, verdict=verdict)
    return verdict


def judge_slice(job: Job) -> tuple[int, int, bool]:
    """The job that judges a large file: all of it at once, since a row may stand twice in it."""
    imported = Import.objects.get(pk=UUID(job.args["imported"]))
    if imported.state == State.READ:
        imported = judge(actions.by_whom(imported), imported)
    return imported.rows_read, imported.rows_read, False


def write_slice(job: Job) -> tuple[int, int, bool]:
    """A slice of the job that applies an import."""
    imported = Import.objects.get(pk=UUID(job.args["imported"]))
    if imported.state != State.APPLYING:
        return imported.next, imported.rows_read, False
    good = ImportRow.objects.filter(imported=imported, position__gte=imported.next, verdict__in=GOOD)
    size = actions.importer_of(imported.kind).slice_rows
    if imported.rows_read > MANY_ROWS:
        size //= 2  # the more there is, the longer it takes to lie safely on the disk: never 8 s
    stored = [Standing(*row) for row in good.order_by("position").values_list(*Standing._fields)[: size + 1]]
    part, ended = stored[:size], len(stored) <= size
    upto = imported.rows_read if ended else part[-1].position + 1
    rows = rows_at(imported, part)
    verdicts = {row.position: row.verdict for row in part}
    by = actions.by_whom(imported)
    actions.write_rows(
        by=by, imported=imported, rows=rows, verdicts=[verdicts[r.position] for r in rows], upto=upto, ended=ended
    )
    return upto, imported.rows_read, not ended


def undo_slice(job: Job) -> tuple[int, int, bool]:
    """A slice of the job that takes an import back, from the end of the file."""
    imported = Import.objects.get(pk=UUID(job.args["imported"]))
    if imported.state != State.UNDOING:
        return job.of, job.of, False
    first = max(0, imported.next - UNDONE_ROWS)
    actions.undo_rows(by=actions.by_whom(imported), imported=imported, first=first)
    return job.of - first, job.of, first > 0


def go_on(imported: Import, seconds: float | None = None) -> Iterator[Import]:
    """Do slices of an import's job here and now, one after another, until it has ended; the clockwork does the rest.

    Raises: Refusal of the slice that failed.
    """
    from muster.foundation import clock

    began = clock.monotonic()
    while seconds is None or clock.monotonic() - began < seconds:
        job = Job.objects.filter(pk=imported.job or NO_JOB).first()
        if job is None or job.state in (Job.State.DONE, Job.State.FAILED) or not jobs.do_slice(job):
            break
        imported.refresh_from_db()
        yield imported
    imported.refresh_from_db()
