"""The sheets of what is ordered: orders with their versions, pledges, attachments, and what units watch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from muster.drill.districts import DistrictSheets, Once, UnitRow, check_led, known
from muster.drill.sheets import Folder, Place, Row, is_file
from muster.foundation.errors import text
from muster.mobilisation import kinds
from muster.mobilisation.models import Order

ATTACHMENT_BYTES_MAX = 10_000_000
KEY_LENGTH_MAX = 40
"""Shorter than the table's, so that a second play can lengthen it."""

_ORDER_COLUMNS = (
    "key", "version", "issuer", "title", "text", "effective_at", "due_at", "audience", "call_up", "call_up_due_at",
    "founding", "re_acknowledge", "attachment", "passes_on", "covering_note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One version of an order, as it will be drafted. passes_on: (key, version) of the order it passes on."""

    place: Place
    key: str
    version: int
    issuer: str
    title: str
    text: str
    effective_at: datetime
    due_at: datetime | None
    audience: str
    call_up: str
    call_up_due_at: datetime | None
    founding: bool
    re_acknowledge: bool
    attachment: str
    passes_on: tuple[str, int] | None
    covering_note: str
    pledges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WatchRow:
    """Something that a unit keeps an eye on. order: the key of the order that asks for it, or empty."""

    unit: str
    order: str
    position: int
    text: str
    cadence_hours: int
    owner: str


Orders = Mapping[tuple[str, int], OrderRow]


def read(folder: Folder, district: DistrictSheets, zone: ZoneInfo) -> dict[tuple[str, int], OrderRow]:
    """All versions of all orders, by key and version.

    Raises: Refusal that names the first cell that is wrong.
    """
    rows = folder.rows("orders.csv", _ORDER_COLUMNS)
    once = Once()
    versions: dict[tuple[str, int], Row] = {}
    for row in rows:
        key, version = row.key("key", KEY_LENGTH_MAX), row.number("version")
        once.add((key, version), row, "version")
        versions[key, version] = row
    pledges = _pledges(folder, versions)
    found = {of: _order(row, of, district, zone, pledges.get(of, ())) for of, row in versions.items()}
    for of, row in versions.items():
        _check_order(folder, found, of, row)
    _check_founding(found)
    _check_led(district, found.values())
    return found


def _order(
    row: Row, of: tuple[str, int], district: DistrictSheets, zone: ZoneInfo, pledges: tuple[str, ...]
) -> OrderRow:
    issuer = known(row, "issuer", district.units, "unit")
    if issuer not in district.series:
        raise row.at("issuer").wrong("no_series", text("This unit has no row in series.csv."))
    effective_at, due_at = row.moment("effective_at", zone), row.moment_or_none("due_at", zone)
    call_up_due_at = row.moment_or_none("call_up_due_at", zone)
    for column, moment in (("due_at", due_at), ("call_up_due_at", call_up_due_at)):
        if moment is not None and moment <= effective_at:
            raise row.at(column).wrong("due", text("It must be due after it comes into effect."))
    row.need("audience")
    for column in ("audience", "call_up"):
        row.words(column, 400)
        if not resolve(row, column, district) and row[column]:
            raise row.at(column).wrong("nobody", text("“%(value)s” reaches no unit."), value=row[column])
    return OrderRow(
        place=row.at("audience"),
        key=of[0],
        version=of[1],
        issuer=issuer,
        title=row.need("title", 200),
        text=row.need("text", 20_000),
        effective_at=effective_at,
        due_at=due_at,
        audience=row["audience"],
        call_up=row["call_up"],
        call_up_due_at=call_up_due_at,
        founding=row.yes("founding"),
        re_acknowledge=row.yes("re_acknowledge") or of[1] == 1,
        attachment=row.words("attachment", 200),
        passes_on=_passes_on(row),
        covering_note=row.words("covering_note", 20_000),
        pledges=pledges,
    )


def _passes_on(row: Row) -> tuple[str, int] | None:
    named = row["passes_on"]
    if not named:
        return None
    key, _, version = named.partition("/")
    if not (version.isascii() and version.isdigit()) or len(version) > 6:
        raise row.at("passes_on").wrong("unknown_order", text("Write key/version, not “%(value)s”."), value=named)
    return key, int(version)


def _check_order(folder: Folder, orders: Orders, of: tuple[str, int], row: Row) -> None:
    """What a version must have in common with the one before it, and what it names."""
    order = orders[of]
    if order.version > 1:
        before = orders.get((order.key, order.version - 1))
        if before is None:
            raise row.at("version").wrong("version_missing", text("The version before this one has no row."))
        if before.issuer != order.issuer:
            raise row.at("issuer").wrong("issuer", text("All versions of an order have one issuer."))
        if order.founding:
            raise row.at("founding").wrong("founding", text("Only version 1 says so; later versions inherit it."))
    earlier = [orders.get((order.key, v)) for v in range(1, order.version)]
    if order.call_up and any(o is not None and o.call_up for o in earlier):
        raise row.at("call_up").wrong("call_up", text("An order calls up once: an earlier version did."))
    if order.passes_on is not None and order.passes_on not in orders:
        raise row.at("passes_on").wrong("unknown_order", text("There is no order “%(value)s”."), value=row["passes_on"])
    _check_attachment(folder, order, row)


def _check_attachment(folder: Folder, order: OrderRow, row: Row) -> None:
    name = order.attachment
    if not name:
        return
    if name in (".", "..") or "/" in name or "\\" in name:
        raise row.at("attachment").wrong("attachment", text("Name a file of the folder files, without a path."))
    if not is_file(folder.path / "files" / name):
        raise row.at("attachment").wrong("attachment", text("The folder files holds no file “%(value)s”."), value=name)
    folder.bytes_of(f"files/{name}", ATTACHMENT_BYTES_MAX)


def rolls(orders: Orders) -> list[str]:
    """The figures' keys of all rolls that the orders may open, each once."""
    found: dict[str, None] = {}
    for (key, _), row in orders.items():
        order = Order(key=key, founding=orders[key, 1].founding)  # made up, only to ask: later versions inherit it
        found[kinds.acknowledged_figure(order)] = None
        found[kinds.cannot_figure(order)] = None
        if row.call_up:
            found[kinds.reported_in_figure(order)] = None
    return list(found)


def _check_founding(orders: Orders) -> None:
    founding = [order for order in orders.values() if order.founding]
    if len(founding) > 1:
        second = founding[1].place
        raise Place(second.file, second.line, "founding").wrong(
            "founding", text("One order founds the incident: line %(first)s says so already."),
            first=founding[0].place.line,
        )  # fmt: skip


def _pledges(folder: Folder, versions: Mapping[tuple[str, int], Row]) -> dict[tuple[str, int], tuple[str, ...]]:
    once = Once()
    found: dict[tuple[str, int], dict[int, str]] = {}
    for row in folder.rows("pledges.csv", ("order", "version", "position", "text")):
        of = (row.need("order"), row.number("version"))
        if of not in versions:
            raise row.at("order").wrong(
                "unknown_order", text("There is no order “%(value)s” in this version."), value=row["order"]
            )
        position = row.number("position")
        once.add((of, position), row, "position")
        found.setdefault(of, {})[position] = row.need("text", 400)
    return {of: tuple(words for _, words in sorted(lines.items())) for of, lines in found.items()}


def read_watch_items(folder: Folder, district: DistrictSheets, orders: Orders) -> list[WatchRow]:
    """What units watch, by unit and position. All lines of a unit name the same order, or none.

    Raises: Refusal that names the first cell that is wrong.
    """
    once = Once()
    keys, asked_by = {key for key, _ in orders}, dict[str, str]()
    found = []
    for row in folder.rows("watch_items.csv", ("unit", "order", "position", "text", "cadence_hours", "owner")):
        unit, position = known(row, "unit", district.units, "unit"), row.number("position")
        once.add((unit, position), row, "position")
        if row["order"] and row["order"] not in keys:
            raise row.at("order").wrong("unknown_order", text("There is no order “%(value)s”."), value=row["order"])
        if asked_by.setdefault(unit, row["order"]) != row["order"]:
            raise row.at("order").wrong("watch_order", text("All lines of a unit name the same order."))
        owner = known(row, "owner", district.units, "unit")
        hours = row.number("cadence_hours")
        found.append(WatchRow(unit, row["order"], position, row.need("text", 400), hours, owner))
    return sorted(found, key=lambda item: (item.unit, item.position))


def resolve(row: Row, column: str, district: DistrictSheets) -> set[str]:
    """The codes of the units that a rule finds among all units of the scenario: `set: kind: under: unit:`, `-`.

    Raises: Refusal that names the term which finds nothing known.
    """
    wanted: set[str] = set()
    unwanted: set[str] = set()
    for term in row[column].split():
        found = _units_of(term.removeprefix("-"), district)
        if found is None:
            raise row.at(column).wrong(
                "audience",
                text("“%(value)s” is no audience: write set:…, kind:…, under:… or unit:…, with a key that is known."),
                value=term,
            )
        (unwanted if term.startswith("-") else wanted).update(found)
    return wanted - unwanted


def _units_of(term: str, district: DistrictSheets) -> Iterable[str] | None:
    rule, _, key = term.partition(":")
    if rule == "set" and key in district.sets:
        return district.sets[key].units
    if rule == "kind" and key in district.kinds:
        return [u.code for u in district.units.values() if u.kind == key]
    if rule == "unit" and key in district.units:
        return [key]
    if rule == "under" and key in district.units:
        return [u.code for u in district.units.values() if _stands_under(u, key, district.units)]
    return None


def _stands_under(unit: UnitRow, code: str, units: Mapping[str, UnitRow]) -> bool:
    while unit.code != code and unit.parent:
        unit = units[unit.parent]
    return unit.code == code


def _check_led(district: DistrictSheets, orders: Iterable[OrderRow]) -> None:
    called: dict[str, Place] = {}
    for order in orders:
        for column in ("audience", "call_up"):
            cells = {column: getattr(order, column)}
            row = Row(order.place.file, order.place.line, cells)
            for unit in sorted(resolve(row, column, district)):
                called.setdefault(unit, row.at(column))
    check_led(district, called)
