"""The rows of a roll's lists: names with whatever else a list shows beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from muster.foundation import clock
from muster.foundation.ids import new_id
from muster.foundation.registry import SUBJECT_CODES
from muster.roll import rules
from muster.roll.actions import ABOVE, may_excuse
from muster.roll.attempts import Tried, may_call, tried
from muster.roll.coverage import Name, is_due, subject_names
from muster.roll.faces import Beside, face_of
from muster.roll.kinds import Effect, kind_of
from muster.roll.looks import Known, Lead, Look, above_of, units_known
from muster.roll.models import ANSWERED, EXCUSED, OUTSTANDING, Entry, Mark, Reason, Roll
from muster.roll.readings import masked_phones


@dataclass(frozen=True)
class Row:
    """One name in a list. under: the unit above a unit, or the unit of a person. path: where its unit stood.

    lead, phone: whom to call. tried: calls in vain; tap: the id of the next one. overdue: since when it is.
    said, by, own, reason: of an answer or an excuse.
    """

    name: Name
    title: str
    under: str
    path: str
    lead: Lead | None = None
    phone: str = ""
    beside: Beside | None = None
    overdue: timedelta | None = None
    said: str = ""
    unmet: bool = False
    differs: bool = False
    by: str = ""
    own: bool = False
    reason: str = ""
    may_excuse: bool = False
    may_call: bool = False
    tried: Tried | None = None
    tap: UUID = field(default_factory=new_id)


def units_of(seen: Look, names: Iterable[Name], lines: Iterable[UUID] = ()) -> dict[UUID, Known]:
    """The units that a page names, with those above them. One query."""
    wanted = {name.unit for name in names} | {name.subject_id for name in names if name.subject_kind == "unit"}
    wanted |= {*lines, *seen.tops}
    wanted |= {one for way in above_of(seen.tree, set(wanted)).values() for one in way}
    return units_known(wanted, as_of=None if seen.now else seen.as_of)


def rows_of(seen: Look, roll: Roll, names: Sequence[Name], units: Mapping[UUID, Known], *, phones: bool) -> list[Row]:
    """The rows of one page of names: at most four queries, whatever their number. units: as `units_of` gives them."""
    asking = all(name.state == OUTSTANDING for name in names)
    others = [name for name in names if name.subject_kind != "unit"]
    called = subject_names(others, set() if asking else {name.by for name in names if name.by})
    titles = {pk: unit.name for pk, unit in units.items()} | called
    rows = [_row(seen, roll, name, titles, units) for name in names]
    return _with_leads(seen, roll, rows, units, phones) if asking else _with_answers(seen, roll, rows, called)


def _row(seen: Look, roll: Roll, name: Name, titles: Mapping[UUID, str], units: Mapping[UUID, Known]) -> Row:
    unit = units.get(name.unit)
    above = units.get(unit.above) if unit and unit.above else None
    itself = name.subject_kind == "unit" and name.subject_id == name.unit
    under = (above.short_name if above else "") if itself else (unit.name if unit else "")
    return Row(name, titles.get(name.subject_id, ""), under, seen.tree.paths.get(name.unit, ""))


def _with_leads(seen: Look, roll: Roll, rows: Sequence[Row], units: Mapping[UUID, Known], phones: bool) -> list[Row]:
    """Whom to call, what else is known, how long overdue, and whether the reader may excuse."""
    leads = {pk: unit.lead for pk, unit in units.items() if unit.lead}
    callable_at = [(row.path, leads[row.name.unit].pk) for row in rows if row.name.unit in leads]
    shown = masked_phones(seen.actor, callable_at, clock.now()) if phones else {}
    face = face_of(roll.kind)
    beside = face.beside(roll, [row.name for row in rows], seen.as_of) if face.beside and rows else {}
    late = late_since(roll, seen.as_of)
    scopes = seen.actor.scopes(*ABOVE)
    calls = (
        tried([row.name.entry for row in rows], seen.as_of if not seen.now else clock.now()) if phones and rows else {}
    )
    return [
        replace(
            row,
            lead=(lead := leads.get(row.name.unit)),
            phone=shown.get(lead.pk, "") if lead else "",
            beside=beside.get(row.name.entry),
            overdue=late,
            may_excuse=may_excuse(scopes, row.path, roll.held_by.path),
            may_call=phones and may_call(seen.actor, row.path),
            tried=calls.get(row.name.entry),
        )
        for row in rows
    ]


def _with_answers(seen: Look, roll: Roll, rows: Sequence[Row], called: Mapping[UUID, str]) -> list[Row]:
    """What was said or why excused, by whom, and whether another answer differs. Two queries at most."""
    differing = _differing([row.name for row in rows], seen.as_of)
    outcomes = kind_of(roll.kind).outcomes
    excused = any(row.name.state == EXCUSED for row in rows)
    reasons = dict(Reason.objects.filter(use="excuse").values_list("code", "text")) if excused else {}
    found = []
    for row in rows:
        name = row.name
        outcome = outcomes.get(name.outcome) if name.state == ANSWERED else None
        found.append(
            replace(
                row,
                said=str(outcome.label) if outcome else "",
                unmet=outcome is not None and outcome.effect is Effect.UNMET,
                differs=name.entry in differing,
                by=called.get(name.by, "") if name.by else "",
                own=name.by == name.subject_id,
                reason=reasons.get(name.reason, "") if name.state == EXCUSED else "",
            )
        )
    return found


def _differing(names: Sequence[Name], as_of: datetime) -> set[UUID]:
    """The entries at which a second answer waited beside the first. A query only where something was tried after it."""
    found = {name.entry for name in names if name.beside == rules.DIFFERS}
    tried = [name.entry for name in names if name.beside == rules.AFTER_SETTLED]
    if tried:
        marks = Mark.objects.filter(entry__in=tried, recorded_at__lte=as_of).order_by("-n")
        reasons: dict[UUID, list[str]] = {}
        for entry, reason in marks.values_list("entry_id", "reason"):
            reasons.setdefault(entry, []).append(reason)
        found |= {entry for entry, newest_first in reasons.items() if difference_waits(newest_first)}
    return found


def difference_waits(newest_first: Iterable[str]) -> bool:
    """Whether a second answer waits beside the first, by the reasons of an entry's marks, the newest first."""
    return rules.DIFFERS in takewhile(lambda reason: reason in rules.KEPT_BESIDE, newest_first)


def only_outcomes(roll: Roll, names: Sequence[Name], show: str) -> list[Name]:
    """Of answers, those that were met or that were not."""
    unmet = {key for key, outcome in kind_of(roll.kind).outcomes.items() if outcome.effect is Effect.UNMET}
    return [name for name in names if (name.outcome in unmet) == (show == "unmet")]


def subject_codes(found: Iterable[Name | Entry]) -> dict[UUID, str]:
    """{subject id: its code or number}, over all kinds of subject. A query a kind."""
    by_kind: dict[str, list[UUID]] = {}
    for name in found:
        by_kind.setdefault(name.subject_kind, []).append(name.subject_id)
    codes: dict[UUID, str] = {}
    for kind, ids in by_kind.items():
        codes.update(SUBJECT_CODES[kind](ids))
    return codes


def late_since(roll: Roll, as_of: datetime) -> timedelta | None:
    """How long what is outstanding has been overdue; None while it is not."""
    return as_of - roll.due_at if roll.due_at and is_due(roll, as_of) else None
