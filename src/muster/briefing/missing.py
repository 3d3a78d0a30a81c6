"""The outstanding by name, with the lead to call and how long overdue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from muster.briefing.figures import in_words
from muster.foundation.errors import Refusal, text
from muster.foundation.registry import SUBJECT_CODES, SUBJECTS
from muster.foundation.rights import Actor
from muster.organisation.models import Incident
from muster.organisation.people import people_known
from muster.roll import coverage
from muster.roll.figures import Question
from muster.roll.looks import Known, units_known
from muster.roll.models import Roll


@dataclass(frozen=True)
class Missing:
    """One name that is outstanding. hours_overdue is None while nothing is due."""

    entry: UUID
    subject: str
    name: str
    unit: str
    unit_name: str
    lead: str
    hours_overdue: float | None


def outstanding(
    roll: Roll, asked: Question, limit: int | None = None, offset: int = 0
) -> tuple[int, list[coverage.Name]]:
    """How many are outstanding on a roll within the scope at the moment, and who, in the order of the tree.

    All of them, or `limit` of them from the place `offset` on.
    """
    part = coverage.Part(start=offset, count=limit)
    units = None if asked.unit.parent_id is None else asked.units()
    if units is not None and not units:
        return 0, []
    found = coverage.names_part(roll, asked.as_of, part, units=units)
    if limit is None:
        return len(found), found[offset:]
    counted = coverage.count([roll], asked.as_of)[roll.pk]
    return counted.of(counted.units if units is None else units).outstanding, found


def missing(roll: Roll, asked: Question) -> list[Missing]:
    """The outstanding with all that is needed to call them. Three queries, however many names."""
    return described(roll, asked, outstanding(roll, asked)[1])


def described(roll: Roll, asked: Question, found: Sequence[coverage.Name]) -> list[Missing]:
    """Some of the outstanding with all that is needed to call them. Two queries, however many names."""
    units = units_known((n.unit for n in found), as_of=asked.as_of)
    subjects = subjects_known(found, units)
    hours = hours_overdue(roll, asked.as_of)
    return [
        Missing(
            entry=n.entry,
            subject=subjects[n.subject_id].code,
            name=subjects[n.subject_id].name,
            unit=units[n.unit].code,
            unit_name=units[n.unit].name,
            lead=lead.name if (lead := units[n.unit].lead) else "",
            hours_overdue=hours,
        )
        for n in found
    ]


@dataclass(frozen=True)
class Subject:
    """Whom or what an entry is about: its name, and the code or number by which others know it."""

    name: str
    code: str


def subjects_known(
    found: Sequence[coverage.Name], units: Mapping[UUID, Known], people: Iterable[UUID] = ()
) -> dict[UUID, Subject]:
    """{id: the subject}, of names and of further people. A query for people, none for units that are known already."""
    by_kind: dict[str, set[UUID]] = {"person": set(people)}
    for name in found:
        by_kind.setdefault(name.subject_kind, set()).add(name.subject_id)
    persons = people_known(by_kind.pop("person"))
    subjects = {pk: Subject(name, number) for pk, (name, number) in persons.items()}
    subjects |= {pk: Subject(unit.name, unit.code) for pk, unit in units.items()}
    for kind, ids in by_kind.items():
        others = list(ids - subjects.keys())
        names, codes = (SUBJECTS[kind](others), SUBJECT_CODES[kind](others)) if others else ({}, {})
        subjects |= {pk: Subject(names.get(pk, ""), codes.get(pk, str(pk))) for pk in others}
    return subjects


COLUMNS = ("subject", "name", "unit", "lead", "hours_overdue")


def as_json(roll: Roll, asked: Question, count: int, rows: Sequence[Missing]) -> dict[str, Any]:
    """The missing as the command and the API give them; count is of all, rows may be a part."""
    words = in_words(asked)
    return {
        "roll": roll.key,
        "unit": words["unit"],
        "as_of": words["as_of"],
        "outstanding": count,
        "rows": [{name: getattr(row, name) for name in COLUMNS} for row in rows],
    }


def hours_overdue(roll: Roll, as_of: datetime) -> float | None:
    """Hours since the roll was due, two decimals; None while it is not, or has ended."""
    if not coverage.is_due(roll, as_of) or roll.due_at is None:
        return None
    return round((as_of - roll.due_at).total_seconds() / 3600, 2)


def roll_named(words: str, incident: Incident, as_of: datetime, actor: Actor) -> Roll:
    """The roll by its key, its id, or the key of the figure behind which it stands at the moment.

    Raises: Refusal `roll.unknown` (404), also for a roll of which nothing is the actor's to see.
    """
    meant = Q(key=words) | Q(figure=words, opened_at__lte=as_of)
    with suppress(ValueError):
        meant |= Q(pk=UUID(words))
    rolls = coverage.rolls_visible_to(actor).filter(meant, incident=incident).order_by("-opened_at", "-pk")
    # A key or an id names one roll; a figure names the one opened last.
    found = min(rolls, key=lambda roll: roll.figure == words and words not in (roll.key, str(roll.pk)), default=None)
    if found is None:
        raise Refusal(
            "roll.unknown",
            text("There is no such roll, or it is not yours to see."),
            text("The list of rolls names their keys: `muster rolls`, or /api/rolls."),
            status=404,
        )
    return found
