"""What the pages of rolls show: as of when, over whose units, which parts, which names. It reads and never writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from muster.foundation import sql
from muster.foundation.errors import not_found
from muster.foundation.rights import HOUSE, Actor
from muster.organisation.asking import moment, unit_for
from muster.organisation.models import Appointment, Incident, Unit, UnitCode
from muster.organisation.roles import SEEING
from muster.organisation.scope import covers, may_act, outermost, seen_paths
from muster.organisation.tree import Tree, named_then
from muster.roll import coverage
from muster.roll.coverage import NOTHING, Counted, Coverage, Name, Part
from muster.roll.kinds import Effect, kind_of
from muster.roll.models import ANSWERED, EXCUSED, OUTSTANDING, Roll

T = TypeVar("T")

STATES_SHOWN = {
    "outstanding": (OUTSTANDING,),
    "overdue": (OUTSTANDING,),
    "waiting": (OUTSTANDING,),
    "answered": (ANSWERED,),
    "met": (ANSWERED,),
    "unmet": (ANSWERED,),
    "excused": (EXCUSED,),
    "expected": (OUTSTANDING, EXCUSED, ANSWERED),
}
"""`show=` of a roll's address -> the states whose names are listed."""


@dataclass(frozen=True)
class Look:
    """How somebody looks at rolls: as of when, at the tree of that moment, at which units of theirs.

    roles: by which of their roles the units are theirs.
    """

    actor: Actor
    as_of: datetime
    now: bool
    tree: Tree
    tops: tuple[UUID, ...]
    unit: Unit | None = None
    roles: frozenset[str] = SEEING

    def sees_all_of(self, roll: Roll) -> bool:
        """Whether the whole roll is looked at: it is held by a unit of theirs, and no part was asked for."""
        return self.unit is None and (self.actor.has(HOUSE) or may_act(self.actor, self.roles, roll.held_by))

    def within(self, roles: frozenset[str]) -> Look:
        """The part of the look over which the actor holds one of some roles; without tops where there is none."""
        paths = self.tree.paths
        held = _units_at(self.tree, outermost(self.actor.scopes(*roles)))
        asked = [top for top in self.tops if top in paths]
        kept = [one for one in held if any(covers(paths[top], paths[one]) for top in asked)]
        kept += [top for top in asked if top not in kept and any(covers(paths[one], paths[top]) for one in held)]
        return replace(self, tops=tuple(kept), roles=roles)

    def units(self) -> set[UUID]:
        """The units under the tops, at the moment."""
        found: set[UUID] = set()
        for top in self.tops:
            path = self.tree.paths.get(top)
            if path is not None:
                found |= set(self.tree.under(path))
        return found

    def coverage(self, counted: Counted) -> Coverage:
        """What is counted of a roll within the look."""
        here = counted.units if self.sees_all_of(counted.roll) else self.units()
        return counted.of(unit for unit in counted.units if unit in here)


def moment_asked(words: str | None, incident: Incident | None) -> datetime:
    """The moment of `as_of=`, in the active zone where none is named; the newest settled one for nothing.

    Raises: Refusal (422) for what is no time, lies ahead or before the incident.
    """
    return coverage.as_of_moment(moment(words), incident)


def look(actor: Actor, asked: Mapping[str, str], incident: Incident | None) -> Look:
    """A look as the address asks for it: `as_of`, `unit`. Without a unit, all that the actor sees."""
    as_of = moment_asked(asked.get("as_of"), incident)
    tree = Tree.as_of(as_of)
    code = asked.get("unit")
    if code:
        unit = unit_for(actor, code, as_of if asked.get("as_of") else None)
        return Look(actor, as_of, not asked.get("as_of"), tree, (unit.pk,), unit)
    return Look(actor, as_of, not asked.get("as_of"), tree, tuple(_units_at(tree, seen_paths(actor))))


def _units_at(tree: Tree, paths: Iterable[str]) -> list[UUID]:
    """The units that stand at some paths now, as far as the tree of the moment knew them. No query."""
    # A grant names where a unit stands now; its label, fixed for life, finds where it stood then.
    by_label = {_label(place): unit for unit, place in tree.paths.items()}
    return [by_label[_label(path)] for path in paths if _label(path) in by_label]


def _label(path: str) -> str:
    return path.rstrip(".").rsplit(".", 1)[-1]


def roll_for(actor: Actor, pk: UUID) -> Roll:
    """A roll of which the actor sees something, with its incident and holder.

    Raises: Refusal (404).
    """
    found = coverage.rolls_visible_to(actor).select_related("incident", "held_by").filter(pk=pk).first()
    if found is None:
        raise not_found("roll.unknown")
    return found


@dataclass(frozen=True)
class Line:
    """A unit of the level below, with what is counted of it. deeper: whether units stand under it."""

    unit: UUID
    coverage: Coverage
    deeper: bool
    itself: bool = False


def level(seen: Look, counted: Counted) -> list[Line]:
    """The level below what is looked at, the most outstanding first; nothing where no unit stands below."""
    of = groups(seen)
    sums: dict[UUID, Coverage] = {}
    for unit, part in counted.units.items():
        group = of.get(unit)
        if group is not None:
            sums[group] = sums.get(group, NOTHING) + part
    inner = {place.rsplit(".", 2)[0] + "." for place in seen.tree.paths.values()}
    lines = [
        Line(unit, part, seen.tree.paths[unit] in inner, itself=len(seen.tops) == 1 and unit in seen.tops)
        for unit, part in sums.items()
    ]
    if len(lines) == 1 and lines[0].itself:
        return []
    return sorted(lines, key=lambda line: (-line.coverage.outstanding, seen.tree.paths[line.unit]))


def elsewhere(seen: Look, counted: Counted) -> Coverage:
    """What is counted within the look and in no line of the level below: handed over beyond the holder's subtree."""
    if not seen.sees_all_of(counted.roll):
        return NOTHING
    of = groups(seen)
    return counted.of(unit for unit in counted.units if unit not in of)


def groups(seen: Look) -> dict[UUID, UUID]:
    """{unit: the unit of the level below that it belongs to}: the children of one top, or the tops themselves."""
    if len(seen.tops) == 1:
        path = seen.tree.paths.get(seen.tops[0])
        return seen.tree.groups(path) if path is not None else {}
    found: dict[UUID, UUID] = {}
    for top in seen.tops:
        path = seen.tree.paths.get(top)
        if path is not None:
            found.update(dict.fromkeys(seen.tree.under(path), top))
    return found


def part_of(roll: Roll, show: str, search: str = "") -> Part:
    """What `show=` and `q=` leave of a roll's names: the outstanding in the order of the tree, others newest first."""
    unmet = {key for key, outcome in kind_of(roll.kind).outcomes.items() if outcome.effect is Effect.UNMET}
    outcomes = {"met": kind_of(roll.kind).outcomes.keys() - unmet, "unmet": unmet}.get(show)
    return Part(search, outcomes, newest_first=STATES_SHOWN[show] != (OUTSTANDING,))


def names_shown(seen: Look, roll: Roll, show: str, part: Part) -> list[Name]:
    """The names behind one part of a roll. Two queries at most."""
    here = None if seen.sees_all_of(roll) else seen.units()
    if here is not None and not here:
        return []
    return coverage.names_part(roll, seen.as_of, part, state=_state(show), units=here)


def names_found(seen: Look, roll: Roll, show: str, part: Part, total: Coverage) -> int:
    """How many names are behind a part: as counted, or by a query where words are looked for."""
    if not part.search.strip():
        counts = {
            "answered": total.answered,
            "unmet": total.unmet,
            "excused": total.excused,
            "expected": total.expected,
        }
        return (counts | {"met": total.answered - total.unmet}).get(show, total.outstanding)
    here = None if seen.sees_all_of(roll) else seen.units()
    if here is not None and not here:
        return 0
    return coverage.names_count(roll, seen.as_of, part, state=_state(show), units=here)


def _state(show: str) -> str | None:
    """The one state that is listed; None for all."""
    states = STATES_SHOWN[show]
    return states[0] if len(states) == 1 else None


class Lead(NamedTuple):
    """Whom to call at a unit."""

    pk: UUID
    name: str


@dataclass(frozen=True)
class Known:
    """A unit as lists show it. lead: who leads it now, the first appointed where several do."""

    name: str
    short_name: str
    code: str
    above: UUID | None
    lead: Lead | None = None


def units_known(ids: Iterable[UUID], above: str = "", as_of: datetime | None = None) -> dict[UUID, Known]:
    """{unit id: its names, its code in force, the unit above, whom to call}, and of those above a path. One query.

    as_of: the names are those of this moment; of now without.
    """
    labels = above.split(".")[:-2]
    paths = [".".join(labels[: depth + 1]) + "." for depth in range(len(labels))]
    codes = UnitCode.objects.filter(unit=OuterRef("pk"), valid_to__isnull=True).order_by("-valid_from", "-pk")
    leads = Appointment.objects.filter(unit=OuterRef("pk"), leads=True, until__isnull=True).order_by("since", "id")
    rows = Unit.objects.filter(Q(pk__in=set(ids)) | Q(path__in=paths)).annotate(
        code=Subquery(codes.values("code")[:1]),
        lead=Subquery(leads.values("person_id")[:1]),
        lead_name=Subquery(leads.values("person__name")[:1]),
        **named_then(as_of),
    )
    fields = ("pk", "name_then", "short_then", "code", "parent_id", "lead", "lead_name")
    return {
        pk: Known(name, short, code or str(pk), parent, _lead(lead, called))
        for pk, name, short, code, parent, lead, called in rows.values_list(*fields)
    }


def above_of(tree: Tree, units: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """{unit: the units above it at the moment, from the root down}. No query."""
    by_path = {place: unit for unit, place in tree.paths.items()}
    found: dict[UUID, list[UUID]] = {}
    for unit in units:
        labels = tree.paths.get(unit, "").rstrip(".").split(".")[:-1]
        paths = [".".join(labels[: depth + 1]) + "." for depth in range(len(labels))]
        found[unit] = [by_path[path] for path in paths if path in by_path]
    return found


def _lead(pk: Any, name: str) -> Lead | None:
    # SQLite gives an id from a subquery as text.
    known = sql.as_uuid(pk)
    return Lead(known, name) if known else None


def seen_above(seen: Look, unit: UUID) -> list[UUID]:
    """The way down to a unit, from the highest that the actor sees: the breadcrumbs."""
    tops = seen_paths(seen.actor)
    paths = seen.tree.paths
    way = [*above_of(seen.tree, [unit])[unit], unit]
    return [one for one in way if any(covers(top, paths.get(one, "")) for top in tops)]


def place_of_page(found: int, number: int, size: int) -> tuple[int, int]:
    """Where a page begins and how many pages there are; a number beyond the end is the last page."""
    pages = max(1, -(-found // size))
    return (min(max(1, number), pages) - 1) * size, pages


def page_of(rows: Sequence[T], number: int, size: int) -> tuple[Sequence[T], int]:
    """One page of the rows and how many pages there are; a number beyond the end shows the last page."""
    start, pages = place_of_page(len(rows), number, size)
    return rows[start : start + size], pages
