"""The situation report: composed from the figures, compared with the one before, proved by its hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from muster.briefing.figures import all_figures, answer_all, in_words
from muster.briefing.models import Report
from muster.foundation import sql
from muster.roll import coverage, rules
from muster.roll.figures import Question
from muster.roll.models import ANSWERED, EXCUSED, Roll

SHOWN_MAX = 20
PARTS = ("value", "expected", "answered", "excused", "outstanding", "late", "unmet")


def compose(asked: Question) -> dict[str, Any]:
    """The report as of a moment: incident, unit, as_of and every figure; rows are addresses, never rows."""
    answers = answer_all(all_figures(asked), asked)
    return {**in_words(asked), "figures": [a.as_json() for a in answers]}


def frozen(content: dict[str, Any]) -> tuple[str, str]:
    """The text of a report as it is frozen, and its SHA-256."""
    words = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return words, hashlib.sha256(words.encode()).hexdigest()


@dataclass(frozen=True)
class Difference:
    """A number that another report gave otherwise."""

    key: str
    label: str
    part: str
    before: int | None
    after: int | None


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """What a later report says otherwise, figure by figure; a figure that one of them lacks has None there."""
    old = {f["key"]: f for f in before["figures"]}
    new = {f["key"]: f for f in after["figures"]}
    found = []
    for key in [*new, *(k for k in old if k not in new)]:
        one, other = old.get(key, {}), new.get(key, {})
        label = (other or one)["label"]
        found += [
            Difference(key, label, part, one.get(part), other.get(part))
            for part in PARTS
            if one.get(part) != other.get(part)
        ]
    return found


@dataclass(frozen=True)
class Changed:
    """How many answers that an issued report counted were corrected or taken back since."""

    key: str
    label: str
    count: int


def changed_since_issue(report: Report, asked: Question) -> list[Changed]:
    """Per figure, how many entries that the report counted as settled were mended later; asked is of now."""
    content = json.loads(report.content)
    keys = [f["key"] for f in content["figures"] if "expected" in f]
    labels = {f["key"]: f["label"] for f in content["figures"]}
    rolls = Roll.objects.filter(incident_id=report.incident_id, figure__in=keys, opened_at__lte=report.as_of)
    behind = {r.figure: r for r in rolls.order_by("opened_at", "pk")}
    found = []
    units = asked.units() if asked.unit.parent_id else None
    for key, roll in behind.items():
        later = _mended_after(roll, report.as_of, asked.as_of)
        if later:
            counted = {
                n.entry for s in (ANSWERED, EXCUSED) for n in coverage.names(roll, report.as_of, state=s, units=units)
            }
            if both := len(counted & later):
                found.append(Changed(key, labels[key], both))
    return found


def _mended_after(roll: Roll, since: datetime, until: datetime) -> set[Any]:
    """Entries of which a settled answer was changed in (since, until]."""
    rows = sql.rows(
        "SELECT DISTINCT entry_id FROM roll_mark WHERE roll_id = %s AND recorded_at > %s AND recorded_at <= %s"
        " AND before IN ('answered', 'excused') AND reason NOT IN (%s, %s) AND leg = ''"
        " AND NOT (before = 'excused' AND after = 'answered')",
        [
            sql.uuid_value(roll.pk),
            sql.time_value(since),
            sql.time_value(until),
            rules.AFTER_SETTLED,
            rules.DIFFERS,
        ],
    )
    return {sql.as_uuid(row[0]) for row in rows}


def previous(report: Report) -> Report | None:
    """The report issued before this one for the same incident and unit."""
    same = Report.objects.filter(incident_id=report.incident_id, unit_id=report.unit_id)
    return same.filter(no__lt=report.no).order_by("-no").first()


def prove(**_: Any) -> list[str]:
    """For `muster verify`: each issued report fits its hash."""
    found: list[str] = []
    rows = Report.objects.order_by("issued_at").values_list("no", "content", "hash")
    for no, content, digest in rows:
        if hashlib.sha256(content.encode()).hexdigest() != digest and len(found) < SHOWN_MAX:
            found.append(f"report {no}: its content is not what was issued")
    return found
