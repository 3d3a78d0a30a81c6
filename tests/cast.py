"""The cast of the core tests: a small district and its people, made by the real actions.

    district D ─┬─ town A ── villages A1, A2, A3
                ├─ town B ── villages B1, B2, B3
                └─ department H

The clock stands at START; `at(minutes)` moves it. What a test did is proved at its end as `muster verify` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from muster.foundation import clock
from muster.foundation.errors import Refusal
from muster.foundation.models import AuditLine
from muster.foundation.registry import PROOFS
from muster.foundation.rights import Actor, house
from muster.mobilisation.actions import Draft, draft_order, is_founded, issue_order, set_series
from muster.mobilisation.answers import acknowledge
from muster.mobilisation.kinds import ACKNOWLEDGEMENT, CANNOT, REPORT_IN
from muster.mobilisation.models import Order, OrderDraft
from muster.organisation.actions import (
    NewKind,
    NewPerson,
    NewUnit,
    open_incident,
    register_kinds,
    register_people,
    register_set,
    register_units,
    set_up_district,
)
from muster.organisation.granting import grant_role
from muster.organisation.models import Account, Incident, Person, Unit
from muster.organisation.people import actor_of
from muster.roll import coverage
from muster.roll.actions import USES, set_reasons
from muster.roll.coverage import Coverage
from muster.roll.models import Entry, Mark, Roll

START = datetime(2020, 1, 29, 1, 0, tzinfo=UTC)
"""The moment at which a test begins: 9 o'clock in the district's zone."""
LONG_AGO = START - timedelta(days=400)
DUE = START + timedelta(hours=5)

TREE = {"D": "", "A": "D", "B": "D", "H": "D", **{f"{t}{n}": t for t in "AB" for n in (1, 2, 3)}}
KINDS = {"D": "district", "A": "town", "B": "town", "H": "department"}
"""Kind by code; whatever is not named is a village."""

# number: (unit, leads). Members of villages are called m_<village>_<n>.
PEOPLE: dict[str, tuple[str, bool]] = {
    "commander": ("D", True),
    "second": ("D", False),
    "clerk": ("D", False),
    "administrator": ("D", False),
    "counsellor": ("H", False),
    "inspector": ("H", False),
    "lead_h": ("H", True),
    "lead_a": ("A", True),
    "lead_b": ("B", True),
    **{f"lead_{v.lower()}": (v, True) for v in TREE if len(v) == 2},
    **{f"m_{v.lower()}_{n}": (v, False) for v in TREE if len(v) == 2 for n in (1, 2)},
}
GRANTS = {
    "commander": "commander",
    "second": "commander",
    "clerk": "clerk",
    "administrator": "administrator",
    "counsellor": "counsellor",
    "inspector": "inspector",
}
REASON = "because"
"""A reason that stands on every list of the district."""


def at(minutes: float = 0, **more: float) -> AbstractContextManager[None]:
    """The clock so long after START."""
    return clock.played_at(START + timedelta(minutes=minutes, **more))


@contextmanager
def raises_refusal(code: str) -> Iterator[Any]:
    """What stands inside is refused with this code, says so in words, and writes nothing."""
    lines, marks = AuditLine.objects.count(), Mark.objects.count()
    with pytest.raises(Refusal) as caught:
        yield caught
    assert caught.value.code == code, f"{caught.value.code}: {caught.value}"
    assert caught.value.message
    assert (AuditLine.objects.count(), Mark.objects.count()) == (lines, marks)


def proofs(**options: Any) -> list[str]:
    """All that `muster verify` finds."""
    return [f"{name}: {difference}" for name, prove in PROOFS.items() for difference in prove(**options)]


def _proofs_at_the_end() -> list[str]:
    """All of them on SQLite; on PostgreSQL, where each query costs more, those that speak SQL of their own."""
    if connection.vendor == "sqlite":
        return proofs()
    return [difference for name in SPEAK_SQL for difference in PROOFS[name]()]


SPEAK_SQL = ("rolls", "marks", "entries", "tallies", "closings", "facts of marks")


@dataclass
class Cast:
    """The district. `tampered`: the test changed the database as its owner; nothing is proved at its end."""

    units: dict[str, Unit]
    people: dict[str, Person]
    incident: Incident
    tampered: bool = False

    def actor(self, number: str) -> Actor:
        """Somebody, with the grants that they hold now."""
        return actor_of(Account.objects.get(name=number), "web")

    @cached_property
    def commander(self) -> Actor:
        return self.actor("commander")

    @cached_property
    def second(self) -> Actor:
        """Another commander."""
        return self.actor("second")

    @cached_property
    def clerk(self) -> Actor:
        return self.actor("clerk")

    @cached_property
    def administrator(self) -> Actor:
        return self.actor("administrator")

    @cached_property
    def town_lead(self) -> Actor:
        return self.actor("lead_a")

    @cached_property
    def lead(self) -> Actor:
        """The lead of village A1."""
        return self.actor("lead_a1")

    @cached_property
    def sibling(self) -> Actor:
        """The lead of village A2."""
        return self.actor("lead_a2")

    @cached_property
    def outsider(self) -> Actor:
        """The lead of the other town."""
        return self.actor("lead_b")

    @cached_property
    def member(self) -> Actor:
        """A member of village A1."""
        return self.actor("m_a1_1")

    @cached_property
    def counsellor(self) -> Actor:
        return self.actor("counsellor")

    @cached_property
    def inspector(self) -> Actor:
        return self.actor("inspector")

    @property
    def root(self) -> Unit:
        return self.units["D"]

    @property
    def town(self) -> Unit:
        return self.units["A"]

    @property
    def village(self) -> Unit:
        return self.units["A1"]

    @property
    def neighbour(self) -> Unit:
        """Village A2."""
        return self.units["A2"]

    def draft(self, *, by: Actor | None = None, passes_on: Order | None = None, **changes: Any) -> OrderDraft:
        """A draft of the commander's, for all towns and villages unless changed; the root's first order founds."""
        issuer = changes.pop("issuer", self.root)
        changes.setdefault("founding", issuer == self.root and not is_founded(self.incident.pk))
        return draft_order(
            by=by or self.commander,
            issuer=issuer,
            incident=self.incident,
            draft=replace(DRAFT, **changes),
            passes_on=passes_on,
        )

    def order(self, **changes: Any) -> Order:
        """An issued order."""
        by = changes.get("by") or self.commander
        return issue_order(by=by, draft=self.draft(**changes))

    def answer(self, order: Order, code: str, outcome: str = "will_do", **more: Any) -> bool:
        """The lead of a unit acknowledges, or somebody else who is named by `by`."""
        by = more.pop("by", None) or self.actor(f"lead_{code.lower()}")
        reason = REASON if outcome == "cannot" else ""
        return acknowledge(by=by, unit=self.units[code], order=order, outcome=outcome, reason=reason, **more)

    def roll(self, order: Order, kind: str = ACKNOWLEDGEMENT) -> Roll:
        """The roll of an order, of one kind."""
        return Roll.objects.get(source_id=order.pk, kind=kind)

    def entry(self, order: Order, code: str, kind: str = ACKNOWLEDGEMENT) -> Entry:
        """The entry of a unit (by its code) or of a person (by their number) on an order's roll, as it is now."""
        subject = self.people[code].pk if kind == REPORT_IN else self.units[code].pk
        return Entry.objects.get(roll__source_id=order.pk, roll__kind=kind, subject_id=subject)

    def told(self, order: Order, code: str) -> Entry | None:
        """The issuer's entry about a unit that cannot comply, if it is on the roll."""
        return Entry.objects.filter(
            roll__kind=CANNOT, roll__source_id=order.pk, subject_id=self.units[code].pk, state__isnull=False
        ).first()

    def coverage(self, order: Order, kind: str = ACKNOWLEDGEMENT) -> Coverage:
        """The coverage of an order's roll over the district, after all that was done."""
        roll = self.roll(order, kind)
        newest = Mark.objects.filter(roll=roll).latest("recorded_at").recorded_at
        counted = coverage.count([roll], max(newest, clock.now()))[roll.pk]
        return counted.of(u.pk for u in self.units.values())


DRAFT = Draft(
    key="call",
    title="To your posts",
    text="Man the entrances. Ask who is ill.",
    effective_at=START,
    audience="kind:town kind:village",
    due_at=DUE,
    founding=True,
    pledges=("I go first", "I tell the truth"),
)


Table = tuple[str, list[tuple[object, ...]]]
"""The statement that puts rows back into a table, and the rows."""
_kept: dict[str, list[Table]] = {}


def make(scene: str = "", play: Callable[[Cast], object] | None = None) -> Cast:
    """Make the cast, and play a scene with it: by the actions the first time in a process, then by what they wrote."""
    if scene in _kept:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement, rows in _kept[scene]:
                cursor.executemany(statement, rows)
        return _read()
    if play is None:
        _by_the_actions()
    else:
        play(make())
    _kept[scene] = _written()
    return _read()


def _read() -> Cast:
    units = {unit.short_name: unit for unit in Unit.objects.all()}
    return Cast(units, {p.number: p for p in Person.objects.all()}, Incident.objects.get())


def _written() -> list[Table]:
    found = []
    with connection.cursor() as cursor:
        for table in sorted(m._meta.db_table for m in apps.get_models() if m.__module__.startswith("muster.")):
            cursor.execute(f"SELECT * FROM {table}")
            names = ", ".join(f'"{column[0]}"' for column in cursor.description or ())
            rows = [tuple(map(_as_stored, row)) for row in cursor.fetchall()]
            if rows:
                found.append((f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(rows[0]))})", rows))
    return found


def _as_stored(value: object) -> object:
    """SQLite reads times as what they are and takes them as text only."""
    return str(value) if isinstance(value, date | time) and connection.vendor == "sqlite" else value


def _by_the_actions() -> None:
    """About twenty actions."""
    by = house("set-up")
    with clock.played_at(START - timedelta(days=1)):
        register_kinds(
            by=by,
            kinds=[
                NewKind(k, k.title(), n) for k, n in (("district", 1), ("town", 2), ("department", 2), ("village", 3))
            ],
        )
        rows = [
            NewUnit(code, "test", f"Unit {code}", code, KINDS.get(code, "village"), parent, date(2019, 1, 1))
            for code, parent in TREE.items()
        ]
        ids = register_units(by=by, units=rows, opened_at=LONG_AGO)
        found = Unit.objects.in_bulk(list(ids.values()))
        units = {code: found[pk] for code, pk in ids.items()}
        set_up_district(by=by, root=units["D"], zone="Asia/Shanghai", day_starts_at=time(0), language="en")
        register_set(by=by, key="first", name="The first villages", units=[ids["A1"], ids["B1"]])
        people = [NewPerson(n, f"Name of {n}", ids[u], "", leads) for n, (u, leads) in PEOPLE.items()]
        register_people(by=by, people=people, since=LONG_AGO)
        for account in Account.objects.filter(name__in=GRANTS):
            unit = units[PEOPLE[account.name][0]]
            grant_role(by=by, account=account, role=GRANTS[account.name], unit=unit, since=LONG_AGO)
        set_reasons(by=by, reasons=[(use, REASON, "Because") for use in sorted(USES)])
        open_incident(by=by, key="flood", name="Flood", kind="flood", opened_at=START - timedelta(days=1))
        set_series(by=by, issuer=units["D"], pattern="No. {n}/{year}", needs_signature=False)
        set_series(by=by, issuer=units["A"], pattern="A-{year}-{n}", needs_signature=False)


@contextmanager
def playing() -> Iterator[Cast]:
    """A new cast with the clock at START; at the end everything is proved, unless the test tampered with it."""
    made = make()
    lines = AuditLine.objects.count()
    with at():
        yield made
    if not made.tampered and not connection.needs_rollback and AuditLine.objects.count() != lines:
        assert _proofs_at_the_end() == []
