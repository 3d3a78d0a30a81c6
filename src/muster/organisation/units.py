"""The verbs of a unit's life: renamed, moved, split, closed. Merging stands in `actions` (docs/rules/people.md)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from muster.foundation import sql
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.registry import OPEN_MATTERS
from muster.foundation.rights import HOUSE, Actor
from muster.organisation.asking import require_district
from muster.organisation.models import PATH_LENGTH, Appointment, Unit, UnitCode, UnitKind, UnitName, UnitPath
from muster.organisation.names import unit_columns
from muster.organisation.places import give_place, primary_places
from muster.organisation.roles import COMMANDER, DECIDE
from muster.organisation.scope import below, covers, holds_at
from muster.organisation.tree import label_of, lock_root, next_number, paths_towards_root

NAME_LENGTH_MAX, SHORT_NAME_LENGTH_MAX = 120, 60


@action("organisation.rename_unit", roles=(HOUSE, *DECIDE), at="parent")
def rename_unit(*, by: Actor, parent: Unit, unit: Unit, name: str, short_name: str = "") -> None:
    """Call a unit otherwise from now on; `parent` is the unit above that decides, for the root the root itself.

    Raises: Refusal `unit.name`, `unit.not_under`, `unit.closed`.
    """
    name, short = name.strip(), short_name.strip() or name.strip()
    if not name or len(name) > NAME_LENGTH_MAX or len(short) > SHORT_NAME_LENGTH_MAX:
        raise invalid("name", text("Write a name of 120 characters at most, and a short one of 60."), "unit.name")
    row = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    if row.parent_id is None:
        require_district(by, (COMMANDER,))
    else:
        require_under(parent, row)
    _require_open(row)
    at = locked()
    current_line().note(row.pk)
    if (row.name, row.short_name) == (name, short):
        return
    call(row, name, short, at)


def may_rename(by: Actor, path: str) -> bool:
    """Whether somebody may call the unit at this path otherwise: who decides above it; the root its commander."""
    above = paths_towards_root(path)[:-1]
    return by.has(HOUSE) or (holds_at(by, DECIDE, above[-1]) if above else holds_at(by, (COMMANDER,), path))


def call(row: Unit, name: str, short: str, at: datetime) -> None:
    """Write down what a unit is called from a moment on, inside an action: a question of before shows the old name."""
    if not UnitName.objects.filter(unit=row).exists():
        first = UnitPath.objects.filter(unit=row).order_by("since").values_list("since", flat=True)[0]
        sql.insert([UnitName(unit_id=row.pk, since=first, name=row.name, short_name=row.short_name)])
    sql.insert([UnitName(unit_id=row.pk, since=at, name=name, short_name=short)])
    Unit.objects.filter(pk=row.pk).update(name=name, short_name=short, **unit_columns(name, short))


@action("organisation.move_unit", roles=(HOUSE, *DECIDE), at="parent")
def move_unit(*, by: Actor, parent: Unit, unit: Unit, under: Unit) -> int:
    """Put a unit, with all below it, under another one from now on; returns how many units went along.

    `parent` is above both the old place and the new one (or is the new one), and decides. No entry moves.
    Raises: Refusal `unit.not_under`, `unit.closed`, `unit.circle`, `unit.rank`, `unit.deep`.
    """
    lock_root()
    found = Unit.objects.select_related("kind").in_bulk([unit.pk, under.pk])
    unit, under = found[unit.pk], found[under.pk]
    require_under(parent, unit)
    if not covers(parent.path, under.path):
        raise not_under()
    _require_open(unit)
    _require_open(under)
    if covers(unit.path, under.path):
        raise invalid("under", text("A unit does not stand under itself."), "unit.circle")
    if unit.kind.rank <= under.kind.rank:
        raise invalid("under", text("A unit stands under one of higher rank."), "unit.rank")
    at = locked()
    current_line().note(unit.pk, under.pk)
    if unit.parent_id == under.pk:
        return 0
    return _put(unit, under, at)


def _put(unit: Unit, under: Unit, at: datetime) -> int:
    old, new = unit.path, f"{under.path}{unit.label}."
    branch = Unit.objects.select_for_update(no_key=True).filter(below(old))
    longest = max(len(path) for path in branch.values_list("path", flat=True))
    if longest - len(old) + len(new) > PATH_LENGTH:
        raise invalid("under", text("The tree would grow too deep there."), "unit.deep")
    rows = list(branch.order_by("path").values_list("pk", "path"))
    Unit.objects.filter(pk=unit.pk).update(parent=under)
    for part in sql.slices([pk for pk, _path in rows]):
        moved = Concat(Value(new), Substr(F("path"), len(old) + 1))
        Unit.objects.filter(pk__in=part).update(path=moved)
    sql.insert([UnitPath(unit_id=pk, since=at, path=new + path[len(old) :]) for pk, path in rows])
    return len(rows)


@action("organisation.close_unit", roles=(HOUSE, *DECIDE), at="parent")
def close_unit(*, by: Actor, parent: Unit, unit: Unit) -> None:
    """Close a unit that nothing goes on of.

    Raises: Refusal `unit.not_under`, `unit.closed`, `unit.open_matters`, `unit.has_children`, `unit.has_people`.
    """
    row = Unit.objects.select_for_update().get(pk=unit.pk)
    require_under(parent, row)
    _require_open(row)
    at = locked()
    require_nothing_open(row)
    people = Appointment.objects.filter(unit=row, until__isnull=True).count()
    if people:
        raise Refusal(
            "unit.has_people",
            text("%(count)s people still have a place at this unit."),
            text("Transfer them or let them leave, then close it."),
            count=people,
        )
    current_line().note(row.pk)
    current_line().change("state", "open", "closed")
    Unit.objects.filter(pk=row.pk).update(closed_at=at)


@action("organisation.split_unit", roles=(HOUSE, *DECIDE), at="parent")
def split_unit(
    *, by: Actor, parent: Unit, unit: Unit, name: str, short_name: str, code: str, people: Collection[UUID]
) -> Unit:
    """Make a new unit of the same kind beside one, with some of its people; the rest, and what is open, stays.

    code: empty for none. Raises: Refusal `unit.name`, `unit.code_twice`, `unit.not_under`, `unit.closed`,
    `unit.nobody` for people who have no primary place there.
    """
    name, short = name.strip(), short_name.strip() or name.strip()
    if not name or len(name) > NAME_LENGTH_MAX or len(short) > SHORT_NAME_LENGTH_MAX:
        raise invalid("name", text("Write a name of 120 characters at most, and a short one of 60."), "unit.name")
    lock_root()
    row = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    require_under(parent, row)
    _require_open(row)
    if code and UnitCode.objects.filter(code=code, valid_to__isnull=True).exists():
        raise invalid("code", text("The code %(unit_code)s is in use."), "unit.code_twice", unit_code=code[:32])
    at = locked()
    places = primary_places(people, at=row)
    if len(places) != len(set(people)):
        raise invalid("people", text("Choose people whose place is at this unit."), "unit.nobody")
    before = Appointment.objects.filter(unit=row, primary=True, until__isnull=True).count()
    made = _beside(row, name, short, at)
    if code:
        scheme = UnitCode.objects.filter(unit=row, valid_to__isnull=True).values_list("scheme", flat=True).first()
        UnitCode.objects.create(scheme=scheme or "own", code=code, unit=made, valid_from=at.date())
    for place in places:
        give_place(by, place, made, place.title, leads=False, at=at)
    current_line().note(row.pk, made.pk, f"count:{len(places)}")
    current_line().change("people", before, before - len(places))
    return made


def _beside(unit: Unit, name: str, short: str, at: datetime) -> Unit:
    number = next_number()
    made = Unit(
        label=label_of(number),
        parent_id=unit.parent_id,
        kind_id=unit.kind_id,
        name=name,
        short_name=short,
        **unit_columns(name, short),
        order=unit.order,
        opened_at=at,
    )
    made.path = f"{unit.path.removesuffix(unit.label + '.')}{made.label}."
    sql.insert([made])
    sql.insert([UnitPath(unit_id=made.pk, since=at, path=made.path)])
    return made


def require_under(parent: Unit, *units: Unit) -> None:
    """Refuse a unit that does not stand below the one that decides."""
    for one in units:
        if one.pk == parent.pk or not covers(parent.path, one.path):
            raise not_under()


def not_under() -> Refusal:
    """The unit that decides stands above all that is decided about."""
    return invalid("parent", text("The unit must stand under the one that decides."), "unit.not_under")


def _require_open(unit: Unit) -> None:
    if unit.closed_at is not None:
        raise invalid("unit", text("This unit is closed."), "unit.closed")


def require_mergeable(unit: Unit, into: Unit) -> None:
    """Refuse, before anything is handed over, what the merger would refuse after it."""
    if unit.pk == into.pk or unit.closed_at or into.closed_at:
        raise invalid("into", text("Choose two units that are both open."), "unit.merge")
    _require_no_children(unit)


def _require_no_children(unit: Unit) -> None:
    if Unit.objects.filter(parent=unit, closed_at__isnull=True).exists():
        raise Refusal("unit.has_children", text("Units still stand under this one."), text("Move or merge them first."))


def require_nothing_open(unit: Unit) -> None:
    """Refuse to end a unit at which something is outstanding, or under which another one stands."""
    open_here = {name: count(unit.pk) for name, count in OPEN_MATTERS.items()}
    if any(open_here.values()):
        raise Refusal(
            "unit.open_matters",
            text("%(count)s matters are still open at this unit."),
            text("Hand them over to the unit that goes on, then merge."),
            count=sum(open_here.values()),
        )
    _require_no_children(unit)


def kinds_below(unit: Unit) -> list[str]:
    """The kinds of unit that may stand under one, by rank."""
    return list(UnitKind.objects.filter(rank__gt=unit.kind.rank).order_by("rank", "key").values_list("key", flat=True))
