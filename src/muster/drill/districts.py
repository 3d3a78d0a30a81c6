"""The sheets that describe a district: kinds, units, sets, people with their roles, reasons, number series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from muster.drill.sheets import Folder, Place, Row
from muster.foundation.errors import Refusal, Text, text
from muster.organisation.roles import ROLES

REASON_USES = ("excuse", "cannot", "correction", "hand_over", "withdrawal", "night")

OUTSIDER = "outsider"
CAST: Mapping[str, Text] = {
    **{key: ROLES[key].label for key in ("commander", "clerk", "lead", "member", "counsellor", "inspector")},
    OUTSIDER: text("Outsider"),
}
"""The parts that are offered on a drill's sign-in page, by key, with their names."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of unit; rank 1 is the root's."""

    key: str
    name: str
    rank: int
    team: bool


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit by its code; `parent` is the code of the unit above, empty for the root."""

    code: str
    scheme: str
    name: str
    short_name: str
    kind: str
    parent: str
    opened_on: date


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody who may act, by number, with the unit to which they belong."""

    number: str
    name: str
    unit: str
    title: str
    leads: bool
    phone: str


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """A second appointment."""

    person: str
    unit: str
    title: str
    leads: bool


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A further role at a unit."""

    person: str
    role: str
    unit: str


@dataclass(frozen=True, slots=True)
class CastRow:
    """Who is offered on the sign-in page, and as what."""

    person: str
    role: str
    note: str


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """How a unit numbers its orders."""

    issuer: str
    pattern: str
    needs_signature: bool


@dataclass(frozen=True, slots=True)
class SetRow:
    """A named set of units."""

    key: str
    name: str
    units: tuple[str, ...]


@dataclass(frozen=True)
class DistrictSheets:
    """All of a district, whole and checked. reasons: {(use, code): text}."""

    kinds: Mapping[str, Kind]
    units: Mapping[str, UnitRow]
    sets: Mapping[str, SetRow]
    people: Mapping[str, PersonRow]
    appointments: Sequence[AppointmentRow]
    grants: Sequence[GrantRow]
    cast: Sequence[CastRow]
    reasons: Mapping[tuple[str, str], str]
    series: Mapping[str, SeriesRow]


class Once:
    """Refuses what stands twice, and names the row in which it stands first."""

    def __init__(self) -> None:
        self._seen: dict[object, int] = {}

    def add(self, value: object, row: Row, column: str) -> None:
        """Remember a value.

        Raises: Refusal `scenario.twice`.
        """
        first = self._seen.setdefault(value, row.line)
        if first != row.line:
            raise row.at(column).wrong(
                "twice", text("“%(value)s” stands in line %(first)s already."), value=row[column], first=first
            )


_UNKNOWN: Mapping[str, Text] = {
    "unit": text("There is no unit with the code “%(value)s” in units.csv."),
    "person": text("There is no person with the number “%(value)s” in people.csv."),
    "kind": text("There is no kind “%(value)s” in kinds.csv."),
}


def known(row: Row, column: str, there: Mapping[str, object], what: str) -> str:
    """A cell that names something of another sheet.

    Raises: Refusal `scenario.unknown_unit` and the like.
    """
    found = row.need(column)
    if found not in there:
        raise row.at(column).wrong(f"unknown_{what}", _UNKNOWN[what], value=found)
    return found


def read(folder: Folder, root: str) -> DistrictSheets:
    """The district's sheets. root: the code that scenario.csv gives.

    Raises: Refusal that names the first cell that is wrong.
    """
    kinds = _kinds(folder)
    units = _units(folder, kinds, root)
    people = _people(folder, units)
    return DistrictSheets(
        kinds=kinds,
        units=units,
        sets=_sets(folder, units),
        people=people,
        appointments=_appointments(folder, people, units),
        grants=_grants(folder, people, units),
        cast=_cast(folder, people),
        reasons=_reasons(folder),
        series=_series(folder, units),
    )


def _kinds(folder: Folder) -> dict[str, Kind]:
    once, found = Once(), {}
    for row in folder.rows("kinds.csv", ("kind", "name", "rank", "team")):
        key = row.key("kind", 32)
        once.add(key, row, "kind")
        found[key] = Kind(key, row.need("name", 64), row.number("rank"), row.yes("team"))
    return found


UNIT_COLUMNS = ("code", "scheme", "name", "short_name", "kind", "parent", "opened_on")


def _units(folder: Folder, kinds: Mapping[str, Kind], root: str) -> dict[str, UnitRow]:
    once = Once()
    found: dict[str, UnitRow] = {}
    rows: dict[str, Row] = {}
    for row in folder.rows("units.csv", UNIT_COLUMNS):
        code = row.key("code", 32)
        once.add(code, row, "code")
        rows[code] = row
        found[code] = UnitRow(
            code=code,
            scheme=row.key("scheme", 32),
            name=row.need("name", 120),
            short_name=row.words("short_name", 60) or row["name"][:60],
            kind=known(row, "kind", kinds, "kind"),
            parent=row["parent"],
            opened_on=row.date("opened_on"),
        )
    for unit in found.values():
        _check_parent(unit, found, rows[unit.code], root)
    _check_no_circle(found, rows)
    for unit in found.values():
        _check_rank(unit, found, kinds, rows[unit.code])
    return found


def _check_parent(unit: UnitRow, units: Mapping[str, UnitRow], row: Row, root: str) -> None:
    if not unit.parent:
        if unit.code != root:
            raise row.at("parent").wrong(
                "two_roots", text("Only the root “%(value)s” has no unit above it: name one here."), value=root
            )
        return
    if unit.code == root:
        raise row.at("parent").wrong("root_parent", text("The root has no unit above it: leave this empty."))
    known(row, "parent", units, "unit")
    if unit.parent == unit.code:
        raise _circle(row, unit)


def _check_no_circle(units: Mapping[str, UnitRow], rows: Mapping[str, Row]) -> None:
    sound: set[str] = set()
    for unit in units.values():
        way: set[str] = set()
        above = unit
        while above.parent and above.code not in sound:
            if above.code in way:
                raise _circle(rows[above.code], above)
            way.add(above.code)
            above = units[above.parent]
        sound |= way


def _circle(row: Row, unit: UnitRow) -> Refusal:
    return row.at("parent").wrong("circle", text("The units above “%(value)s” form a circle."), value=unit.code)


def _check_rank(unit: UnitRow, units: Mapping[str, UnitRow], kinds: Mapping[str, Kind], row: Row) -> None:
    """A unit stands below one of smaller rank."""
    if unit.parent and kinds[unit.kind].rank <= kinds[units[unit.parent].kind].rank:
        raise row.at("parent").wrong(
            "rank", text("A unit stands below one of smaller rank; “%(value)s” has none."), value=unit.parent
        )


def _sets(folder: Folder, units: Mapping[str, UnitRow]) -> dict[str, SetRow]:
    once = Once()
    names: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    for row in folder.rows("sets.csv", ("set", "name", "unit")):
        key = row.key("set", 64)
        unit = known(row, "unit", units, "unit")
        once.add((key, unit), row, "unit")
        if names.setdefault(key, row.need("name", 120)) != row["name"]:
            raise row.at("name").wrong("set_name", text("A set has the same name in all its rows."))
        members.setdefault(key, []).append(unit)
    return {key: SetRow(key, names[key], tuple(found)) for key, found in members.items()}


def _people(folder: Folder, units: Mapping[str, UnitRow]) -> dict[str, PersonRow]:
    once, found = Once(), {}
    for row in folder.rows("people.csv", ("number", "name", "unit", "title", "leads", "phone")):
        number = row.key("number", 32)
        once.add(number, row, "number")
        if not row["unit"]:
            raise row.at("unit").wrong("no_unit", text("This person belongs to no unit."))
        found[number] = PersonRow(
            number=number,
            name=row.need("name", 80),
            unit=known(row, "unit", units, "unit"),
            title=row.words("title", 80),
            leads=row.yes("leads"),
            phone=row.words("phone", 40),
        )
    return found


def _appointments(
    folder: Folder, people: Mapping[str, PersonRow], units: Mapping[str, UnitRow]
) -> list[AppointmentRow]:
    once, found = Once(), []
    for row in folder.rows("appointments.csv", ("person", "unit", "title", "leads")):
        person, unit = known(row, "person", people, "person"), known(row, "unit", units, "unit")
        once.add((person, unit), row, "unit")
        if people[person].unit == unit:
            raise row.at("unit").wrong("appointed", text("This person belongs to this unit already: see people.csv."))
        found.append(AppointmentRow(person, unit, row.words("title", 80), row.yes("leads")))
    return found


def _grants(folder: Folder, people: Mapping[str, PersonRow], units: Mapping[str, UnitRow]) -> list[GrantRow]:
    once, found = Once(), []
    for row in folder.rows("grants.csv", ("person", "role", "unit")):
        person = known(row, "person", people, "person")
        role = row.one_of("role", tuple(ROLES), "unknown_role")
        unit = known(row, "unit", units, "unit")
        once.add((person, role, unit), row, "unit")
        found.append(GrantRow(person, role, unit))
    return found


def _cast(folder: Folder, people: Mapping[str, PersonRow]) -> list[CastRow]:
    once, found = Once(), []
    for row in folder.rows("cast.csv", ("person", "role", "note")):
        role = row.one_of("role", tuple(CAST), "unknown_role")
        once.add(role, row, "role")
        found.append(CastRow(known(row, "person", people, "person"), role, row.words("note", 200)))
    return found


def _reasons(folder: Folder) -> dict[tuple[str, str], str]:
    once, found = Once(), {}
    for row in folder.rows("reasons.csv", ("use", "code", "text")):
        use = row.one_of("use", REASON_USES, "unknown_use")
        code = row.key("code", 32)
        once.add((use, code), row, "code")
        found[use, code] = row.need("text", 200)
    return found


def _series(folder: Folder, units: Mapping[str, UnitRow]) -> dict[str, SeriesRow]:
    once, found = Once(), {}
    for row in folder.rows("series.csv", ("issuer", "pattern", "needs_signature")):
        issuer = known(row, "issuer", units, "unit")
        once.add(issuer, row, "issuer")
        if "{n}" not in row.need("pattern", 64):
            raise row.at("pattern").wrong("pattern", text("The pattern needs {n}, the place of the number."))
        if set("{}") & set(row["pattern"].replace("{year}", "").replace("{n}", "")):
            raise row.at("pattern").wrong("pattern", text("The pattern has {n} and {year} only, no other braces."))
        found[issuer] = SeriesRow(issuer, row["pattern"], row.yes("needs_signature"))
    return found


def check_led(district: DistrictSheets, called: Mapping[str, Place]) -> None:
    """Every unit that an order calls has somebody who leads it. called: {unit: the order's cell}.

    Raises: Refusal `scenario.nobody_leads`.
    """
    led = {p.unit for p in district.people.values() if p.leads} | {a.unit for a in district.appointments if a.leads}
    for unit in called:
        if unit not in led:
            raise Place("people.csv", 1, "leads").wrong(
                "nobody_leads",
                text("Nobody leads the unit “%(unit)s”, which %(order)s calls: give somebody a yes."),
                unit=unit,
                order=f"{called[unit].file}:{called[unit].line}",
            )
