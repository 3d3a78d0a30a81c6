"""The record of a roll: what happened on it since it was opened, newest first, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Subquery

from muster.roll.coverage import subject_names
from muster.roll.kinds import kind_of
from muster.roll.looks import Known, Look, place_of_page
from muster.roll.models import Mark, Roll
from muster.roll.reasons import reasons_known
from muster.roll.rows import units_of
from muster.roll.story import (
    Behind,
    Told,
    facts_of,
    people_placed,
    people_told,
    tell,
    units_told,
    with_absent,
    words_of,
)


@dataclass(frozen=True)
class Recorded:
    """One mark of the record, with the name of what it is about."""

    told: Told
    title: str


@dataclass(frozen=True)
class Record:
    """One page of the record. found: the marks of all pages. units: all that the page names."""

    rows: Sequence[Recorded]
    found: int
    pages: int
    units: Mapping[UUID, Known]


def record_of(seen: Look, roll: Roll, number: int, size: int, lines: Sequence[UUID]) -> Record:
    """A page of so many marks: who was answered, excused, corrected, handed over.

    lines: further units that the page names. Four queries, and one for each kind of fact.
    """
    marks, found = _page(_marks(seen, roll), number, size)
    entries = {mark.entry_id: mark.entry for mark in marks}
    subjects: dict[str, set[UUID]] = {"unit": set(), "person": set()}
    for entry in entries.values():
        subjects.setdefault(entry.subject_kind, set()).add(entry.subject_id)
    facts = facts_of(marks)
    units = units_of(seen, (), {*lines, *units_told(marks, facts), *subjects["unit"]})
    people = people_placed(people_told(marks) | subjects["person"])
    names = {pk: unit.name for pk, unit in units.items()}
    told = tell(marks, entries, kind_of(roll.kind), Behind(facts, people, names, words_of(reasons_known())))
    titles = names | {pk: person.name for pk, person in people.items()}
    titles |= subject_names([entry for entry in entries.values() if entry.subject_id not in titles])
    rows = [Recorded(one, titles.get(entries[one.subject].subject_id, "")) for one in told]
    return Record(rows, found, place_of_page(found, 1, size)[1], units)


def _marks(seen: Look, roll: Roll) -> QuerySet[Mark]:
    """The marks of a roll within the look, but for those with which it was opened."""
    if roll.opened_at is None or roll.opened_at > seen.as_of:
        return Mark.objects.none()
    # The names of a staged roll were written before it was shown; whoever joined it later is told.
    opened = Q(n=1, recorded_at__lte=roll.opened_at)
    marks = Mark.objects.filter(~opened, roll=roll, recorded_at__lte=seen.as_of)
    return marks if seen.sees_all_of(roll) else marks.filter(unit__in=seen.units())


def _page(marks: QuerySet[Mark], number: int, size: int) -> tuple[list[Mark], int]:
    """One page of the marks, newest first, the last one for a number beyond it; and how many there are in all.

    One query; three for a number beyond.
    """
    count = marks.order_by().values("roll").annotate(count=Count("pk")).values("count")
    listed = (
        with_absent(marks).select_related("entry").annotate(count=Subquery(count)).order_by("-recorded_at", "-n", "pk")
    )
    part: list[Any] = list(listed[(number - 1) * size : number * size])
    if not part and number > 1:
        start, _pages = place_of_page(marks.count(), number, size)
        return _page(marks, start // size + 1, size)
    return part, part[0].count if part else 0
