"""The tree as of any moment: who stood under whom, and the sums up the branches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from muster.foundation import sql
from muster.foundation.errors import Refusal, invalid, text
from muster.organisation.models import Unit, UnitCode, UnitName, UnitPath
from muster.organisation.scope import covers

NAMED_MOST = 4
"""So many units of one name are told with their codes."""
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def label_of(number: int) -> str:
    """The number of a unit in base 36: the fixed short label of which paths are made."""
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = ALPHABET[rest] + digits
        if not number:
            return digits


def next_number() -> int:
    """The number of the next unit: one more than the highest ever given that is known, since labels are for life.

    Not how many there are: units that an import made may be taken back. After `lock_root`, where there is a root.
    """
    return max((int(label, 36) for label in Unit.objects.values_list("label", flat=True)), default=-1) + 1


def lock_root() -> Unit:
    """The root, locked, before any other row is: of what holds for the whole tree, one decides at a time.

    Places in the tree, labels, who is the last to hold a role: of two at once, the second sees what the first did.
    """
    return Unit.objects.select_for_update(no_key=True).get(parent__isnull=True)


@dataclass(frozen=True)
class Tree:
    """Where each unit stood at one moment: {unit id: path}, units that had been opened by then only."""

    at: datetime
    paths: Mapping[UUID, str]

    @classmethod
    def as_of(cls, at: datetime) -> Tree:
        """The tree of a moment: each unit's last path recorded up to it. One query."""
        rows = UnitPath.objects.filter(since__lte=at).order_by("since").values_list("unit_id", "path")
        return cls(at, dict(rows.iterator(chunk_size=5000)))

    def under(self, path: str) -> dict[UUID, str]:
        """The units in the subtree of a path, itself included."""
        return {unit: place for unit, place in self.paths.items() if covers(path, place)}

    def groups(self, path: str) -> dict[UUID, UUID]:
        """For each unit under `path`, the child of `path` that it belongs to (itself, for the unit at `path`)."""
        by_path = {place: unit for unit, place in self.paths.items()}
        depth = path.count(".")
        found: dict[UUID, UUID] = {}
        for unit, place in self.under(path).items():
            head = ".".join(place.split(".")[: depth + 1]) + "." if place.count(".") > depth else place
            found[unit] = by_path[head]
        return found


def unit_by_code(code: str, among: QuerySet[Unit] | None = None, as_of: datetime | None = None) -> Unit:
    """The unit that a code means now, among some units or all; by its name of a moment, where one is given.

    Raises: Refusal `unit.unknown` (422) for a code that none of them has; `unit.ambiguous` for one that two have.
    """
    codes = UnitCode.objects.filter(code=code, valid_to__isnull=True)
    found = (Unit.objects.all() if among is None else among).filter(codes__in=codes)
    units = list(with_codes(found, as_of).distinct()[:2])
    if not units:
        raise invalid(
            "unit", text("There is no unit with the code %(unit_code)s."), "unit.unknown", unit_code=code[:40]
        )
    if len(units) > 1:
        raise invalid("unit", text("Two units have the code %(unit_code)s."), "unit.ambiguous", unit_code=code[:40])
    return units[0] if as_of is None else called_then(units[0])


def unit_named(words: str, among: QuerySet[Unit], as_of: datetime | None = None) -> Unit:
    """The unit that somebody means by its code, else by its name or short name, where one open unit bears it.

    Raises: Refusal as `unit_by_code`; `unit.ambiguous` names the codes of those that share the name.
    """
    given = words.strip()
    try:
        return unit_by_code(given, among, as_of)
    except Refusal as refusal:
        if refusal.code != "unit.unknown" or not given:
            raise
        called = among.filter(Q(name=given) | Q(short_name=given), closed_at__isnull=True)
        found: list[Any] = list(with_codes(called, as_of).distinct()[: NAMED_MOST + 1])
        if not found:
            raise
    if len(found) > 1:
        raise _which(given, found)
    return found[0] if as_of is None else called_then(found[0])


def _which(words: str, found: Sequence[Any]) -> Refusal:
    named = ", ".join(f"{unit.name} ({unit.code_now or '—'})" for unit in found[:NAMED_MOST])
    more = " …" if len(found) > NAMED_MOST else ""
    message = text("“%(unit)s” may be: %(units)s. Write the code.")
    return invalid("unit", message, "unit.ambiguous", unit=words[:60], units=named + more)


def called_then(unit: Any) -> Unit:
    """A unit that was read with `named_then`, by its name of that moment. It is not to be saved."""
    unit.name, unit.short_name = unit.name_then, unit.short_then
    return unit  # type: ignore[no-any-return]


def call_as_of(unit: Unit, as_of: datetime) -> Unit:
    """A unit by its name of a moment. One query."""
    return called_then(Unit.objects.annotate(**named_then(as_of)).get(pk=unit.pk))


def with_codes(units: QuerySet[Unit], as_of: datetime | None = None) -> QuerySet[Unit]:
    """Units that bring `code_now`, the code in force, the newest where a unit has several; None where it has none.

    With a moment they bring their names of then too.
    """
    codes = UnitCode.objects.filter(unit=OuterRef("pk"), valid_to__isnull=True).order_by("-valid_from", "-pk")
    return units.annotate(code_now=Subquery(codes.values("code")[:1]), **(named_then(as_of) if as_of else {}))


def unit_names(ids: Sequence[UUID], as_of: datetime | None = None) -> dict[UUID, str]:
    """{unit id: name}, that of a moment where one is given."""
    found: dict[UUID, str] = {}
    for part in sql.slices(list(ids)):
        rows: Any = Unit.objects.filter(pk__in=part).annotate(**named_then(as_of))
        found.update(rows.values_list("pk", "name_then"))
    return found


def named_then(as_of: datetime | None, of: str = "pk") -> dict[str, Combinable]:
    """Annotations `name_then` and `short_then` of a query of units: what each was called at a moment; now without."""
    if as_of is None:
        return {"name_then": F("name"), "short_then": F("short_name")}
    rows = UnitName.objects.filter(unit=OuterRef(of), since__lte=as_of).order_by("-since")
    return {
        "name_then": Coalesce(Subquery(rows.values("name")[:1]), F("name")),
        "short_then": Coalesce(Subquery(rows.values("short_name")[:1]), F("short_name")),
    }


def towards_root(unit: Unit) -> list[Unit]:
    """The units above, from the root down to the unit itself."""
    return list(Unit.objects.filter(path__in=paths_towards_root(unit.path)).order_by("path"))


def paths_towards_root(path: str) -> list[str]:
    """The paths of the units above, from the root's down to this one."""
    labels = path.rstrip(".").split(".")
    return [".".join(labels[: i + 1]) + "." for i in range(len(labels))]


def prove(**_: Any) -> list[str]:
    """For `muster verify`: each unit's path is its parent's plus its label, and its last recorded one."""
    found = []
    last = dict(UnitPath.objects.order_by("since").values_list("unit_id", "path").iterator(chunk_size=5000))
    rows: Iterable[Any] = Unit.objects.values_list("pk", "path", "label", "parent__path").iterator(chunk_size=5000)
    for pk, path, label, parent_path in rows:
        if path != f"{parent_path or ''}{label}.":
            words = gettext("unit %(unit)s: its path %(path)s is not its parent's with its label")
            found.append(words % {"unit": pk, "path": path})
        if last.get(pk) != path:
            words = gettext("unit %(unit)s: its path %(path)s is not the one last recorded, %(recorded)s")
            found.append(words % {"unit": pk, "path": path, "recorded": last.get(pk)})
    return found + _names_differ()


def _names_differ() -> list[str]:
    """A unit that was renamed bears the name last recorded."""
    last = {row[0]: row[1:] for row in UnitName.objects.order_by("since").values_list("unit_id", "name", "short_name")}
    rows = Unit.objects.filter(pk__in=last).values_list("pk", "name", "short_name")
    words = gettext("unit %(unit)s: its name is not the one last recorded")
    return [words % {"unit": pk} for pk, *names in rows if tuple(names) != last[pk]]
