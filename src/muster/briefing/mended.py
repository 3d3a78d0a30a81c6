"""What an issued report counted and somebody mended later: corrected, taken back, an excuse that ended."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from muster.briefing.history import behind
from muster.briefing.models import Report
from muster.foundation import sql
from muster.organisation.tree import Tree
from muster.roll import rules
from muster.roll.models import ANSWERED, EXCUSED, Roll

CHANGES_NOTHING = (rules.AFTER_SETTLED, rules.DIFFERS)


@dataclass(frozen=True, slots=True)
class Touch:
    """A mark on an entry that was settled before it. since: when it had been settled, by the mark before."""

    unit: UUID
    at: datetime
    since: datetime
    mends: bool


def mended_since(reports: Sequence[Report], until: datetime, tree: Tree) -> dict[UUID, dict[str, int]]:
    """{report id: {figure key: how many answers that it counted were mended by `until`}}. Two queries.

    An answer given later, a hand-over, an excuse that became an answer mend nothing. Within the reports' units, as
    they stand in `tree`.
    """
    if not reports:
        return {}
    rolls = list(
        Roll.objects.filter(
            incident__in={r.incident_id for r in reports}, opened_at__lte=max(r.as_of for r in reports)
        ).exclude(figure="")
    )
    touched = _touched(rolls, min(r.as_of for r in reports), until)
    found: dict[UUID, dict[str, int]] = {}
    for report in reports:
        theirs = behind((r for r in rolls if r.incident_id == report.incident_id), report.as_of)
        here = tree.under(tree.paths.get(report.unit_id, "\x00."))
        counts = {
            key: _mended(touched.get(theirs[key].pk, {}), report.as_of, here)
            for key in coverage_keys(report)
            if key in theirs
        }
        found[report.pk] = {key: count for key, count in counts.items() if count}
    return found


def coverage_keys(report: Report) -> list[str]:
    """The keys of the coverages that a report froze."""
    content: dict[str, Any] = json.loads(report.content)
    return [figure["key"] for figure in content["figures"] if "expected" in figure]


def _touched(rolls: Sequence[Roll], since: datetime, until: datetime) -> dict[UUID, dict[UUID, list[Touch]]]:
    """{roll: {entry: the marks in (since, until] before which it was settled, in order}}. One query."""
    found: dict[UUID, dict[UUID, list[Touch]]] = {}
    if not rolls:
        return found
    ids = [sql.uuid_value(r.pk) for r in rolls]
    rows = sql.rows(
        "SELECT m.roll_id, m.entry_id, m.unit_id, m.before, m.after, m.reason, m.leg, m.recorded_at, p.recorded_at"
        " FROM roll_mark m JOIN roll_mark p ON p.entry_id = m.entry_id AND p.n = m.n - 1"
        f" WHERE m.roll_id IN ({sql.placeholders(ids)}) AND m.recorded_at > %s AND m.recorded_at <= %s"
        f" AND m.before IN ('{ANSWERED}', '{EXCUSED}') ORDER BY m.entry_id, m.n",
        [*ids, sql.time_value(since), sql.time_value(until)],
    )
    for roll, entry, unit, before, after, reason, leg, at, was in rows:
        mends = not leg and reason not in CHANGES_NOTHING and (before, after) != (EXCUSED, ANSWERED)
        touch = Touch(_id(unit), _at(at), _at(was), mends)
        found.setdefault(_id(roll), {}).setdefault(_id(entry), []).append(touch)
    return found


def _mended(entries: Mapping[UUID, Iterable[Touch]], as_of: datetime, here: Mapping[UUID, str]) -> int:
    """How many entries that were settled at a moment, at units of the scope, were mended after it."""
    count = 0
    for touches in entries.values():
        later = [touch for touch in touches if touch.at > as_of]
        # The first touch tells how it stood at the moment: settled, if nothing came between.
        if later and later[0].since <= as_of and later[0].unit in here and any(touch.mends for touch in later):
            count += 1
    return count


def _id(value: Any) -> UUID:
    found = sql.as_uuid(value)
    assert found is not None
    return found


def _at(value: Any) -> datetime:
    found = sql.as_time(value)
    assert found is not None
    return found
