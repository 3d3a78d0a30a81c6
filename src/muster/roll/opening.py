"""Opening a roll: at once where its names fit one transaction, else staged by a job and shown in one last step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from muster.foundation import facts, jobs, sql
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import invalid, text
from muster.foundation.models import Job
from muster.foundation.rights import HOUSE, Actor, house
from muster.roll import statements
from muster.roll.book import COLUMNS, Delta
from muster.roll.identity import FIXED, mac_of
from muster.roll.kinds import Expected, kind_of
from muster.roll.models import OUTSTANDING, Entry, Mark, Roll, Ruling

AT_ONCE_MAX = 12_000
"""More names than this are staged: one transaction may not live longer than 8 s."""

SLICE = 2000

STAGED = "staged"
"""Reason of the ruling that opens a roll whose names are still to come."""


def open_roll(roll: Roll, expected: Sequence[Expected]) -> Roll:
    """Open a roll with these names, inside an action.

    Raises: Refusal when nobody is expected: a roll with no name on it is a mistake of the audience.
    """
    if not expected:
        raise invalid("audience", text("Nobody is expected: the audience finds no unit and no person."), "roll.empty")
    at = locked()
    if len(expected) > AT_ONCE_MAX:
        if kind_of(roll.kind).expected is None:
            raise invalid(
                "audience", text("More than %(most)s names are too many here."), "roll.too_many", most=AT_ONCE_MAX
            )
        roll.save(force_insert=True)
        opened(roll, at, reason=STAGED)
        jobs.start("roll.open", by=current_line().by.name, of=len(expected), roll=str(roll.pk))
        return roll
    roll.state, roll.opened_at = Roll.State.OPEN, at
    roll.save(force_insert=True)
    _write_names(roll, expected, opened(roll, at), at)
    _analyze()
    return roll


def opened(roll: Roll, at: datetime, what: Ruling.What = Ruling.What.OPENED, reason: str = "") -> Ruling:
    """Record that a roll was opened; of one that is staged, later also that it was shown."""
    line = current_line()
    fact = Ruling(
        what=what,
        roll=roll,
        at_unit_id=roll.held_by_id,
        incident=roll.incident_id,
        by_person=line.by.person_id,
        channel=line.by.channel,
        happened_at=at,
        recorded_at=at,
        reason=reason,
    )
    line.note(roll.pk)
    facts.record([fact])
    return fact


def _write_names(roll: Roll, expected: Sequence[Expected], fact: Ruling, at: datetime) -> None:
    """Entries, their first marks and the tallies."""
    line = current_line()
    entries = [
        sql.fresh(
            Entry,
            roll_id=roll.pk,
            unit_id=e.unit,
            subject_kind=e.subject_kind,
            subject_id=e.subject_id,
            slot=e.slot,
            assignee_id=e.assignee,
            due_at=e.due_at or roll.due_at,
            state=OUTSTANDING,
            n=1,
            mac="",
        )
        for e in expected
    ]
    for entry in entries:
        content = vars(entry)
        entry.mac = mac_of([content[name] for name in FIXED])
    sql.insert(entries)
    deltas: Delta = defaultdict(lambda: [0, 0, 0, 0, 0])
    for entry in entries:
        deltas[(roll.pk, entry.unit_id)][COLUMNS.index(OUTSTANDING)] += 1
    facts.record(
        [
            sql.fresh(
                Mark,
                line=line.id,
                roll_id=roll.pk,
                entry_id=e.pk,
                n=1,
                unit_id=e.unit_id,
                before=None,
                after=OUTSTANDING,
                fact_kind=fact.KIND,
                fact_id=fact.pk,
                by_person=fact.by_person,
                recorded_at=at,
            )
            for e in entries
        ]
    )
    statements.add_to_tallies(deltas)


@action("roll.stage", roles=(HOUSE,))
def stage(*, by: Actor, job: Job) -> int:
    """Write the next slice of names of the roll that a job opens; returns how many, 0 where the list has ended.

    The job keeps the last name written, in the same transaction: the list itself may change between two slices, so
    no place in it is counted off.
    """
    job = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    roll = _roll_of(job)
    expected = kind_of(roll.kind).expected
    if expected is None:
        raise RuntimeError(f"{roll.kind} names no source for a staged opening")
    at = locked()
    after = job.args.get("after")
    part = expected(roll, UUID(after) if after else None, SLICE)
    if part:
        _write_names(roll, part, Ruling.objects.get(roll=roll, what=Ruling.What.OPENED), at)
        job.args["after"] = str(part[-1].subject_id)
        job.save(update_fields=["args"])
    return len(part)


def _roll_of(job: Job) -> Roll:
    return Roll.objects.get(pk=UUID(job.args["roll"]))


@action("roll.show", roles=(HOUSE,))
def show(*, by: Actor, roll: Roll) -> None:
    """The last, small step: from this moment the staged roll is open and counted."""
    at = locked()
    if Roll.objects.filter(pk=roll.pk, state=Roll.State.OPENING).update(state=Roll.State.OPEN, opened_at=at):
        opened(roll, at, Ruling.What.SHOWN)


def do_slice(job: Job) -> tuple[int, int, bool]:
    """One slice of the job `roll.open`: names, or, once the list has ended, the last step that shows them."""
    roll = _roll_of(job)
    if roll.state != Roll.State.OPENING:
        # It was withdrawn or superseded before it was shown.
        return job.done, job.of, False
    by = house("clockwork", "clockwork")
    more = stage(by=by, job=job) > 0
    if not more:
        show(by=by, roll=roll)
        _analyze()
    return Entry.objects.filter(roll=roll).count(), job.of, more


def _analyze() -> None:
    """Without it, PostgreSQL finds a new roll's entries by the wrong index."""
    if sql.is_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE roll_entry, roll_mark, roll_tally")
