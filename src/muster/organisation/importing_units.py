"""Units from a sheet: new ones under units of mine, other names of those that are there; and taking them back.

A unit is known by its code. Kinds, parents and ends are not changed by a sheet: what hangs on them is decided singly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from datetime import tzinfo as Zone
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import models

from muster.foundation import sql
from muster.foundation.errors import Text, text
from muster.foundation.registry import BUILT_ON
from muster.foundation.rights import HOUSE, Actor
from muster.organisation.incoming import Place, Places, empty, hidden_signs, id_of, too_long
from muster.organisation.models import District, Unit, UnitCode, UnitKind, UnitPath
from muster.organisation.names import unit_columns
from muster.organisation.tree import label_of, next_number
from muster.organisation.units import call, may_rename
from muster.sheets import cells
from muster.sheets.importer import CHANGED, NEW, REFUSED, UNCHANGED, Fault, Row, Verdict, Written

CODE, NAME, SHORT, KIND, PARENT, OPENED = "code", "unit_name", "short_name", "kind", "parent", "opened_on"
COLUMNS = (CODE, NAME, SHORT, KIND, PARENT, OPENED)
OWN_SCHEME = "own"
DEEPEST = 12

ALREADY: Text = text("This code stands in the file already: row %(row)s.")
TAKEN: Text = text("This code is in use for a unit that is not yours.")
NO_KIND: Text = text("There is no kind “%(kind)s”. There are: %(known)s.")
OTHER_KIND: Text = text("This unit is a %(kind)s. A sheet does not change that.")
OTHER_PARENT: Text = text("This unit stands under “%(unit)s”. A sheet does not move it.")
NO_RENAME: Text = text("A unit is renamed by whoever leads the unit above it, the district by its commander.")
PARENT_REFUSED: Text = text("The unit above stands in row %(row)s, which is refused itself.")
CIRCLE: Text = text("The units above this one form a circle.")
TOO_DEEP: Text = text("More than %(most)s units stand above this one.")
SECOND_ROOT: Text = text("Name the unit above: the district has its root already.")


@dataclass(frozen=True)
class Said:
    """What a row says of a unit; None for what it says nothing of."""

    code: str
    name: str
    short: str | None
    kind: str | None
    parent: str
    opened: date | None


@dataclass(frozen=True)
class Plan:
    """What writing a row needs: the unit that it means, or what stands above the one that it makes, by code if new."""

    said: Said
    known: Place | None = None
    parent: Place | None = None
    parent_code: str = ""


def local() -> Zone:
    """The district's zone; UTC while there is no district: its units are the first that is taken in."""
    named = District.objects.values_list("zone", flat=True).first()
    return ZoneInfo(named or "UTC")


class UnitsPlanner:
    """Judges rows of units for somebody who takes them in."""

    def __init__(self, by: Actor, imported: UUID) -> None:
        self.by, self.imported = by, imported
        self.places = Places(by)
        self.kinds = dict(UnitKind.objects.order_by("rank").values_list("key", "name"))
        self.by_kind = {cells.fold(words): key for key, name in self.kinds.items() for words in (key, name)}
        self.taken = set(UnitCode.objects.filter(valid_to__isnull=True).values_list("code", flat=True))
        self.roots = Unit.objects.filter(parent__isnull=True).count()
        self.first: dict[str, Row] = {}
        self.named: dict[str, Row] = {}
        self.judged: dict[str, str] = {}

    def look(self, rows: Iterable[Row]) -> None:
        """Which codes the file brings, each by its first row."""
        for row in rows:
            code = cells.code(row[CODE])
            if code:
                self.first.setdefault(code, row)
                for key in (NAME, SHORT):
                    self.named.setdefault(cells.fold(row[key]), row)

    def judge(self, rows: Sequence[Row]) -> list[Verdict]:
        """A verdict a row. No query more than the planner's own five."""
        self.look(rows)
        return [self._one(row) for row in rows]

    def _one(self, row: Row) -> Verdict:
        said, faults = self._say(row)
        if said is None:
            return Verdict(REFUSED, faults)
        first = self.first[said.code]
        if first.position != row.position:
            return Verdict(REFUSED, [Fault(CODE, "row.twice", ALREADY, {"row": first.row})])
        known = [place for place in self.places.find(said.code) if place.code == said.code]
        if known:
            return self._compared(said, known[0])
        if said.code in self.taken:
            return Verdict(REFUSED, [Fault(CODE, "code.taken", TAKEN)])
        return self._new(said)

    def _say(self, row: Row) -> tuple[Said | None, list[Fault]]:
        faults = hidden_signs(row.cells, COLUMNS)
        if faults:
            return None, faults
        code, name, short = cells.code(row[CODE]), cells.name(row[NAME]), cells.name(row[SHORT])
        faults += empty(CODE, code) + empty(NAME, name)
        faults += too_long(CODE, code, 32) + too_long(NAME, name, 120) + too_long(SHORT, short, 60)
        kind, wrong = self._kind(row[KIND])
        faults += wrong
        opened = cells.as_date(row[OPENED]) if row[OPENED].strip() else None
        if row[OPENED].strip() and opened is None:
            faults.append(Fault(OPENED, "cell.date", text("This is no date. Write it like 2020-01-29.")))
        if faults:
            return None, faults
        return Said(code, name, short or None, kind, cells.tidy(row[PARENT]), opened), []

    def _kind(self, words: str) -> tuple[str | None, list[Fault]]:
        if not words.strip():
            return None, []
        found = self.by_kind.get(cells.fold(words))
        if found is None:
            details = {"kind": words[:40], "known": ", ".join(self.kinds.values())}
            return None, [Fault(KIND, "kind.unknown", NO_KIND, details)]
        return found, []

    def _compared(self, said: Said, known: Place) -> Verdict:
        if said.kind is not None and said.kind != known.kind:
            kind = {"kind": self.kinds.get(known.kind, known.kind)}
            return Verdict(REFUSED, [Fault(KIND, "kind.differs", OTHER_KIND, kind)])
        if said.parent:
            found = [place.pk for place in self.places.find(said.parent)]
            if known.parent in self.places.known and known.parent not in found:
                above = {"unit": self.places.known[known.parent].name}
                return Verdict(REFUSED, [Fault(PARENT, "parent.differs", OTHER_PARENT, above)])
        changes = {}
        if said.name != known.name:
            changes[NAME] = (known.name, said.name)
        if said.short is not None and said.short != known.short_name:
            changes[SHORT] = (known.short_name, said.short)
        if not changes:
            return Verdict(UNCHANGED, target=str(known.pk))
        if not may_rename(self.by, known.path):
            return Verdict(REFUSED, [Fault(key, "rename.rights", NO_RENAME) for key in changes])
        return Verdict(CHANGED, changes=changes, target=str(known.pk), plan=Plan(said, known))

    def _new(self, said: Said) -> Verdict:
        """A unit that is not there yet: under one of mine, or under one that the file brings, in whatever order."""
        if said.kind is None:
            known = ", ".join(self.kinds.values())
            return Verdict(REFUSED, [Fault(KIND, "kind.unknown", NO_KIND, {"kind": "", "known": known})])
        if not said.parent:
            return self._root(said)
        above = self._in_file(said.parent)
        if above is not None:
            return self._under_new(said, above)
        place, wrong = self.places.one(PARENT, said.parent)
        if place is None:
            return Verdict(REFUSED, [wrong] if wrong else [])
        return Verdict(NEW, plan=Plan(said, parent=place))

    def _root(self, said: Said) -> Verdict:
        roots = [row for row in self.first.values() if not row[PARENT].strip()]
        first = cells.code(roots[0][CODE]) if roots else said.code
        if self.roots or not self.by.has(HOUSE) or first != said.code:
            return Verdict(REFUSED, [Fault(PARENT, "unit.second_root", SECOND_ROOT)])
        return Verdict(NEW, plan=Plan(said))

    def _under_new(self, said: Said, above: Row) -> Verdict:
        """Under a unit of the same file: it is new only where that one is."""
        chain, codes = above, {said.code}
        for _step in range(DEEPEST):
            if cells.code(chain[CODE]) in codes:
                return Verdict(REFUSED, [Fault(PARENT, "unit.circle", CIRCLE)])
            codes.add(cells.code(chain[CODE]))
            further = self._in_file(chain[PARENT])
            if further is None:
                break
            chain = further
        else:
            return Verdict(REFUSED, [Fault(PARENT, "unit.too_deep", TOO_DEEP, {"most": DEEPEST})])
        code = cells.code(above[CODE])
        if code not in self.judged:
            parent, faults = self._say(above)
            self.judged[code] = REFUSED if parent is None or faults else self._new(parent).what
        if self.judged[code] == REFUSED:
            return Verdict(REFUSED, [Fault(PARENT, "parent.refused", PARENT_REFUSED, {"row": above.row})])
        return Verdict(NEW, plan=Plan(said, parent_code=code))

    def _in_file(self, words: str) -> Row | None:
        """The row of the file that these words mean, by code or by name, where no unit of mine is meant."""
        if not words.strip() or self.places.find(words):
            return None
        return self.first.get(cells.code(words)) or self.named.get(cells.fold(words))


def write(by: Actor, rows: Sequence[tuple[Row, Verdict]], imported: UUID, at: datetime) -> Written:
    """Write good rows, parents first; inside an action."""
    before: dict[int, Any] = {}
    made: dict[str, Unit] = {}
    new = {row.position: (row, v.plan) for row, v in rows if v.what == NEW}
    number, scheme, zone = next_number(), _scheme(), local()
    for order, (row, plan) in enumerate(_parents_first(new)):
        made[plan.said.code] = _unit(plan, made, number + order, id_of(imported, row.position), at, zone)
        before[row.position] = {"made": str(made[plan.said.code].pk)}
    sql.insert(list(made.values()))
    sql.insert([UnitPath(unit_id=unit.pk, since=at, path=unit.path) for unit in made.values()])
    today = at.astimezone(zone).date()
    UnitCode.objects.bulk_create(
        UnitCode(scheme=scheme, code=plan.said.code, unit=made[plan.said.code], valid_from=plan.said.opened or today)
        for _row, plan in new.values()
    )
    for row, verdict in rows:
        if verdict.what == CHANGED:
            before[row.position] = _rename(verdict.plan, at)
    return Written([unit.pk for unit in made.values()], before)


def _scheme() -> str:
    """The scheme of codes that most units have."""
    usual = UnitCode.objects.values("scheme").annotate(n=models.Count("pk")).order_by("-n").first()
    return str(usual["scheme"]) if usual else OWN_SCHEME


def _parents_first(new: Mapping[int, tuple[Row, Plan]]) -> list[tuple[Row, Plan]]:
    waiting, ordered = list(new.values()), []
    done: set[str] = set()
    here = {plan.said.code for _row, plan in waiting}
    while waiting:
        ready = [one for one in waiting if one[1].parent_code in done or one[1].parent_code not in here]
        assert ready, "circles are refused before"
        ordered += ready
        done |= {plan.said.code for _row, plan in ready}
        waiting = [one for one in waiting if one[1].said.code not in done]
    return ordered


def _unit(plan: Plan, made: Mapping[str, Unit], number: int, pk: UUID, at: datetime, zone: Zone) -> Unit:
    said, label = plan.said, label_of(number)
    above: Any = made.get(plan.parent_code) or plan.parent
    opened = datetime.combine(said.opened, time(), zone) if said.opened else at
    return Unit(
        id=pk,
        label=label,
        parent_id=above.pk if above else None,
        path=f"{above.path if above else ''}{label}.",
        kind_id=said.kind or "",
        name=said.name,
        short_name=said.short or said.name[:60],
        **unit_columns(said.name, said.short or said.name[:60]),
        order=number,
        opened_at=min(opened, at),
    )


def _rename(plan: Plan, at: datetime) -> dict[str, Any]:
    said, known = plan.said, plan.known
    assert known is not None
    short = said.short if said.short is not None else known.short_name
    call(Unit.objects.select_for_update(no_key=True).get(pk=known.pk), said.name, short, at)
    return {"unit": str(known.pk), "was": [known.name, known.short_name], "became": [said.name, short]}


USED: Text = text("the unit has been used since")
RENAMED: Text = text("it was changed again since")
OWN: tuple[tuple[type[models.Model], str], ...] = ((UnitPath, "unit"), (UnitCode, "unit"), (Unit, "parent"))


def built_on(before: Mapping[int, Any]) -> dict[int, Text]:
    """{position: what was built on what that row wrote}; rows on which nothing was are left out."""
    made = {UUID(one["made"]): position for position, one in before.items() if "made" in one}
    found: dict[int, Text] = {}
    for part in sql.slices(list(made)):
        for pk in _used(part):
            found[made[pk]] = USED
    renamed = {position: one for position, one in before.items() if "made" not in one}
    for few in sql.slices(list(renamed.items())):
        open_ones = Unit.objects.filter(pk__in=[one["unit"] for _position, one in few], closed_at__isnull=True)
        names = {str(pk): [name, short] for pk, name, short in open_ones.values_list("pk", "name", "short_name")}
        found |= {position: RENAMED for position, one in few if names.get(one["unit"]) != one["became"]}
    return found


def _used(units: Sequence[UUID]) -> set[UUID]:
    """Units to which something points that this import did not make."""
    found = set(Unit.objects.filter(pk__in=units, closed_at__isnull=False).values_list("pk", flat=True))
    for child, parent in Unit.objects.filter(parent__in=units, closed_at__isnull=True).values_list("pk", "parent"):
        if parent is not None and child.bytes[:12] != parent.bytes[:12]:
            found.add(parent)
    for model in apps.get_models():
        for one in model._meta.concrete_fields:
            if isinstance(one, models.ForeignKey) and one.related_model is Unit and (model, one.name) not in OWN:
                rows = model._default_manager.filter(**{f"{one.attname}__in": units})
                found |= set(rows.values_list(one.attname, flat=True).distinct())
    for ask in BUILT_ON.values():
        found |= set(ask("unit", units))
    return found


def undo(before: Mapping[int, Any], kept: Collection[int], at: datetime) -> None:
    """Take rows back, all but those on which something was built; inside an action.

    The tree of the past keeps a unit that stood in it: it is closed, and its code is free again.
    """
    rows = {position: one for position, one in before.items() if position not in kept}
    made = [UUID(one["made"]) for one in rows.values() if "made" in one]
    for part in sql.slices(made):
        Unit.objects.filter(pk__in=part).update(closed_at=at)
        UnitCode.objects.filter(unit__in=part).delete()
    for one in rows.values():
        if "made" not in one:
            name, short = one["was"]
            call(Unit.objects.select_for_update(no_key=True).get(pk=one["unit"]), name, short, at)
