"""The units of one question: which stand where at the moment, what each is called, and the way up and down."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import pgettext

from muster.foundation.rights import Actor
from muster.organisation.models import Appointment, Unit, UnitCode, UnitSetMember
from muster.organisation.scope import seen_paths
from muster.organisation.tree import called_then, named_then
from muster.roll.coverage import NOTHING, Coverage
from muster.roll.figures import Question

TILE_SET = "board"
"""The key of the set of units that are the tiles of the board, where a district has named one."""

KINDS_NAMED_MAX = 2


@dataclass(frozen=True)
class Place:
    """A unit as a page names it. on_board: it belongs to the set of tiles. lead: the name of whom to call."""

    unit: Unit
    code: str
    on_board: bool
    lead: str


class Ground:
    """The units of a question. No query: all is from the tree of the moment."""

    def __init__(self, asked: Question) -> None:
        self.asked = asked
        self.paths = asked.tree.paths
        self.here = asked.tree.under(asked.path)
        self._ways: dict[UUID, list[UUID]] = {}

    @cached_property
    def by_path(self) -> dict[str, UUID]:
        """{path: the unit that stood there}."""
        return {path: unit for unit, path in self.paths.items()}

    def way(self, unit: UUID) -> list[UUID]:
        """The units from the root down to a unit, itself included."""
        if unit not in self._ways:
            labels = self.paths.get(unit, "").rstrip(".").split(".")
            paths = [".".join(labels[: depth + 1]) + "." for depth in range(len(labels))]
            self._ways[unit] = [self.by_path[path] for path in paths if path in self.by_path]
        return self._ways[unit]

    def above(self, unit: UUID) -> UUID | None:
        """The unit directly above."""
        way = self.way(unit)
        return way[-2] if len(way) > 1 else None

    def children(self) -> list[UUID]:
        """The units directly under the one asked about."""
        depth = self.asked.path.count(".") + 1
        return [unit for unit, path in self.here.items() if path.count(".") == depth]

    def head(self, unit: UUID, heads: Collection[UUID]) -> UUID | None:
        """The lowest of some units at or above a unit."""
        return next((one for one in reversed(self.way(unit)) if one in heads), None)

    def sums(self, counts: Mapping[UUID, Coverage], heads: Collection[UUID]) -> dict[UUID, Coverage]:
        """{head: what is counted in its subtree}; a unit counts for the lowest head at or above it."""
        found: dict[UUID, Coverage] = {}
        for unit, part in counts.items():
            head = self.head(unit, heads)
            if head is not None:
                found[head] = found.get(head, NOTHING) + part
        return found

    def child_heads(self, units: Iterable[UUID]) -> set[UUID]:
        """The children of the unit asked about at or above some units; itself, for what stands at it."""
        depth = self.asked.path.count(".")
        return {way[min(depth, len(way) - 1)] for way in map(self.way, units) if way}


def known(ground: Ground, actor: Actor, named: Iterable[UUID]) -> dict[UUID, Place]:
    """The units named with all above them, the unit asked about, the set of tiles, the reader's own. One query."""
    wanted = {one for unit in [*named, ground.asked.unit.pk] for one in ground.way(unit)}
    codes = UnitCode.objects.filter(unit=OuterRef("pk"), valid_to__isnull=True).order_by("-valid_from", "-pk")
    members = UnitSetMember.objects.filter(set__key=TILE_SET)
    leads = Appointment.objects.filter(unit=OuterRef("pk"), leads=True, until__isnull=True).order_by("since", "id")
    rows = Unit.objects.filter(
        Q(pk__in=wanted) | Q(pk__in=members.values("unit")) | Q(path__in=seen_paths(actor))
    ).annotate(
        code=Subquery(codes.values("code")[:1]),
        on_board=Exists(members.filter(unit=OuterRef("pk"))),
        lead=Subquery(leads.values("person__name")[:1]),
        **named_then(ground.asked.as_of),
    )
    return {unit.pk: _place(unit) for unit in rows.select_related("kind")}


def _place(unit: Any) -> Place:
    """A unit by the name that it had at the moment."""
    return Place(called_then(unit), unit.code or str(unit.pk), unit.on_board, unit.lead or "")


def tree_order(place: Place) -> tuple[int, str]:
    """The order in which a district lists its units."""
    return place.unit.order, place.unit.path


def kinds_named(places: Iterable[Place]) -> str:
    """The names of the kinds of some units, where these stand on one rank and are few; else empty."""
    kinds = {place.unit.kind_id: place.unit.kind for place in places}
    if len(kinds) > KINDS_NAMED_MAX or len({kind.rank for kind in kinds.values()}) > 1:
        return ""
    return pgettext("between names", ", ").join(kind.name for _key, kind in sorted(kinds.items()))
