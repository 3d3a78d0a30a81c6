"""A scenario, read from its folder and found whole: nothing is written before all of it makes sense.

    scenario = read(Path("scenarios/flood-small"))

Pure: no database. Whatever is wrong is a Refusal `scenario.…` that names file, line and column.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from muster.drill import districts, events, orders
from muster.drill.districts import DistrictSheets, PersonRow, UnitRow
from muster.drill.events import Event
from muster.drill.orders import OrderRow, WatchRow
from muster.drill.sheets import Folder, Place, Row, is_file
from muster.foundation.errors import Refusal, Text, text

KEYS = (
    "key", "title", "language", "zone", "day_starts_at", "root", "ends_at", "commander", "code_scheme_note",
)  # fmt: skip
KEY_LENGTH_MAX = 56
"""Of a scenario's and an incident's key: shorter than the table's, so that a second play can lengthen it."""

_LANGUAGE = re.compile(rb'(?:^|[\r\n])[ "]*language[ "]*,[ "]*([a-z-]+)')

INCIDENT_DAYS_MAX = 1000
"""Every day is closed and sealed by itself: beyond it a wrong digit in a year, and hours of closing."""

SETTING_BEFORE_INCIDENT = timedelta(hours=1)
"""The district is set up this long before the incident is opened."""


@dataclass(frozen=True)
class IncidentRow:
    """The emergency."""

    key: str
    name: str
    kind: str
    opened_at: datetime


@dataclass(frozen=True)
class Scenario:
    """All of a scenario. Moments are in UTC. attachments: {name: content}. digest: of all files that were read."""

    key: str
    title: str
    language: str
    zone: ZoneInfo
    day_starts_at: time
    root: str
    ends_at: datetime
    commander: str
    code_scheme_note: str
    district: DistrictSheets
    incident: IncidentRow
    orders: Mapping[tuple[str, int], OrderRow]
    watch_items: Sequence[WatchRow]
    events: Sequence[Event]
    attachments: Mapping[str, bytes]
    notes: Sequence[Text]
    digest: str

    @property
    def root_opened_at(self) -> datetime:
        """The moment from which the tree stands: the start of the root's first day in the scenario's zone."""
        return datetime.combine(self.district.units[self.root].opened_on, time(0), self.zone).astimezone(UTC)


@dataclass(frozen=True)
class _Known:
    """What events may name."""

    zone: ZoneInfo
    opened_at: datetime
    ends_at: datetime
    units: Mapping[str, UnitRow]
    people: Mapping[str, PersonRow]
    reasons: Mapping[tuple[str, str], str]
    orders: Mapping[tuple[str, int], OrderRow]
    rolls: Collection[str]


def find(name: str, root: Path) -> Path:
    """The folder of a scenario: a name under `scenarios/` of the project's folder, or a path.

    Raises: Refusal `scenario.not_found`.
    """
    for folder in (root / "scenarios" / name, Path(name)):
        if is_file(folder / "scenario.csv"):
            return folder
    raise Refusal(
        "scenario.not_found",
        text("There is no scenario “%(name)s”: no folder with a scenario.csv."),
        text("Give a name under scenarios/ (%(there)s), or the path of a folder."),
        status=404,
        name=name[:120],
        there=", ".join(sorted(p.parent.name for p in (root / "scenarios").glob("*/scenario.csv"))),
    )


def language_of(path: Path) -> str | None:
    """The language that a folder's scenario.csv names, to tell its mistakes in it: also those of this very sheet."""
    folder = Folder(path)
    try:
        found = {row["key"]: row["value"] for row in folder.rows("scenario.csv", ("key", "value"))}.get("language")
    except Refusal:
        named = _LANGUAGE.search(folder.contents.get("scenario.csv", b"").replace(b"\0", b""))
        found = named[1].decode() if named else None
    return found if found in dict(settings.LANGUAGES) else None


def read(path: Path) -> Scenario:
    """Read a folder whole.

    Raises: Refusal `scenario.…` that names file, line and column of the first thing that is wrong.
    """
    folder = Folder(path)
    head = _head(folder)
    zone, language = _zone(head["zone"]), head["language"].one_of("value", tuple(dict(settings.LANGUAGES)))
    root, ends_at = head["root"].key("value", 32), head["ends_at"].moment("value", zone)
    district = districts.read(folder, root)
    if root not in district.units:
        raise head["root"].at("value").wrong("unknown_unit", text("units.csv has no unit “%(value)s”."), value=root)
    incident = _incident(folder, zone, ends_at)
    _check_length(head["ends_at"], incident, ends_at)
    _check_opened(folder, district, incident, zone)
    commander = _commander(head["commander"], district, root)
    ordered = orders.read(folder, district, zone)
    watched = orders.read_watch_items(folder, district, ordered)
    there = _Known(
        zone=zone,
        opened_at=incident.opened_at,
        ends_at=ends_at,
        units=district.units,
        people=district.people,
        reasons=district.reasons,
        orders=ordered,
        rolls=orders.rolls(ordered),
    )
    return Scenario(
        key=head["key"].key("value", KEY_LENGTH_MAX),
        title=head["title"].need("value", 200),
        language=language,
        zone=zone,
        day_starts_at=head["day_starts_at"].time_of_day("value"),
        root=root,
        ends_at=ends_at,
        commander=commander,
        code_scheme_note=head["code_scheme_note"].words("value", 400),
        district=district,
        incident=incident,
        orders=ordered,
        watch_items=watched,
        events=events.read(folder, there),
        attachments={n.removeprefix("files/"): b for n, b in folder.contents.items() if n.startswith("files/")},
        notes=tuple(folder.notes.values()),
        digest=_digest(folder.contents),
    )


def _head(folder: Folder) -> dict[str, Row]:
    once = districts.Once()
    found: dict[str, Row] = {}
    for row in folder.rows("scenario.csv", ("key", "value")):
        key = row.one_of("key", KEYS, "unknown_key")
        once.add(key, row, "key")
        found[key] = row
    for key in KEYS:
        if key not in found:
            raise Place("scenario.csv", 1, "key").wrong("no_key", text("The row “%(key)s” is missing."), key=key)
    return found


def _zone(row: Row) -> ZoneInfo:
    name = row.need("value", 64)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise row.at("value").wrong("zone", text("There is no time zone “%(value)s”."), value=name) from error


def _incident(folder: Folder, zone: ZoneInfo, ends_at: datetime) -> IncidentRow:
    rows = folder.rows("incidents.csv", ("key", "name", "kind", "opened_at"))
    if len(rows) != 1:
        line = rows[1].line if rows else 1
        raise Place("incidents.csv", line, "key").wrong("incidents", text("A scenario has one incident, in one row."))
    row = rows[0]
    opened_at = row.moment("opened_at", zone)
    if opened_at >= ends_at:
        raise row.at("opened_at").wrong("after_end", text("The incident is opened after the scenario's end."))
    return IncidentRow(row.key("key", KEY_LENGTH_MAX), row.need("name", 200), row.need("kind", 64), opened_at)


def _check_length(row: Row, incident: IncidentRow, ends_at: datetime) -> None:
    if (ends_at - incident.opened_at).days > INCIDENT_DAYS_MAX:
        raise row.at("value").wrong(
            "too_many_days",
            text("From the opening of the incident to this end are more than %(most)s days."),
            most=INCIDENT_DAYS_MAX,
        )


def _check_opened(folder: Folder, district: DistrictSheets, incident: IncidentRow, zone: ZoneInfo) -> None:
    """The tree stands before the district is set up."""
    latest = (incident.opened_at - SETTING_BEFORE_INCIDENT).astimezone(zone).date()
    for row in folder.rows("units.csv", districts.UNIT_COLUMNS):
        if district.units[row["code"]].opened_on > latest:
            raise row.at("opened_on").wrong(
                "opened_late", text("This unit is opened on %(value)s, after the incident."), value=row["opened_on"]
            )


def _commander(row: Row, district: DistrictSheets, root: str) -> str:
    number = row.need("value")
    if number not in district.people:
        raise row.at("value").wrong("unknown_person", text("people.csv has nobody with “%(value)s”."), value=number)
    if not any((g.person, g.role, g.unit) == (number, "commander", root) for g in district.grants):
        raise row.at("value").wrong(
            "not_commander", text("grants.csv does not make “%(value)s” commander at the root."), value=number
        )
    return number


def _digest(contents: Mapping[str, bytes]) -> str:
    """SHA-256 over all files read, by name: whether a scenario is still the one that was begun."""
    parts = [f"{name} {hashlib.sha256(content).hexdigest()}" for name, content in sorted(contents.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
