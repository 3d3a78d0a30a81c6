"""The history of a figure as a stepped line: a count holds until the next change. Geometry only.

x is percent of the plot's width, so that the chart fits any screen; y is px, since its height is fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, log10

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import pgettext

TOP, HEIGHT = 12, 176
"""px of the plot: the highest grid line, the lowest."""
LABEL_GAP = 16.0
"""px between the labels at the line's end."""

Points = Sequence[tuple[datetime, float | None]]


@dataclass(frozen=True)
class Series:
    """One line. points: in order of time; None where nothing was reported, which leaves a hole, never a 0.

    dashed: a line to compare with (the expected, last time's); it has no area.
    """

    label: str
    points: Points
    dashed: bool = False


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: percent or px, its words, and how the words stand to it."""

    at: float
    label: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Line:
    """A line ready to draw. path, area: in a box of 1000 by 1000; end_x: percent; end_y, label_y: px."""

    label: str
    dashed: bool
    path: str
    area: str
    end_x: float
    end_y: float
    label_y: float
    last: float


@dataclass(frozen=True)
class Chart:
    """Everything that the template draws."""

    lines: list[Line]
    grid: list[Tick]
    days: list[Tick]
    marks: list[Tick]


def chart(series: Sequence[Series], until: datetime | None = None, marks: Sequence[tuple[datetime, str]] = ()) -> Chart:
    """The chart of some series from their first point to `until` (default: their last).

    marks: moments to point at, with their words.
    """
    moments = [moment for one in series for moment, _ in one.points]
    values = [value for one in series for _, value in one.points if value is not None]
    if not moments or not values:
        return Chart([], [], [], [])
    start, end = min(moments), max([*moments, *([until] if until else [])])
    if start == end:
        start -= timedelta(hours=1)
    levels = nice_levels(max(values))
    frame = _Frame(start, end, levels[-1])
    lines = _spread([_line(one, frame) for one in series if any(value is not None for _, value in one.points)])
    return Chart(
        lines=lines,
        grid=[Tick(frame.px(level), f"{level:,}") for level in levels],
        days=_days(frame),
        marks=[
            Tick(frame.percent(moment), word, _anchor(frame.percent(moment)))
            for moment, word in marks
            if start <= moment <= end
        ],
    )


@dataclass(frozen=True)
class _Frame:
    start: datetime
    end: datetime
    top: int

    def percent(self, moment: datetime) -> float:
        return round(100 * ((moment - self.start) / (self.end - self.start)), 2)

    def px(self, value: float) -> float:
        return round(HEIGHT - (HEIGHT - TOP) * value / self.top, 1)


def nice_levels(highest: float) -> list[int]:
    """Whole levels of the grid from 0 to just above the highest value, three to six of them."""
    rough = max(1.0, highest / 5)
    tenfold = 10 ** floor(log10(rough))
    steps = (tenfold * factor for factor in (1, 2, 2.5, 5, 10))
    step = next(int(step) for step in steps if step >= rough and step % 1 == 0)
    count = max(1, -int(-max(highest, 1) // step))
    return [step * place for place in range(count + 1)]


def _line(one: Series, frame: _Frame) -> Line:
    drawn: list[str] = []
    areas: list[str] = []
    run: list[str] = []
    began = x = y = 0.0
    last = 0.0

    def close() -> None:
        if run:
            drawn.extend(run)
            areas.append("".join(run) + f"V1000H{began:.1f}Z")
            run.clear()

    for moment, value in one.points:
        x = 10 * frame.percent(moment)
        if run:
            run.append(f"H{x:.1f}")
        if value is None:
            close()
            continue
        y, last = 1000 - 1000 * value / frame.top, value
        if not run:
            began = x
        run.append(f"V{y:.1f}" if run else f"M{x:.1f} {y:.1f}")
    if run and not one.dashed:
        x = 1000.0
    if run:
        run.append(f"H{x:.1f}")
    close()
    end_y = frame.px(last)
    return Line(one.label, one.dashed, "".join(drawn), "" if one.dashed else "".join(areas), x / 10, end_y, end_y, last)


def _spread(lines: list[Line]) -> list[Line]:
    """Labels at the end of the lines, moved apart where they would lie on one another."""
    placed: list[Line] = []
    before = None
    for line in sorted(lines, key=lambda line: (line.end_y, line.dashed)):
        label_y = line.end_y if before is None else max(line.end_y, before + LABEL_GAP)
        before = label_y
        placed.append(Line(line.label, line.dashed, line.path, line.area, line.end_x, line.end_y, label_y, line.last))
    over = max(0.0, placed[-1].label_y - HEIGHT) if placed else 0.0
    return [
        Line(line.label, line.dashed, line.path, line.area, line.end_x, line.end_y, line.label_y - over, line.last)
        for line in placed
    ]


def _anchor(percent: float) -> str:
    return "start" if percent < 3 else "end" if percent > 97 else "middle"


def _days(frame: _Frame) -> list[Tick]:
    """At most five labels, at midnight of the active zone; within two days at full hours."""
    span = frame.end - frame.start
    first = timezone.localtime(frame.start)
    if span <= timedelta(days=2):
        step = timedelta(hours=next(hours for hours in (1, 2, 3, 6, 12) if span <= timedelta(hours=5 * hours)))
        at = first.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        form = "H:i"
    else:
        step = timedelta(days=max(1, -(-span.days // 5)))
        at = first.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        form = pgettext("day on an axis", "j/n")
    ticks = []
    while at <= frame.end:
        percent = frame.percent(at)
        ticks.append(Tick(percent, date_format(at, form), _anchor(percent)))
        at += step
    return ticks
