"""A figure opened: its parts, its history, the recount, the rows that add up to it, the citation, where it is used.

One page for every figure, of whatever room: coverages open to the names on their roll, counts to the rows they list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from muster.briefing import history
from muster.briefing.changes import Changes
from muster.briefing.counting import is_shown
from muster.briefing.figures import Answer, answer, figure_by_key, unknown
from muster.briefing.models import Report
from muster.briefing.visits import Visit
from muster.foundation.rights import Actor
from muster.roll import coverage
from muster.roll.coverage import Coverage, Name
from muster.roll.faces import face_of
from muster.roll.figures import Figure, Question
from muster.roll.figures import Row as CountedRow
from muster.roll.looks import STATES_SHOWN, Known, Line, Look, above_of, level, page_of, units_known
from muster.roll.models import ANSWERED, Roll
from muster.roll.rows import Row, only_outcomes, rows_of, units_of

PAGE_ROWS = 50
NAMES_READ_MAX = 20_000
"""Up to so many names a page reads every mark: adds them up once more, and draws its chart by the hour."""
REPORTS_MAX = 5


@dataclass(frozen=True)
class Series:
    """A line of the chart: points in order of time; dashed: to compare with."""

    label: str
    points: Sequence[tuple[datetime, float | None]]
    dashed: bool = False


@dataclass(frozen=True)
class Opened:
    """A figure with all that belongs to its answer, but not the rows of one page.

    rolls: those that followed one another behind it, of which the reader sees something. points: its history, hour by
    hour where that is cheap, else day by day. check: None where it was not counted once more; by_name: how it was.
    """

    answer: Answer
    rolls: Sequence[Roll]
    points: Sequence[history.Point]
    counted: Sequence[CountedRow] | None
    check: bool | None
    by_name: bool
    citation: str
    short_hash: str

    @property
    def total(self) -> Coverage | None:
        """The counts of a coverage."""
        return self.answer.coverage

    @property
    def words(self) -> str:
        """The key of the words in its bar."""
        return face_of(self.answer.roll.kind).words if self.answer.roll else "answered"

    def series(self) -> list[Series]:
        """The lines of its chart."""
        if self.counted is not None:
            steps = history.of_rows(self.counted)
            return [Series(str(self.answer.figure.measure.label), list(steps))] if steps else []
        if not self.points:
            return []
        answered = Series(pgettext("part of a bar", "Answered"), [(p.at, p.coverage.answered) for p in self.points])
        expected = Series(pgettext("part of a bar", "Expected"), [(p.at, p.coverage.expected) for p in self.points])
        return [answered, Series(expected.label, expected.points, dashed=True)]

    def marks(self) -> list[tuple[datetime, str]]:
        """Where the rolls that followed one another were opened, on the chart."""
        if len(self.rolls) < 2:
            return []
        numbered = enumerate(self.rolls, start=1)
        return [(roll.opened_at, _("version %(n)s") % {"n": n}) for n, roll in numbered if roll.opened_at is not None]


def open_figure(key: str, visit: Visit, *, by_day: bool = False, recount: bool = False) -> Opened:
    """Open a figure for a visit. by_day: its history at the ends of days. recount: name by name, however many.

    Raises: Refusal `figure.unknown` (404).
    """
    asked = visit.asked
    figure = figure_by_key(key, asked)
    if not figure.is_coverage:
        return _open_count(figure, asked)
    rolls = Roll.objects.filter(incident=asked.incident, figure=key, opened_at__lte=asked.as_of)
    seen = Exists(coverage.rolls_visible_to(visit.actor).filter(pk=OuterRef("pk")))
    behind = list(rolls.annotate(seen=seen).select_related("held_by").order_by("opened_at", "pk"))
    followed = [roll for roll in behind if roll.seen]
    if not all(is_shown(roll, visit.actor) for roll in followed):
        raise unknown()
    said = answer(figure, asked, behind)
    assert said.coverage is not None
    points, check = _history(followed, visit, said, by_day=by_day)
    if recount and said.roll is not None:
        check = history.same(history.recounted(said.roll, asked), said.coverage)
    digest = _short(hash_of(said.as_json()))
    return Opened(said, followed, points, None, check, recount, cite(said, digest), digest)


def _open_count(figure: Figure, asked: Question) -> Opened:
    """A figure that counts rows of its own."""
    said = answer(figure, asked, ())
    rows = list(figure.rows(asked)) if figure.rows is not None else []
    check = sum(row.value for row in rows) == said.value if figure.rows is not None else None
    digest = _short(hash_of(said.as_json()))
    return Opened(said, (), (), rows, check, False, cite(said, digest), digest)


def _history(
    rolls: Sequence[Roll], visit: Visit, said: Answer, *, by_day: bool
) -> tuple[Sequence[history.Point], bool | None]:
    """How it came to what it is, and whether the marks add up to it, where they are few. Two queries at most."""
    now = said.coverage
    if not rolls or now is None:
        return [], None
    few = now.expected <= NAMES_READ_MAX
    changes = Changes.read(rolls, visit.asked, visit.places, opening=not few)
    check = history.same(changes.total(said.roll), now) if few and said.roll else None
    return changes.by_hour(now) if few and not by_day else changes.by_day(now), check


def hash_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of a figure as JSON: the same that stands in a report, so that a citation can be checked."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _short(digest: str) -> str:
    return f"{digest[:4]}·{digest[4:8]}"


def cite(said: Answer, digest: str) -> str:
    """A figure as a sentence to be copied: whose, what, how many, as of when, by which key and checksum."""
    at = timezone.localtime(said.asked.as_of)
    parts = {
        "unit": said.asked.unit.name,
        "label": said.figure.label,
        "value": f"{said.value:,}",
        "measure": said.figure.measure.label,
        "at": date_format(at, pgettext("year, day and minute", "j M Y H:i")),
        "key": said.figure.key,
        "check": digest,
    }
    return _("%(unit)s: %(label)s %(value)s %(measure)s (as of %(at)s, figure %(key)s, check %(check)s)") % parts


def look_of(visit: Visit) -> Look:
    """The visit as the pages of rolls look at it; the root is no part of anything, so it stands for all."""
    unit = visit.asked.unit
    part = unit if unit.parent_id is not None else None
    return Look(visit.actor, visit.asked.as_of, visit.now, visit.asked.tree, (unit.pk,), part)


@dataclass(frozen=True)
class Names:
    """One page of the names behind a coverage. found: all of that state; start: how many stand before the page."""

    rows: Sequence[Row]
    found: int
    start: int
    pages: int
    units: Mapping[UUID, Known]
    lines: Sequence[Line]


def state_shown(words: str, total: Coverage) -> str:
    """Which names are listed for `show=`: a part of the coverage, or `expected` for all; the outstanding first."""
    if words in ("unmet", "late", "expected", "excused", "outstanding"):
        return words
    if words in STATES_SHOWN:
        return STATES_SHOWN[words][0]
    return "outstanding" if total.outstanding else "answered"


def names_of(look: Look, roll: Roll, show: str, units: Collection[UUID] | None = None) -> list[Name]:
    """The names of one part in the order of the tree; within some units, or all that are looked at."""
    if units is None and not look.sees_all_of(roll):
        units = look.units()
    state = {"unmet": ANSWERED, "late": ANSWERED, "expected": None}.get(show, show)
    found = coverage.names(roll, look.as_of, state=state, units=units)
    if show == "unmet":
        found = only_outcomes(roll, found, show)
    elif show == "late":
        late = coverage.late_entries(roll, look.as_of)
        found = [name for name in found if name.entry in late]
    return sorted(found, key=lambda n: (look.tree.paths.get(n.unit, ""), n.subject_id))


def page_of_names(opened: Opened, visit: Visit, show: str, number: int) -> Names:
    """One page of names with what a list shows of them, and the level of units below. At most six queries.

    The counts per unit tell which units stand on the page, so that only their names are read.
    """
    said, look = opened.answer, look_of(visit)
    assert said.counted is not None
    roll, here = opened.rolls[-1], visit.asked.units()
    paths = visit.asked.tree.paths
    counts = [(unit, getattr(part, show)) for unit, part in said.counted.units.items() if unit in here]
    counts.sort(key=lambda pair: paths.get(pair[0], ""))
    found = sum(count for _unit, count in counts)
    pages = max(1, -(-found // PAGE_ROWS))
    start = (min(max(1, number), pages) - 1) * PAGE_ROWS
    units, skipped = _units_on_page(counts, start)
    part = names_of(look, roll, show, units)[start - skipped : start - skipped + PAGE_ROWS] if units else []
    lines = level(look, said.counted)
    known = units_of(look, part, [line.unit for line in lines])
    return Names(rows_of(look, roll, part, known, phones=False), found, start, pages, known, lines)


def _units_on_page(counts: Sequence[tuple[UUID, int]], start: int) -> tuple[list[UUID], int]:
    """The units of which names stand on the page from `start` on, and how many names stand before the first."""
    before, skipped = 0, 0
    units: list[UUID] = []
    for unit, count in counts:
        if count and before < start + PAGE_ROWS and before + count > start:
            skipped = skipped if units else before
            units.append(unit)
        before += count
    return units, skipped


@dataclass(frozen=True)
class Counts:
    """One page of the rows behind a count, with the sums by the units below."""

    rows: Sequence[tuple[CountedRow, str]]
    found: int
    start: int
    pages: int
    lines: Sequence[tuple[UUID, int]]
    units: Mapping[UUID, Known]
    total: int


def page_of_counts(opened: Opened, asked: Question, number: int) -> Counts:
    """One page of rows. One query."""
    rows = list(opened.counted or ())
    part, pages = page_of(rows, number, PAGE_ROWS)
    groups = asked.tree.groups(asked.path)
    sums: dict[UUID, int] = {}
    for row in rows:
        head = groups.get(row.unit, asked.unit.pk)
        sums[head] = sums.get(head, 0) + row.value
    lines = sorted(sums.items(), key=lambda pair: (-pair[1], asked.tree.paths.get(pair[0], "")))
    above = above_of(asked.tree, [asked.unit.pk])[asked.unit.pk]
    units = units_known({*sums, *above, *(row.unit for row in part)}, as_of=asked.as_of)
    named = [(row, units[row.unit].name if row.unit in units else "") for row in part]
    start = (min(max(1, number), pages) - 1) * PAGE_ROWS
    return Counts(named, len(rows), start, pages, lines, units, sum(sums.values()))


def reports_with(key: str, asked: Question, actor: Actor) -> list[Report]:
    """The last issued reports about the same unit that hold a figure. One query."""
    found = Report.objects.visible_to(actor).filter(incident=asked.incident, unit=asked.unit)
    found = found.filter(content__contains=json.dumps(key)).defer("content")
    return list(found.order_by("-no")[:REPORTS_MAX])
