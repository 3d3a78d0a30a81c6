"""The board: what is covered, who is missing, what changed since another moment, for any unit as of any moment.

It is composed from the counts per unit alone: its cost is the number of units, never that of names or answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from muster.briefing.addresses import Way
from muster.briefing.counting import Counting, count_open
from muster.briefing.ground import Ground, Place, known
from muster.briefing.history import Places, closed_days
from muster.briefing.tiles import Tiles, tiles_of
from muster.foundation import clock
from muster.foundation.errors import Text, text
from muster.foundation.rights import Actor
from muster.organisation.models import Incident
from muster.organisation.scope import below, covers, seen_paths
from muster.roll.coverage import Coverage
from muster.roll.figures import PEOPLE, Question
from muster.roll.kinds import kind_of
from muster.roll.models import Roll, Tally
from muster.roll.rows import late_since

SPARK_DAYS = 6
A_DAY = timedelta(days=1)

STREAMS: dict[str, tuple[Text, str]] = {"mobilise": (text("Mobilisation"), "speakerphone")}
"""Streams of work in their order: the words and the icon of each."""


@dataclass(frozen=True)
class Sizes:
    """How much is shown: bars of a stream, lines of who has not answered, changes."""

    bars: int
    lines: int
    changes: int


DESK = Sizes(bars=8, lines=7, changes=5)
WALL = Sizes(bars=4, lines=6, changes=4)


@dataclass(frozen=True)
class Stream:
    """A stream of work with its bars; overdue: names in all of them; more: bars that found no room."""

    key: str
    label: Text
    icon: str
    bars: Sequence[Counting]
    overdue: int
    more: int


@dataclass(frozen=True)
class Line:
    """A unit in which something is outstanding on one roll. overdue: for how long; None while nothing is due."""

    counting: Counting
    unit: UUID
    coverage: Coverage
    overdue: timedelta | None
    name: str = ""
    above: str = ""
    lead: str = ""
    href: str = ""

    @property
    def itself(self) -> bool:
        """Whether the one name that is outstanding is the unit's own."""
        return self.counting.of_units and self.coverage.expected == 1


@dataclass(frozen=True)
class Missing:
    """Who has not answered: the first lines, how many units there are, and for each roll where all its names are."""

    lines: Sequence[Line]
    units: int
    overdue: int
    lists: Sequence[tuple[Counting, str]]


@dataclass(frozen=True)
class Change:
    """How a figure differs from another moment. new: its roll was opened after that moment."""

    counting: Counting
    by: int
    new: bool
    spark: Sequence[int | None]


@dataclass(frozen=True)
class Board:
    """All that the page shows. crumbs: the way down to the unit; tops: the highest units of the reader, if several.

    empty: why a board shows no figure: before, ended or nobody; first_opened: when the scope's first roll was opened
    later on.
    """

    asked: Question
    than: datetime
    day: int
    called_units: int
    called_people: int
    streams: Sequence[Stream]
    tiles: Tiles | None
    missing: Missing | None
    changes: Sequence[Change]
    marks: Sequence[tuple[datetime, Text]]
    crumbs: Sequence[tuple[str, str]]
    tops: Sequence[tuple[str, str]]
    empty: str = ""
    first_opened: datetime | None = None


def compose(
    actor: Actor,
    asked: Question,
    rolls: Sequence[Roll],
    places: Places,
    *,
    way: Way,
    chosen: str = "",
    than: datetime | None = None,
    sizes: Sizes = DESK,
) -> Board:
    """The board. chosen: the key of the tiles' figure; than: the moment to compare with, a day earlier if left out."""
    before = than or asked.as_of - A_DAY
    countings = count_open(actor, asked, rolls, places, before, way)
    figure = next((c for c in countings if c.key == chosen), countings[0] if countings else None)
    ground = Ground(asked)
    lines = lines_of(countings, asked)
    units = known(ground, actor, [*(line.unit for line in lines[: sizes.lines]), *ground.children()])
    return Board(
        asked=asked,
        than=before,
        day=day_of(asked.incident, asked.as_of),
        called_units=max((c.total.expected for c in countings if c.of_units), default=0),
        called_people=max((c.total.expected for c in countings if c.figure.measure.key == PEOPLE.key), default=0),
        streams=_streams(countings, sizes.bars),
        tiles=tiles_of(ground, figure, countings, units, way) if figure else None,
        missing=_missing(ground, lines, lines[: sizes.lines], countings, units, way) if countings else None,
        changes=_changes(asked, countings[: sizes.changes], rolls, places, before),
        marks=_marks(rolls, countings),
        crumbs=_crumbs(ground, actor, units, way),
        tops=_tops(actor, units, way),
        empty="" if countings else _why_empty(asked, rolls),
        first_opened=None if countings or rolls else _first_opened(asked),
    )


def day_of(incident: Incident, as_of: datetime) -> int:
    """Which day of the incident a moment is, in the active zone; the first is 1."""
    return (timezone.localtime(as_of).date() - timezone.localtime(incident.opened_at).date()).days + 1


def _streams(countings: Sequence[Counting], bars_max: int) -> list[Stream]:
    """The streams that have figures, in their order; one that no list knows comes last under its own key."""
    by_stream: dict[str, list[Counting]] = {}
    for counting in countings:
        by_stream.setdefault(counting.figure.stream, []).append(counting)
    order = {key: n for n, key in enumerate(STREAMS)}
    found = []
    for key in sorted(by_stream, key=lambda k: order.get(k, len(order))):
        bars = by_stream[key]
        label, icon = STREAMS.get(key, (key, "list-details"))
        overdue = sum(c.total.overdue for c in bars)
        found.append(Stream(key, label, icon, bars[:bars_max], overdue, max(0, len(bars) - bars_max)))
    return found


def lines_of(countings: Sequence[Counting], asked: Question) -> list[Line]:
    """A line a unit and roll with something outstanding: overdue first, of those the latest due first.

    What is not due yet comes by its due time, the next first; what never is comes last.
    """
    paths = asked.tree.paths
    lines = [
        Line(c, unit, part, late_since(c.roll, asked.as_of))
        for c in countings
        for unit, part in c.units.items()
        if part.outstanding
    ]

    def order(line: Line) -> tuple[bool, timedelta, int, str]:
        due = line.counting.roll.due_at
        apart = abs(due - asked.as_of) if due is not None else timedelta.max
        return line.overdue is None, apart, -line.coverage.outstanding, paths.get(line.unit, "")

    return sorted(lines, key=order)


def _missing(
    ground: Ground,
    lines: Sequence[Line],
    shown: Sequence[Line],
    countings: Sequence[Counting],
    units: Mapping[UUID, Place],
    way: Way,
) -> Missing:
    named = []
    for line in shown:
        place, above = units.get(line.unit), units.get(ground.above(line.unit) or line.unit)
        named.append(
            replace(
                line,
                name=place.unit.name if place else "",
                above=above.unit.short_name if above and above is not place else "",
                lead=place.lead if place else "",
                href=way.figure(line.counting.key, unit=place.code if place else way.unit, show="outstanding"),
            )
        )
    return Missing(
        lines=named,
        units=len({line.unit for line in lines}),
        overdue=sum(line.coverage.overdue for line in lines),
        lists=[(c, way.figure(c.key, show="outstanding")) for c in countings if c.total.outstanding],
    )


def _changes(
    asked: Question, countings: Sequence[Counting], rolls: Sequence[Roll], places: Places, before: datetime
) -> list[Change]:
    """What each figure says otherwise than at the other moment, with the ends of its last days beside it."""
    keys = {c.key for c in countings}
    theirs = [r for r in rolls if r.figure in keys]
    days = closed_days(theirs, asked.as_of - SPARK_DAYS * A_DAY, asked, places) if theirs else {}
    found = []
    for c in countings:
        ends = [point.coverage.answered for point in days.get(c.key, ())]
        found.append(
            Change(
                counting=c,
                by=c.total.answered - (c.before.answered if c.before else 0),
                new=c.roll.opened_at is not None and c.roll.opened_at > before,
                spark=[*ends, c.total.answered] if len(ends) > 1 else [],
            )
        )
    return found


def _marks(rolls: Sequence[Roll], countings: Sequence[Counting]) -> list[tuple[datetime, Text]]:
    """When the rolls of the figures shown were opened, for the line of days: one a moment."""
    keys = {c.key for c in countings}
    found: dict[datetime, Text] = {}
    for roll in rolls:
        if roll.figure in keys and roll.opened_at is not None:
            found.setdefault(roll.opened_at, kind_of(roll.kind).label)
    return sorted(found.items(), key=lambda pair: pair[0])


def _crumbs(ground: Ground, actor: Actor, units: Mapping[UUID, Place], way: Way) -> list[tuple[str, str]]:
    """(name, board) of the units above the one asked about, as far up as the reader sees."""
    tops = seen_paths(actor)
    above = [units[unit] for unit in ground.way(ground.asked.unit.pk)[:-1] if unit in units]
    seen = [place for place in above if any(covers(top, place.unit.path) for top in tops)]
    return [(place.unit.short_name, way.board(unit=place.code)) for place in seen]


def _tops(actor: Actor, units: Mapping[UUID, Place], way: Way) -> list[tuple[str, str]]:
    """(name, board) of the highest units of somebody who has several."""
    tops = seen_paths(actor)
    if len(tops) < 2:
        return []
    places = sorted((p for p in units.values() if p.unit.path in tops), key=lambda p: p.unit.path)
    return [(place.unit.short_name, way.board(unit=place.code)) for place in places]


def _why_empty(asked: Question, rolls: Sequence[Roll]) -> str:
    """Why there is nothing to show: no roll was open yet, all of the scope's have ended, or it stands on none."""
    if not rolls:
        return "before"
    here = Tally.objects.filter(below(asked.path, "unit__path"), roll__in=[roll.pk for roll in rolls])
    return "ended" if here.exists() else "nobody"


def _first_opened(asked: Question) -> datetime | None:
    """When the first roll with a unit of the scope was opened, for a board of a moment before. One query."""
    here = Tally.objects.filter(below(asked.path, "unit__path"), roll=OuterRef("pk"))
    rolls = Roll.objects.filter(Exists(here), incident=asked.incident, opened_at__lte=clock.settled())
    return rolls.order_by("opened_at").values_list("opened_at", flat=True).first()
