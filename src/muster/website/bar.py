"""Where the parts of a coverage bar lie. Pure geometry: counts in, percent of the bar's width out.

The order is fixed: answered (what was met, then what was answered but not met), excused, overdue, not due yet.
A part above zero is never too thin to be seen, so that a bar is never drawn full while one is short. The least
width grows a little with the count (2.4 % for one, 4.2 % for a thousand): bars near 100 % then differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import Literal, Protocol

MET: Literal["met"] = "met"
UNMET: Literal["unmet"] = "unmet"
EXCUSED: Literal["excused"] = "excused"
OVERDUE: Literal["overdue"] = "overdue"
WAITING: Literal["waiting"] = "waiting"

Kind = Literal["met", "unmet", "excused", "overdue", "waiting"]

LEAST = 2.4
"""Percent of the width that one name takes at the least: 5 px of a bar on the board."""
GROWTH = 0.6
"""Percent more for every tenfold."""


class CoverageLike(Protocol):
    """Counts of names; answered includes unmet, outstanding includes overdue."""

    @property
    def expected(self) -> int: ...
    @property
    def answered(self) -> int: ...
    @property
    def excused(self) -> int: ...
    @property
    def outstanding(self) -> int: ...
    @property
    def overdue(self) -> int: ...
    @property
    def unmet(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the bar. start, width: percent of the bar; count: names."""

    kind: Kind
    count: int
    start: float
    width: float

    @property
    def end(self) -> float:
        """Percent where the next part begins."""
        return self.start + self.width


def least_width(count: int) -> float:
    """Percent below which a part of that many names is not drawn; 0 for none."""
    return LEAST + GROWTH * log10(count) if count > 0 else 0.0


def shares(counts: Sequence[int]) -> list[float]:
    """Percent for each count, together 100 (all 0 when there is nothing).

    Parts that would be too thin get their least width; the others share what is left in proportion.
    """
    total = sum(counts)
    if total <= 0:
        return [0.0 for _ in counts]
    widths = [0.0 for _ in counts]
    free = [place for place, count in enumerate(counts) if count > 0]
    while free:
        room = 100.0 - sum(widths)
        names = sum(counts[place] for place in free)
        thin = [place for place in free if room * counts[place] / names < least_width(counts[place])]
        if not thin or len(thin) == len(free):
            for place in free:
                widths[place] = room * counts[place] / names
            break
        for place in thin:
            widths[place] = least_width(counts[place])
            free.remove(place)
    return widths


def parts(coverage: CoverageLike) -> list[Part]:
    """The parts above zero, from left to right; they follow each other without holes and end at 100."""
    named: list[tuple[Kind, int]] = [
        (MET, coverage.answered - coverage.unmet),
        (UNMET, coverage.unmet),
        (EXCUSED, coverage.excused),
        (OVERDUE, coverage.overdue),
        (WAITING, coverage.outstanding - coverage.overdue),
    ]
    drawn: list[Part] = []
    start = 0.0
    for (kind, count), width in zip(named, shares([count for _, count in named]), strict=True):
        if count > 0:
            drawn.append(Part(kind, count, start, width))
            start += width
    return drawn


def width_of(drawn: Sequence[Part], *kinds: Kind) -> float:
    """Percent that these parts take together."""
    return sum(part.width for part in drawn if part.kind in kinds)


def text_width(words: str, size: float = 12.0) -> float:
    """About how wide words are, in px: a Chinese sign is as wide as it is high, a Latin one 0.6 of it."""
    return sum(size if ord(sign) > 0x2E7F else size * 0.6 for sign in words)


def percent(part: int, whole: int) -> float:
    """Percent to one decimal: 100 only when whole, 0 only when nothing. 0 of 0 is 0."""
    if whole <= 0 or part <= 0:
        return 0.0
    if part >= whole:
        return 100.0
    return min(99.9, max(0.1, round(100 * part / whole, 1)))
