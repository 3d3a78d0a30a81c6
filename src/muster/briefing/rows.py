"""The rows behind a figure, as programs read them: what was counted, one by one, as of the moment of the figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from muster.briefing.counting import is_shown
from muster.briefing.figures import rolls_behind
from muster.briefing.missing import subjects_known
from muster.foundation.errors import invalid, text
from muster.foundation.rights import Actor
from muster.organisation.asking import zone
from muster.roll import coverage, rules
from muster.roll.coverage import Name, Part
from muster.roll.figures import Figure, Question, Row
from muster.roll.looks import Known, units_known
from muster.roll.models import ANSWERED, Mark


@dataclass(frozen=True)
class Behind:
    """A page of the rows behind a figure, and how many there are in all.

    Names on its roll for a coverage, else whatever the room that counts it lists.
    """

    count: int = 0
    names: Sequence[Name] = ()
    rows: Sequence[Row] = ()


def behind(figure: Figure, asked: Question, actor: Actor, part: Part, state: str | None = None) -> Behind:
    """The rows behind a figure within the scope, in the order of the tree; of one state only, where one is named.

    Raises: Refusal (422) for a state of a figure that is no coverage.
    """
    if not figure.is_coverage:
        if state is not None:
            raise invalid("state", text("The rows of this figure have no state to choose."), "figure.no_state")
        rows = figure.rows(asked) if figure.rows else ()
        end = None if part.count is None else part.start + part.count
        return Behind(len(rows), rows=rows[part.start : end])
    roll = rolls_behind([figure], asked.incident, asked.as_of).get(figure.key)
    units = None if asked.unit.parent_id is None else asked.units()
    if roll is None or not is_shown(roll, actor) or (units is not None and not units):
        return Behind()
    count = coverage.names_count(roll, asked.as_of, part, state=state, units=units)
    return Behind(count, names=coverage.names_part(roll, asked.as_of, part, state=state, units=units))


def described(part: Behind, asked: Question) -> list[dict[str, Any]]:
    """Rows as the API gives them. Three queries at most, however many rows."""
    units = units_known({n.unit for n in part.names} | {r.unit for r in part.rows}, as_of=asked.as_of)
    if part.rows:
        return [_plain(row, units[row.unit]) for row in part.rows]
    subjects = subjects_known(part.names, units, {n.by for n in part.names if n.by})
    disputed = _disputed(part.names, asked.as_of)
    local = zone()
    return [
        {
            "id": str(n.entry),
            "subject": subjects[n.subject_id].code,
            "name": subjects[n.subject_id].name,
            "unit": units[n.unit].code,
            "unit_name": units[n.unit].name,
            "state": n.state,
            "outcome": n.outcome if n.state == ANSWERED else "",
            "reason": n.reason,
            "differs": n.entry in disputed,
            "at": n.recorded_at.astimezone(local).isoformat(),
            "by": subjects[n.by].code if n.by in subjects else None,
        }
        for n in part.names
    ]


def _plain(row: Row, unit: Known) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "unit": unit.code,
        "unit_name": unit.name,
        "state": row.state,
        "value": row.value,
        "at": row.at.astimezone(zone()).isoformat() if row.at else None,
    }


def _disputed(names: Sequence[Name], as_of: datetime) -> set[UUID]:
    """The entries of which another answer than the standing one was given by then. A query where there may be any."""
    stands = {n.entry: n.recorded_at for n in names if n.state == ANSWERED and n.beside}
    if not stands:
        return set()
    marks = Mark.objects.filter(entry__in=stands, reason=rules.DIFFERS, recorded_at__lte=as_of)
    return {entry for entry, at in marks.values_list("entry_id", "recorded_at") if at > stands[entry]}
