"""What a play knows of the district, once loaded: units, people and orders by the names that the sheets use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from muster.drill.events import Event, order_version
from muster.drill.models import Play
from muster.drill.scenario import Scenario
from muster.foundation import sql
from muster.foundation.errors import not_found
from muster.foundation.ids import named_id
from muster.foundation.models import AuditLine
from muster.foundation.rights import Actor, house
from muster.mobilisation.models import Order, OrderDraft
from muster.organisation.models import Account, Incident, Person, Unit, UnitCode
from muster.organisation.people import actor_of, actors_of

CHANNEL = "drill"
HOUSE = house("drill", CHANNEL)


def request_of(play: Play, *parts: str) -> UUID:
    """The request id of one step or event of a play: the same at every try."""
    return named_id("drill", play.scenario, str(play.run), *parts)


def request_of_event(play: Play, event: Event) -> UUID:
    """The request id of an event: its scenario, run, file and row."""
    return request_of(play, event.file, str(event.line))


def requests_done() -> set[UUID]:
    """Every request that a drill did in this database. This is how far a play is; no position is kept."""
    found = AuditLine.objects.filter(channel=CHANNEL).values_list("request", flat=True)
    return {request for request in found if request is not None}


def moved(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """A moment some days later, at the same time on the zone's clocks; in the moment's own zone."""
    if not days:
        return moment
    return (moment.astimezone(zone) + timedelta(days=days)).astimezone(moment.tzinfo)


@dataclass
class World:
    """The district of a play, by the codes, numbers and keys of its sheets.

    gone: {code: code of the unit it went into} for units that were merged before this play began.
    """

    scenario: Scenario
    play: Play
    units: dict[str, Unit] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    _people: dict[str, Person] = field(default_factory=dict)
    _actors: dict[str, Actor] = field(default_factory=dict)
    _orders: dict[tuple[str, int], Order] = field(default_factory=dict)

    @property
    def incident(self) -> Incident:
        """The incident that is played."""
        assert self.play.incident is not None
        return self.play.incident

    def moment(self, at: datetime) -> datetime:
        """When something of the scenario takes place in this play."""
        return moved(at, self.play.days_later, self.scenario.zone)

    def moment_or_none(self, at: datetime | None) -> datetime | None:
        """The same, for a moment that may be wanting."""
        return None if at is None else self.moment(at)

    # -- units

    def load_units(self) -> None:
        """Read the units of the scenario anew."""
        self.units = units_by_code(self.scenario.district.units)

    def leave_merged_units(self) -> None:
        """Units that an earlier play merged are gone: their people and events go on in the survivor."""
        codes = {unit.pk: code for code, unit in self.units.items()}
        for code, unit in self.units.items():
            if unit.closed_at is not None and unit.successor_id in codes:
                self.gone[code] = codes[unit.successor_id]

    def unit(self, code: str) -> Unit:
        """The unit with this code, or what it went into before this play."""
        while code in self.gone:
            code = self.gone[code]
        return self.units[code]

    def above(self, one: Unit, other: Unit) -> Unit:
        """The lowest unit that stands above both."""
        shared = ""
        labels = zip(one.path.split(".")[:-2], other.path.split(".")[:-2], strict=False)
        for mine, its in labels:
            if mine != its:
                break
            shared += f"{mine}."
        return next(unit for unit in self.units.values() if unit.path == shared)

    # -- people

    def person(self, number: str) -> Person:
        """Somebody, by number."""
        if not self._people:
            for part in sql.slices(list(self.scenario.district.people)):
                self._people.update({person.number: person for person in Person.objects.filter(number__in=part)})
        return self._people[number]

    def actor(self, number: str) -> Actor:
        """Somebody as they act now, with their grants; kept until grants change."""
        if not self._actors:
            self._actors = actors_of(self.scenario.district.people, CHANNEL)
        found = self._actors.get(number)
        if found is None:
            found = self._actors[number] = actor_of(Account.objects.get(name=number), CHANNEL)
        return found

    def forget_grants_at(self, *units: Unit) -> None:
        """Grants at these units have changed: ask for those of their people again, when they act."""
        changed = {unit.path for unit in units}
        gone = [n for n, actor in self._actors.items() if any(path in changed for _, path in actor.grants)]
        for number in gone:
            del self._actors[number]

    # -- orders

    def order_key(self, key: str) -> str:
        """An order's key in this play; orders of a second play have keys of their own."""
        return key if self.play.run == 1 else f"{key}-{self.play.run}"

    def draft(self, event: Event) -> OrderDraft:
        """The draft that an event names."""
        key, version = order_version(event)
        assert version is not None
        return OrderDraft.objects.select_related("issuer").get(key=self.order_key(key), version=version)

    def issued(self, key: str, version: int) -> Order:
        """A version that is in force or was.

        Raises: Refusal when it is not issued, which the sheets have been checked for.
        """
        found = self._orders.get((key, version))
        if found is None:
            orders = Order.objects.select_related("issuer")
            found = orders.filter(key=self.order_key(key), version=version).first()
            if found is None:
                raise not_found("order.unknown")
            self._orders[key, version] = found
        return found

    def order(self, event: Event) -> Order:
        """The version that an event names; the newest that is issued where it names none."""
        key, version = order_version(event)
        if version is None:
            version = max(v for k, v in self.versions_issued() if k == key)
        return self.issued(key, version)

    def calling_up(self, event: Event) -> Order:
        """The version of the order, named by an event, that called members up."""
        key, _ = order_version(event)
        return self.issued(key, next(v for (k, v), row in self.scenario.orders.items() if k == key and row.call_up))

    def has_pledges(self, event: Event, order: Order) -> bool:
        """Whether this version, of the order that an event names, has pledges."""
        key, _ = order_version(event)
        return bool(self.scenario.orders[key, order.version].pledges)

    def versions_issued(self) -> Iterable[tuple[str, int]]:
        """(key, version) of all orders of the scenario that have been issued by now, as far as this play knows."""
        return list(self._orders)

    def load_orders(self) -> None:
        """Read the orders that are issued already: when a play is gone on with."""
        ours = {self.order_key(key): key for key, _ in self.scenario.orders}
        for order in Order.objects.filter(key__in=ours).select_related("issuer"):
            self._orders[ours[order.key], order.version] = order

    def remember_order(self, order: Order, event: Event) -> None:
        """An order was issued."""
        key, version = order_version(event)
        assert version is not None
        self._orders[key, version] = order

    def figure(self, key: str) -> str:
        """A figure's key in this play: those that end with an order's key follow it."""
        head, _, last = key.rpartition(".")
        return f"{head}.{self.order_key(last)}" if any(last == k for k, _ in self.scenario.orders) else key


def units_by_code(codes: Iterable[str]) -> dict[str, Unit]:
    """{code: the unit that has it}, of those that exist."""
    found: dict[str, Unit] = {}
    for part in sql.slices(list(codes)):
        rows = UnitCode.objects.filter(code__in=part, valid_to__isnull=True).select_related("unit")
        found.update({row.code: row.unit for row in rows})
    return found
