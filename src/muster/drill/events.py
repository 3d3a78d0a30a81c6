"""What people did: the sheets under `events/`, one a capability, one row an event, in order of time.

Each action says here what its cells mean, so that all of them are checked before the first is played. What an
action does is in `verbs`.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from muster.drill.sheets import Folder, Place, Row
from muster.foundation.errors import Refusal, Text, text

NOTE_LENGTH_MAX = 2000

FIRST = ("at", "action", "by", "unit", "subject")
SHEETS: Mapping[str, tuple[str, ...]] = {
    "organisation": (*FIRST, "into", "reason"),
    "roll": (*FIRST, "roll", "into", "reason"),
    "mobilisation": (*FIRST, "order", "outcome", "reason", "note"),
}
"""The sheets in the order in which events of the same second are played, with their columns."""

UNIT = "unit"
PERSON = "person"
PERSON_OR_UNIT = "person or unit"
ORDER = "order"
NOTHING = ""

VERSION = "version"
"""The cell names an order with its version, which has been issued."""
ANY_VERSION = "any version"
"""The cell names an order, with or without its version."""
DRAFT = "draft"
"""The cell names an order's version that is not in force yet."""


@dataclass(frozen=True)
class Shape:
    """What the cells of one action hold. order: VERSION, ANY_VERSION, DRAFT or nothing. reason: its use.

    by_issuer: `unit` is the unit that issues the order. issues: the order is in force afterwards.
    called_up: the order calls members up.
    """

    subject: str = NOTHING
    order: str = NOTHING
    outcomes: tuple[str, ...] = ()
    reason: str = NOTHING
    reason_needed: bool = True
    into: bool = False
    roll: bool = False
    issues: bool = False
    by_issuer: bool = False
    called_up: bool = False


_ACKNOWLEDGED = ("will_do", "cannot")

SHAPES: Mapping[str, Mapping[str, Shape]] = {
    "organisation": {"merge_units": Shape(into=True, reason="hand_over", reason_needed=False)},
    "roll": {
        "excuse": Shape(subject=PERSON_OR_UNIT, roll=True, reason="excuse"),
        "hand_over_entries": Shape(into=True, reason="hand_over"),
    },
    "mobilisation": {
        "draft_order": Shape(subject=ORDER, order=DRAFT, by_issuer=True),
        "sign_order": Shape(subject=ORDER, order=DRAFT, by_issuer=True),
        "issue_order": Shape(subject=ORDER, order=DRAFT, issues=True, by_issuer=True),
        "pass_on_order": Shape(subject=ORDER, order=DRAFT, issues=True, by_issuer=True),
        "withdraw_order": Shape(subject=ORDER, order=VERSION, reason="withdrawal", reason_needed=False, by_issuer=True),
        "read_order": Shape(subject=UNIT, order=ANY_VERSION),
        "acknowledge": Shape(subject=UNIT, order=ANY_VERSION, outcomes=_ACKNOWLEDGED, reason="cannot"),
        "correct_acknowledgement": Shape(subject=UNIT, order=ANY_VERSION, outcomes=_ACKNOWLEDGED, reason="correction"),
        "withdraw_acknowledgement": Shape(subject=UNIT, order=ANY_VERSION, reason="withdrawal"),
        "answer_cannot": Shape(subject=UNIT, order=VERSION, outcomes=("helped", "excused", "insisted"), by_issuer=True),
        "report_in": Shape(subject=PERSON, order=ANY_VERSION, called_up=True),
        "withdraw_report_in": Shape(subject=PERSON, order=ANY_VERSION, reason="withdrawal", called_up=True),
    },
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody did. Cells that its sheet does not have, or leaves empty, are empty here."""

    capability: str
    line: int
    at: datetime
    action: str
    by: str
    unit: str
    subject: str = ""
    order: str = ""
    roll: str = ""
    into: str = ""
    outcome: str = ""
    reason: str = ""
    note: str = ""

    @property
    def file(self) -> str:
        """The sheet that it stands in."""
        return f"events/{self.capability}.csv"

    def place(self, column: str = "") -> Place:
        """Where it stands."""
        return Place(self.file, self.line, column)


class KnownOrder(Protocol):
    """What is known of a version of an order."""

    @property
    def issuer(self) -> str: ...

    @property
    def passes_on(self) -> tuple[str, int] | None: ...

    @property
    def call_up(self) -> str: ...


class Known(Protocol):
    """What the other sheets of the scenario have: whatever an event may name."""

    @property
    def zone(self) -> ZoneInfo: ...

    @property
    def opened_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...

    @property
    def units(self) -> Mapping[str, object]: ...

    @property
    def people(self) -> Mapping[str, object]: ...

    @property
    def reasons(self) -> Mapping[tuple[str, str], object]: ...

    @property
    def orders(self) -> Mapping[tuple[str, int], KnownOrder]: ...

    @property
    def rolls(self) -> Collection[str]: ...


def read(folder: Folder, known: Known) -> tuple[Event, ...]:
    """All events of a scenario, merged by time.

    Raises: Refusal that names the cell of the first that cannot be.
    """
    _no_strange_sheet(folder)
    sheets = [_sheet(folder, capability, known) for capability in SHEETS]
    # A stable merge: in the same second the sheets' order decides, then the rows'.
    merged = tuple(heapq.merge(*sheets, key=lambda event: event.at))
    _in_force(merged, known.orders)
    return merged


def _no_strange_sheet(folder: Folder) -> None:
    for path in sorted((folder.path / "events").glob("*.csv")):
        if path.stem not in SHEETS:
            raise Place(f"events/{path.name}").wrong("strange_file", text("No events are known by this name."))


def _sheet(folder: Folder, capability: str, known: Known) -> list[Event]:
    found: list[Event] = []
    for row in folder.rows(f"events/{capability}.csv", SHEETS[capability]):
        event = _event(capability, row, known)
        if found and event.at < found[-1].at:
            raise row.at("at").wrong("out_of_order", text("This event lies before the one in the row above."))
        found.append(event)
    return found


def _event(capability: str, row: Row, known: Known) -> Event:
    at = row.moment("at", known.zone)
    if at < known.opened_at:
        raise row.at("at").wrong("before_incident", text("This event lies before the incident is opened."))
    if at > known.ends_at:
        raise row.at("at").wrong("after_end", text("This event lies after the end of the scenario."))
    action = row.one_of("action", tuple(SHAPES[capability]), "unknown_action")
    shape = SHAPES[capability][action]
    _named(row, "by", known.people, "unknown_person", text("There is no person with the number “%(value)s”."))
    _unit(row, "unit", known)
    _check_subject(row, shape, known)
    if shape.into:
        _unit(row, "into", known)
    if shape.order:
        _check_order(row, shape, known)
    if shape.roll:
        row.one_of("roll", known.rolls, "unknown_roll")
    _check_outcome(row, shape)
    _check_reason(row, shape, known)
    cells = {c: row[c] for c in row.cells if c not in ("at", "action")}
    if "note" in cells:
        row.words("note", NOTE_LENGTH_MAX)
    return Event(capability=capability, line=row.line, at=at, action=action, **cells)


def _named(row: Row, column: str, known: Mapping[str, object], code: str, message: Text) -> str:
    found = row.need(column)
    if found not in known:
        raise row.at(column).wrong(code, message, value=found)
    return found


def _unit(row: Row, column: str, known: Known) -> str:
    return _named(row, column, known.units, "unknown_unit", text("There is no unit with the code “%(value)s”."))


def _check_subject(row: Row, shape: Shape, known: Known) -> None:
    subject = row["subject"]
    if shape.subject == UNIT:
        _unit(row, "subject", known)
    elif shape.subject == PERSON:
        _named(row, "subject", known.people, "unknown_person", text("There is no person with the number “%(value)s”."))
    elif shape.subject == PERSON_OR_UNIT:
        if subject not in known.people and subject not in known.units:
            raise row.at("subject").wrong(
                "unknown_subject", text("“%(value)s” is neither a person's number nor a unit's code."), value=subject
            )
    elif shape.subject == ORDER and subject != row["order"]:
        raise row.at("subject").wrong("subject", text("Subject and order must name the same order here."))


def _check_order(row: Row, shape: Shape, known: Known) -> None:
    key, slash, version = row.need("order").partition("/")
    versions = [v for k, v in known.orders if k == key]
    if slash:
        there = version.isascii() and version.isdigit() and len(version) <= 6 and int(version) in versions
    else:
        there = bool(versions) and shape.order == ANY_VERSION
    if not there:
        raise row.at("order").wrong(
            "unknown_order",
            text("There is no order “%(value)s”: write key/version as in orders.csv."),
            value=row["order"],
        )
    if shape.called_up and not any(known.orders[key, v].call_up for v in versions):
        raise row.at("order").wrong(
            "no_call_up", text("The order “%(value)s” calls no members up."), value=row["order"]
        )
    if not shape.by_issuer:
        return
    order = known.orders[key, int(version)]
    if row["unit"] != order.issuer:
        raise row.at("unit").wrong(
            "not_the_issuer", text("This order is issued by “%(value)s”: name that unit."), value=order.issuer
        )
    if row["action"] == "pass_on_order" and order.passes_on is None:
        raise row.at("order").wrong("passes_nothing_on", text("This order passes no other on: see orders.csv."))


def _check_outcome(row: Row, shape: Shape) -> None:
    if shape.outcomes:
        row.one_of("outcome", shape.outcomes, "unknown_outcome")
    elif row.cells.get("outcome"):
        raise row.at("outcome").wrong("too_much", text("This action has nothing in this cell."))


def _check_reason(row: Row, shape: Shape, known: Known) -> None:
    use, reason = shape.reason, row.cells.get("reason", "")
    if shape.outcomes == _ACKNOWLEDGED:
        # Who cannot says why, from one list; who mends an answer so that it can, from the other.
        use = "cannot" if row["outcome"] == "cannot" else use if use != "cannot" else NOTHING
    if not use:
        if reason:
            raise row.at("reason").wrong("too_much", text("This action has nothing in this cell."))
        return
    if not reason and not shape.reason_needed:
        return
    if (use, reason) not in known.reasons:
        raise row.at("reason").wrong(
            "unknown_reason",
            text("“%(value)s” is no reason of the use “%(use)s” in reasons.csv."),
            value=reason,
            use=use,
        )


def order_version(event: Event) -> tuple[str, int | None]:
    """(key, version) of the order that an event names; no version where it names the one in force."""
    key, _, version = event.order.partition("/")
    return key, int(version) if version else None


def _in_force(events: Sequence[Event], orders: Mapping[tuple[str, int], KnownOrder]) -> None:
    """Nobody signs what is not drafted, issues it twice, or answers what is not issued yet."""
    drafted: set[tuple[str, int]] = set()
    issued: set[tuple[str, int]] = set()
    for event in events:
        if not event.order:
            continue
        shape = SHAPES[event.capability][event.action]
        key, version = order_version(event)
        if shape.order != DRAFT:
            if not any(k == key and version in (None, v) for k, v in issued):
                raise _before(event, "before_order", text("This event lies before its order “%(value)s” is issued."))
            continue
        assert version is not None
        order = (key, version)
        _check_step(event, order, drafted, issued)
        passed_on = orders[order].passes_on
        if passed_on is not None and passed_on not in issued:
            raise _before(event, "before_passed_on", text("The order that “%(value)s” passes on is not issued yet."))
        drafted.add(order)
        if shape.issues:
            issued.add(order)


def _check_step(
    event: Event, order: tuple[str, int], drafted: Collection[tuple[str, int]], issued: Collection[tuple[str, int]]
) -> None:
    first = event.action in ("draft_order", "pass_on_order")
    if order in issued or (first and order in drafted):
        raise event.place("action").wrong(
            "order_twice", text("This was done to the order “%(value)s” before."), value=event.order
        )
    if not first and order not in drafted:
        raise _before(event, "before_draft", text("This event lies before its order “%(value)s” is drafted."))
    if order[1] > 1 and (order[0], order[1] - 1) not in issued:
        raise _before(event, "before_version", text("The version that “%(value)s” replaces is not issued yet."))


def _before(event: Event, code: str, message: Text) -> Refusal:
    return event.place("at").wrong(code, message, value=event.order)
