"""The rows behind a figure, as programs read them: what was counted, one by one, as of the moment of the figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from muster.briefing.figures import rolls_behind
from muster.briefing.missing import subject_codes
from muster.foundation.errors import invalid, text
from muster.foundation.rights import Actor
from muster.organisation.asking import zone
from muster.organisation.models import codes_of
from muster.organisation.people import person_numbers
from muster.organisation.tree import unit_names
from muster.roll import coverage, rules
from muster.roll.coverage import Name
from muster.roll.figures import Figure, Question, Row
from muster.roll.models import ANSWERED, EXCUSED, OUTSTANDING, Mark

STATES = (OUTSTANDING, EXCUSED, ANSWERED)


@dataclass(frozen=True)
class Behind:
    """The rows behind a figure: names on its roll for a coverage, else whatever the room that counts it lists."""

    names: Sequence[Name] = ()
    rows: Sequence[Row] = ()

    def __len__(self) -> int:
        return len(self.names) + len(self.rows)

    def part(self, limit: int, offset: int) -> Behind:
        """One page of them."""
        return Behind(self.names[offset : offset + limit], self.rows[offset : offset + limit])


def behind(figure: Figure, asked: Question, actor: Actor, state: str | None = None) -> Behind:
    """All rows behind a figure within the scope, in an order that stays; of one state only, where one is named.

    Raises: Refusal (422) for a state of a figure that is no coverage.
    """
    if not figure.is_coverage:
        if state is not None:
            raise invalid("state", text("The rows of this figure have no state to choose."), "figure.no_state")
        return Behind(rows=figure.rows(asked) if figure.rows else ())
    roll = rolls_behind([figure], asked.incident, asked.as_of).get(figure.key)
    if roll is None or not coverage.rolls_visible_to(actor).filter(pk=roll.pk).exists():
        return Behind()
    units = None if asked.unit.parent_id is None else asked.units()
    found: list[Name] = []
    for one in STATES if state is None else (state,):
        found += coverage.names(roll, asked.as_of, state=one, units=units)
    return Behind(names=found)


def described(part: Behind, asked: Question) -> list[dict[str, Any]]:
    """Rows as the API gives them. Eight queries at most, however many rows."""
    units = list({n.unit for n in part.names} | {r.unit for r in part.rows})
    names, codes = unit_names(units), codes_of(units)
    at_unit = {unit: {"unit": codes.get(unit, str(unit)), "unit_name": names.get(unit, "")} for unit in units}
    if part.rows:
        return [_plain(row) | at_unit[row.unit] for row in part.rows]
    titles, subjects = coverage.subject_names(part.names), subject_codes(part.names)
    people = person_numbers(list({n.by for n in part.names if n.by}))
    disputed = _disputed(part.names, asked.as_of)
    local = zone()
    return [
        {
            "id": str(n.entry),
            "subject": subjects.get(n.subject_id, str(n.subject_id)),
            "name": titles.get(n.subject_id, ""),
            **at_unit[n.unit],
            "state": n.state,
            "outcome": n.outcome if n.state == ANSWERED else "",
            "reason": n.reason,
            "differs": n.entry in disputed,
            "at": n.recorded_at.astimezone(local).isoformat(),
            "by": people.get(n.by) if n.by else None,
        }
        for n in part.names
    ]


def _plain(row: Row) -> dict[str, Any]:
    at: datetime | None = row.at
    return {
        "id": str(row.id),
        "name": row.name,
        "state": row.state,
        "value": row.value,
        "at": at.astimezone(zone()).isoformat() if at else None,
    }


def _disputed(names: Sequence[Name], as_of: datetime) -> set[UUID]:
    """The entries of which another answer than the one that stands was given by then. One query."""
    stands = {n.entry: n.recorded_at for n in names if n.state == ANSWERED}
    marks = Mark.objects.filter(entry__in=stands, reason=rules.DIFFERS, recorded_at__lte=as_of)
    return {entry for entry, at in marks.values_list("entry_id", "recorded_at") if at > stands[entry]}
