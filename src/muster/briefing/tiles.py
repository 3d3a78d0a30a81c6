"""The tiles of the board: the parts of a unit, each with its counts, so that whoever is behind is seen at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from muster.briefing.addresses import Way
from muster.briefing.counting import Counting
from muster.briefing.ground import Ground, Place, kinds_named, tree_order
from muster.foundation.errors import Text
from muster.roll.coverage import NOTHING, Coverage

TILES_MAX = 12
SEGMENTS_MAX = 4
OTHERS_MAX = 2


@dataclass(frozen=True)
class Tile:
    """A part of the scope: its counts of the chosen figure, and in a word those of the others.

    behind: no other tile has a greater part of its names overdue.
    """

    name: str
    href: str
    coverage: Coverage
    others: Sequence[tuple[Text, Coverage]]
    behind: bool


@dataclass(frozen=True)
class Tiles:
    """The parts of the scope. rest: what is counted in none of them; rest_of: what those are called, if of few kinds.

    segments: the figures to choose from, each with the board that shows it. kind: what the tiles are, if of few kinds.
    """

    chosen: Counting
    segments: Sequence[tuple[Counting, str]]
    tiles: Sequence[Tile]
    kind: str
    rest: Coverage
    rest_of: str


def tiles_of(
    ground: Ground, chosen: Counting, countings: Sequence[Counting], known: Mapping[UUID, Place], way: Way
) -> Tiles:
    """The tiles for one figure: the units of the district's set under the scope, else the largest of its children."""
    named = [u for u, p in known.items() if p.on_board and u in ground.here and u != ground.asked.unit.pk]
    heads = named or [unit for unit in ground.children() if unit in known]
    sums = ground.sums(chosen.units, set(heads))
    if not named:
        heads = [unit for unit in heads if unit in sums]
    heads = sorted(heads, key=lambda u: (-sums.get(u, NOTHING).expected, tree_order(known[u])))[:TILES_MAX]
    heads.sort(key=lambda u: tree_order(known[u]))
    shown = set(heads)
    segments = segments_of(countings, chosen)
    others = [(c, ground.sums(c.units, shown)) for c in segments if c is not chosen][:OTHERS_MAX]
    worst = max((_share(sums[u]) for u in heads if u in sums), default=0.0)
    outside = [unit for unit in chosen.units if ground.head(unit, shown) is None]
    return Tiles(
        chosen=chosen,
        segments=[(c, way.board(figure=c.key)) for c in segments],
        tiles=[
            Tile(
                name=known[unit].unit.short_name,
                href=way.board(unit=known[unit].code, figure=chosen.key),
                coverage=sums.get(unit, NOTHING),
                others=[(c.kind.words.answered, s[unit]) for c, s in others if unit in s],
                behind=worst > 0 and _share(sums.get(unit, NOTHING)) == worst,
            )
            for unit in heads
        ],
        kind=kinds_named(known[u] for u in heads),
        rest=sum((chosen.units[u] for u in outside), NOTHING),
        rest_of=kinds_named(known[u] for u in ground.child_heads(outside) if u in known),
    )


def _share(part: Coverage) -> float:
    return part.overdue / part.expected if part.expected else 0.0


def segments_of(countings: Sequence[Counting], chosen: Counting) -> list[Counting]:
    """The figures to choose from: the first of each kind of roll, and the chosen one in the place of its kind."""
    found: list[Counting] = []
    for counting in countings:
        same = next((n for n, c in enumerate(found) if c.roll.kind == counting.roll.kind), None)
        if same is None and len(found) < SEGMENTS_MAX:
            found.append(counting)
        elif counting is chosen:
            found[-1 if same is None else same] = counting
    return found
