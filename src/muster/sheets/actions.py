"""The verbs of imports: take a file in, choose its columns, judge its rows, answer, apply, take back.

The roles are those of organisation by their keys: this room lies below it. Which rows somebody may write is the
matter of each importer, row by row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count

from muster.foundation import jobs, sql
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, Text, invalid, not_found, text
from muster.foundation.registry import IMPORTS
from muster.foundation.rights import HOUSE, Actor, refused
from muster.sheets import store
from muster.sheets.importer import (
    AS_NEW,
    ASKED,
    GOOD,
    LEAVE_OUT,
    NEW,
    REFUSED,
    UNCHANGED,
    VERDICTS,
    Importer,
    Row,
    Verdict,
)
from muster.sheets.models import ChosenColumns, Import, ImportPart, ImportRow
from muster.sheets.store import Part

CLERKS = ("commander", "clerk", "lead")
TAKERS = (HOUSE, *CLERKS)
JUDGE, WRITE, UNDO = "sheets.judge", "sheets.write", "sheets.undo"
"""The jobs."""
What, State = ImportPart.What, Import.State


@dataclass(frozen=True)
class TakenIn:
    """A file as it was read: its digest, its sheets and heads, its cells."""

    digest: str
    head: Mapping[str, Any]
    cells: Sequence[Part]
    columns: Mapping[str, Mapping[str, int]]


def own(by: Actor, imported: Import) -> None:
    """Refuse whoever did not take the file in: what it holds is for them only."""
    if imported.by_account != by.account_id or (by.account_id is None and not by.has(HOUSE)):
        raise not_found("import.unknown")


def importer_of(kind: str) -> Importer:
    """Raises: Refusal (404) for a kind that no room offers."""
    found: Importer | None = IMPORTS.get(kind)
    if found is None:
        raise not_found("import.kind")
    return found


@action("sheets.take_in", roles=TAKERS)
def take_in(*, by: Actor, kind: str, taken: TakenIn) -> Import:
    """Keep the cells of a file in the vault, to be judged. Nothing is written of what they say."""
    if not importer_of(kind).may(by):
        raise refused()
    at = locked()
    made = Import(
        kind=kind,
        by_account=by.account_id,
        by_name=by.name,
        channel=by.channel,
        digest=taken.digest,
        columns=dict(taken.columns),
        made_at=at,
        expires_at=store.expiry(),
    )
    made.save(force_insert=True)
    store.keep(made, [Part(What.HEAD, dict(taken.head)), *taken.cells])
    current_line().note(made.pk)
    return made


def _locked_own(by: Actor, imported: Import, *states: str) -> Import:
    """The import, locked and read anew; refused where it is not the caller's or stands elsewhere by now."""
    own(by, imported)
    found = Import.objects.select_for_update(no_key=True).get(pk=imported.pk)
    if found.state not in states:
        raise Refusal(
            "import.state",
            text("This import is not at that point: somebody went on with it meanwhile."),
            text("Open it anew and see how far it is."),
        )
    current_line().note(found.pk)
    return found


@action("sheets.choose_columns", roles=TAKERS)
def choose_columns(
    *, by: Actor, imported: Import, columns: Mapping[str, Mapping[str, int]], shapes: Mapping[str, str]
) -> None:
    """Say which column is which, by sheet; files of the same shape are read so from now on.

    shapes: {place of a sheet: the digest of its heads}. Raises: Refusal `import.column_missing`, `import.column_twice`.
    """
    found = _locked_own(by, imported, State.READ, State.PLANNED)
    offer = importer_of(found.kind)
    for chosen in columns.values():
        _require_columns(offer, chosen)
    at = locked()
    found.columns, found.state = {sheet: dict(chosen) for sheet, chosen in columns.items()}, State.READ
    found.save(update_fields=["columns", "state"])
    # What was judged by the columns of before is nothing now: a sheet may not be read any more.
    ImportRow.objects.filter(imported=found).delete()
    store.forget(found, What.PLAN)
    for sheet, chosen in columns.items():
        if sheet in shapes:
            ChosenColumns.objects.filter(kind=found.kind, shape=shapes[sheet]).delete()
            ChosenColumns.objects.create(kind=found.kind, shape=shapes[sheet], columns=dict(chosen), at=at)


def _require_columns(offer: Importer, chosen: Mapping[str, int]) -> None:
    for column in offer.columns:
        if column.required and column.key not in chosen:
            raise invalid(
                column.key,
                text("No column is chosen for “%(column)s”."),
                "import.column_missing",
                column=column.label,
            )
    places = Counter(chosen.values())
    for key, place in chosen.items():
        if key not in {column.key for column in offer.columns}:
            raise invalid(key[:32], text("There is no such column."), "import.column_unknown")
        if places[place] > 1:
            raise invalid(key, text("One column was chosen twice."), "import.column_twice")


@action("sheets.judge_rows", roles=TAKERS)
def judge_rows(
    *, by: Actor, imported: Import, rows: Sequence[tuple[Row, int, Verdict]], first: bool, last: bool
) -> Import:
    """Write down what comes of some rows: (row, place of its sheet, verdict). The last slice counts them all."""
    found = _locked_own(by, imported, State.READ, State.PLANNED)
    if first:
        ImportRow.objects.filter(imported=found).delete()
        store.forget(found, What.PLAN)
        found.state = State.READ
    _keep_verdicts(found, rows)
    if last:
        _count(found)
        found.state, found.planned_at = State.PLANNED, locked()
    found.save()
    return found


def _keep_verdicts(found: Import, rows: Sequence[tuple[Row, int, Verdict]]) -> None:
    made = [
        sql.fresh(
            ImportRow,
            imported_id=found.pk,
            position=row.position,
            sheet=sheet,
            row=row.row,
            verdict=verdict.what,
            faults=[[fault.column, fault.code] for fault in verdict.faults],
            answer=row.answer,
            target=_target(found, row, verdict),
        )
        for row, sheet, verdict in rows
    ]
    sql.insert(made)
    for part in sql.slices(rows, store.PART_ROWS):
        plans = {str(row.position): plan for row, _sheet, verdict in part if (plan := plan_of(verdict))}
        if plans:
            first, last = part[0][0].position, part[-1][0].position
            store.keep(found, [Part(What.PLAN, plans, first=first, last=last)])


def _target(found: Import, row: Row, verdict: Verdict) -> UUID | None:
    """Whom or what a row means for certain, or would make."""
    if verdict.target:
        return UUID(verdict.target)
    make = importer_of(found.kind).made
    return make(found.pk, row.position) if verdict.what == NEW and make is not None else None


def plan_of(verdict: Verdict) -> dict[str, Any]:
    """What is shown of a row beside its cells; it names people, so it lies in the vault."""
    found: dict[str, Any] = {}
    if verdict.faults:
        found["faults"] = [
            [fault.column, untranslated(fault.message), dict(fault.details), fault.suggestion]
            for fault in verdict.faults
        ]
    if verdict.changes:
        found["changes"] = {key: list(pair) for key, pair in verdict.changes.items()}
    if verdict.candidates:
        found["candidates"] = [[one.id, one.label, one.about] for one in verdict.candidates]
    return found


def untranslated(message: Text) -> str:
    """The words of the source, so that whoever reads them later reads them in their own language."""
    return str(getattr(message, "_args", (message,))[0])


def _count(found: Import) -> None:
    told = ImportRow.objects.filter(imported=found).values_list("verdict").annotate(Count("pk")).order_by()
    counts = dict(told)
    for verdict in VERDICTS:
        setattr(found, verdict, counts.get(verdict, 0))
    found.rows_read = sum(counts.values())


@action("sheets.judge_later", roles=TAKERS)
def judge_later(*, by: Actor, imported: Import) -> Import:
    """Have the rows of a large file judged by a job."""
    found = _locked_own(by, imported, State.READ, State.PLANNED)
    job = jobs.start(JUDGE, by=by.name, imported=str(found.pk))
    found.state, found.job = State.READ, job.pk
    found.save()
    return found


@action("sheets.answer_row", roles=TAKERS)
def answer_row(*, by: Actor, imported: Import, row: Row, verdict: Verdict) -> None:
    """Say whom a row means that was asked about (`row.answer`); verdict: what comes of it then.

    Raises: Refusal `import.not_asked`, `import.answer`, `import.answered_twice`.
    """
    found = _locked_own(by, imported, State.PLANNED)
    standing = ImportRow.objects.get(imported=found, position=row.position)
    if standing.verdict != ASKED and not standing.answer:
        raise Refusal("import.not_asked", text("Nothing is asked about this row."))
    kept = store.by_position(found, What.PLAN, [row.position]).get(row.position, {})
    known = {str(one[0]) for one in kept.get("candidates", ())} | {AS_NEW, LEAVE_OUT}
    if row.answer not in known:
        raise invalid("answer", text("Choose one of the answers."), "import.answer")
    target = _target(found, row, verdict)
    _require_meant_once(found, row.position, target)
    faults = [[fault.column, fault.code] for fault in verdict.faults]
    ImportRow.objects.filter(imported=found, position=row.position).update(
        verdict=verdict.what, faults=faults, answer=row.answer, target=target
    )
    plan = plan_of(verdict)
    plan.setdefault("candidates", kept.get("candidates", []))
    store.keep(found, [Part(What.PLAN, {str(row.position): plan}, first=row.position, last=row.position)])
    _count(found)
    found.save()


def _require_meant_once(found: Import, position: int, target: UUID | None) -> None:
    """Two rows of a file never mean one: the second would write over what the first one says."""
    if target is None:
        return
    others = ImportRow.objects.filter(imported=found, target=target, verdict__in=(*GOOD, UNCHANGED))
    other = others.exclude(position=position).order_by("position").first()
    if other is not None:
        raise Refusal(
            "import.answered_twice",
            text("Row %(row)s means this one already."),
            text("Choose somebody else, leave this row out, or change the answer to the other row."),
            row=other.row,
        )


def ended() -> Refusal:
    """What was read of a file lies in the vault for so many days, or until somebody in it was erased."""
    return Refusal("import.ended", text("The cells of this file are kept no longer."), text("Take the file in again."))


@action("sheets.apply", roles=TAKERS)
def apply(*, by: Actor, imported: Import, whole: bool = False) -> Import:
    """Begin to write the good rows, by a job. whole: only where nothing is refused and nothing asked.

    Raises: Refusal `import.nothing`, `import.not_whole`, `import.state`, `import.ended`.
    """
    found = _locked_own(by, imported, State.PLANNED)
    if not store.head(found):
        raise ended()
    good = found.new + found.changed
    if whole and (found.refused or found.asked):
        raise Refusal(
            "import.not_whole",
            text("%(count)s rows are refused or asked about. Nothing was written."),
            text("Mend them and take the file in again, or write the good rows only."),
            count=found.refused + found.asked,
        )
    if not good:
        raise Refusal(
            "import.nothing", text("There is no row to write."), text("Mend the sheet, and take it in again.")
        )
    job = jobs.start(WRITE, by=by.name, of=found.rows_read, imported=str(found.pk))
    found.state, found.next, found.written, found.job = State.APPLYING, 0, 0, job.pk
    found.save()
    return found


@action("sheets.write_rows", roles=TAKERS)
def write_rows(
    *, by: Actor, imported: Import, rows: Sequence[Row], verdicts: Sequence[str], upto: int, ended: bool
) -> int:
    """Write a slice: rows that were good when they were shown (`verdicts`), judged anew by what the database holds now.

    What is otherwise by now is not written and says so. upto: the position from which the next slice goes on. Returns
    how many were written.
    """
    found = _locked_own(by, imported, State.APPLYING)
    if rows and rows[0].position < found.next:
        return 0  # another worker did this slice meanwhile
    offer = importer_of(found.kind)
    if rows and offer.lock is not None:
        offer.lock(by, rows)
    at = locked()
    judged = offer.planner(by, found.pk).judge(rows) if rows else []
    good = [(row, now) for row, then, now in zip(rows, verdicts, judged, strict=True) if now.what == then]
    stale = [(row, now) for row, then, now in zip(rows, verdicts, judged, strict=True) if now.what != then]
    if good:
        done = offer.write(by, good, found.pk, at)
        current_line().note(*done.ids)
        before = {str(position): content for position, content in done.before.items()}
        store.keep(found, [Part(What.BEFORE, before, first=good[0][0].position, last=good[-1][0].position)])
        stale += [pair for pair in good if pair[0].position in done.skipped]
        good = [pair for pair in good if pair[0].position not in done.skipped]
    _note_stale(found, stale)
    found.next, found.written = upto, found.written + len(good)
    if ended:
        found.state, found.applied_at = State.APPLIED, at
        _count(found)
    found.save()
    return len(good)


def _note_stale(found: Import, stale: Sequence[tuple[Row, Verdict]]) -> None:
    """Rows that became something else between the showing and the writing: unchanged, or refused until shown again."""
    for row, now in stale:
        faults = [[fault.column, fault.code] for fault in now.faults]
        what = now.what
        if what in GOOD:
            what, faults = REFUSED, [["", "row.meanwhile"]]
        ImportRow.objects.filter(imported=found, position=row.position).update(verdict=what, faults=faults)


@action("sheets.undo", roles=TAKERS)
def undo(*, by: Actor, imported: Import) -> Import:
    """Begin to take an import back, by a job: what it wrote goes, what stood there before comes back.

    Raises: Refusal `import.built_on` while something was built on a row of it; `import.no_undo`.
    """
    found = _locked_own(by, imported, State.APPLIED, State.APPLYING)
    offer = importer_of(found.kind)
    if offer.undo is None or offer.built_on is None:
        raise Refusal(
            "import.no_undo",
            text("What this import wrote is not taken back at once."),
            text("Take back each answer on its own page, with a reason."),
        )
    before = _before(found, 0, found.next)
    built = offer.built_on(before)
    if built:
        first = min(built)
        where = ImportRow.objects.get(imported=found, position=first)
        raise Refusal(
            "import.built_on",
            text("Something was built on %(count)s rows of it since, the first is row %(row)s: %(what)s."),
            text("Take that back first, or mend the rows one by one."),
            count=len(built),
            row=where.row,
            what=built[first],
        )
    job = jobs.start(UNDO, by=by.name, of=found.next, imported=str(found.pk))
    found.state, found.job = State.UNDOING, job.pk
    found.save()
    return found


def _before(found: Import, first: int, end: int) -> dict[int, Any]:
    return store.by_position(found, What.BEFORE, range(first, end))


@action("sheets.undo_rows", roles=TAKERS)
def undo_rows(*, by: Actor, imported: Import, first: int) -> int:
    """Take a slice back, from the end: the rows from a position on. What was built on meanwhile stays, counted."""
    found = _locked_own(by, imported, State.UNDOING)
    if first >= found.next and found.next:
        return 0
    at = locked()
    offer = importer_of(found.kind)
    assert offer.undo is not None
    assert offer.built_on is not None
    before = _before(found, first, found.next)
    built = offer.built_on(before)
    offer.undo(before, set(built), at)
    found.kept += len(built)
    found.next = first
    if first == 0:
        found.state, found.undone_at = State.UNDONE, at
    found.save()
    return len(before)


@action("sheets.take_out", roles=TAKERS)
def take_out(*, by: Actor, what: str, count: int, asked: str, digest: str) -> None:
    """A list is taken along as a file or on paper: which, how many rows, the digest of their ids.

    asked: the question. It may hold a name that was searched for, so only the line's keyed digest covers it.
    """
    locked()
    current_line().note(f"list:{what}", f"count:{count}", f"sha256:{digest}")


def by_whom(imported: Import) -> Actor:
    """Whoever took the file in, with the grants that they hold now: a job goes on for them."""
    return importer_of(imported.kind).who(imported.by_account, imported.by_name, imported.channel)


def import_of(by: Actor, pk: UUID) -> Import:
    """Somebody's own import.

    Raises: Refusal (404).
    """
    found = Import.objects.filter(pk=pk).first()
    if found is None:
        raise not_found("import.unknown")
    own(by, found)
    return found
