"""The outstanding by name, with the lead to call and how long overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from muster.briefing.figures import in_words
from muster.foundation.errors import Refusal, text
from muster.foundation.registry import SUBJECT_CODES
from muster.foundation.rights import Actor
from muster.organisation.models import Incident
from muster.organisation.people import leads_of
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


def outstanding(roll: Roll, asked: Question) -> list[coverage.Name]:
    """Who is outstanding on a roll within the scope, at the moment; always in the same order. One query a slice."""
    units = None if asked.unit.parent_id is None else asked.units()
    return coverage.names(roll, asked.as_of, units=units)


def missing(roll: Roll, asked: Question) -> list[Missing]:
    """The outstanding with all that is needed to call them. Five queries, however many names."""
    return described(roll, asked, outstanding(roll, asked))


def described(roll: Roll, asked: Question, found: Sequence[coverage.Name]) -> list[Missing]:
    """Some of the outstanding with all that is needed to call them. Four queries, however many names."""
    units = units_known(n.unit for n in found)
    names, codes = titles_and_codes(found, units)
    leads = leads_of(units)
    hours = hours_overdue(roll, asked.as_of)
    return [
        Missing(
            entry=n.entry,
            subject=codes.get(n.subject_id, str(n.subject_id)),
            name=names.get(n.subject_id, ""),
            unit=units[n.unit].code,
            unit_name=units[n.unit].name,
            lead=leads[n.unit].name if n.unit in leads else "",
            hours_overdue=hours,
        )
        for n in found
    ]


def titles_and_codes(
    found: Sequence[coverage.Name], units: Mapping[UUID, Known]
) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """{subject id: name}, {subject id: code or number}. Two queries a kind of subject, none for known units."""
    others = [n for n in found if n.subject_kind != "unit" or n.subject_id not in units]
    names = {pk: unit.name for pk, unit in units.items()} | coverage.subject_names(others)
    codes = {pk: unit.code for pk, unit in units.items()} | _codes(others)
    return names, codes


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


def _codes(found: Sequence[coverage.Name]) -> dict[UUID, str]:
    by_kind: dict[str, list[UUID]] = {}
    for name in found:
        by_kind.setdefault(name.subject_kind, []).append(name.subject_id)
    codes: dict[UUID, str] = {}
    for kind, ids in by_kind.items():
        codes.update(SUBJECT_CODES[kind](ids))
    return codes


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
            text("`muster rolls` lists the rolls with their keys."),
            status=404,
        )
    return found
