"""Sets up the district of a scenario by the verbs of the rooms below, in steps that can be taken up again.

Each step carries its request id, so that a set-up that was killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from muster.drill import actions
from muster.drill.districts import AppointmentRow, GrantRow, PersonRow, SeriesRow, SetRow
from muster.drill.models import Play
from muster.drill.scenario import SETTING_BEFORE_INCIDENT, Scenario
from muster.drill.world import HOUSE, World, request_of, units_by_code
from muster.foundation import clock, sql
from muster.foundation.errors import Refusal, text
from muster.mobilisation import actions as mobilisation
from muster.mobilisation.models import Order
from muster.organisation import actions as organisation
from muster.organisation import granting
from muster.organisation.models import Account, District, Person, Unit, UnitSet
from muster.roll import actions as roll

PEOPLE_A_STEP = 1000
STAGE_STEPS = 2
"""The last steps, which open the incident, are taken at its own moment."""

CONTACT_EXPIRES = timedelta(days=400)
"""A telephone number is kept this long after the incident was opened."""


@dataclass(frozen=True)
class Step:
    """One step of the set-up. inputs are made when its turn comes, from what the steps before it wrote."""

    name: str
    verb: Callable[..., Any]
    inputs: Callable[[], dict[str, Any]]
    weight: int = 1


def is_ours(play: Play, done: Collection[UUID]) -> bool:
    """Whether this play set the district up, or is about to; else it is played in a district that was there."""
    return not District.objects.exists() or request_of(play, "setting", "district") in done


def steps(world: World, done: Collection[UUID]) -> list[Step]:
    """What there is to set up: the whole district, or in one that was there what is missing; then the incident."""
    scenario = world.scenario
    setting = _district(scenario) if is_ours(world.play, done) else _what_is_missing(scenario)
    return [*setting, *_stage(world)]


def load(world: World, setting: Sequence[Step], done: set[UUID], advance: Callable[[int], None]) -> None:
    """Take every step that is not done yet, with the clock before the incident, and then at its opening.

    done: request ids; those of the steps taken are added. advance: told the weight of each step.
    """
    before, opening = setting[:-STAGE_STEPS], setting[-STAGE_STEPS:]
    _take(world.play, before, world.moment(setting_at(world.scenario)), done, advance)
    _take(world.play, opening, world.moment(world.scenario.incident.opened_at), done, advance)
    world.play.refresh_from_db()
    world.load_units()
    if not is_ours(world.play, done):
        world.leave_merged_units()


def setting_at(scenario: Scenario) -> datetime:
    """The moment at which the district is set up."""
    return scenario.incident.opened_at - SETTING_BEFORE_INCIDENT


def _take(play: Play, setting: Iterable[Step], at: datetime, done: set[UUID], advance: Callable[[int], None]) -> None:
    for step in setting:
        request = request_of(play, "setting", step.name)
        if request not in done:
            with clock.played_at(at):
                step.verb(by=HOUSE, request=request, **step.inputs())
            done.add(request)
        advance(step.weight)


def _district(scenario: Scenario) -> Iterator[Step]:
    """The whole district, from the kinds of its units on."""
    since = scenario.root_opened_at
    yield Step("kinds", organisation.register_kinds, lambda: {"kinds": _kinds(scenario)})
    yield Step(
        "units",
        organisation.register_units,
        lambda: {"units": _units(scenario), "opened_at": since},
    )
    yield Step("district", organisation.set_up_district, lambda: _own_words(scenario))
    yield from _sets(scenario, scenario.district.sets)
    people = list(scenario.district.people.values())
    for start in range(0, len(people), PEOPLE_A_STEP):
        yield from _people(scenario, people[start : start + PEOPLE_A_STEP], since)
    yield from _roles(scenario, since)
    yield from _words_of_the_district(scenario)
    yield Step("cast", actions.set_cast, lambda: {"cast": _cast(scenario)})


def require_same_district(scenario: Scenario) -> None:
    """Refuse a scenario whose units or people this database does not hold: it is another district's."""
    codes, people = scenario.district.units, scenario.district.people
    missing = set(codes) - set(units_by_code(codes))
    if not missing:
        there: set[str] = set()
        for part in sql.slices(list(people)):
            there.update(Account.objects.filter(name__in=part).values_list("name", flat=True))
        missing = set(people) - there
    if missing:
        raise Refusal(
            "drill.other_district",
            text("This database holds another district: it has no “%(value)s”."),
            text("Name an empty database with MUSTER_DATABASE_URL."),
            value=min(missing),
        )


def _what_is_missing(scenario: Scenario) -> Iterator[Step]:
    """In a district that was there: only what can be added to it."""
    known = set(UnitSet.objects.values_list("key", flat=True))
    yield from _sets(scenario, [key for key in scenario.district.sets if key not in known])
    yield from _words_of_the_district(scenario)


def _stage(world: World) -> Iterator[Step]:
    """The incident, at the moment at which it is opened."""
    row, play = world.scenario.incident, world.play
    opened_at = world.moment(row.opened_at)
    key = incident_key(world.scenario, play.run)
    opening = {"key": key, "name": row.name, "kind": row.kind, "opened_at": opened_at}
    yield Step("incident", organisation.open_incident, lambda: opening)
    yield Step(
        "stage", actions.set_stage, lambda: {"play": play, "incident": key, "commander": world.scenario.commander}
    )


def incident_key(scenario: Scenario, run: int) -> str:
    """The key of a play's incident; a second play's has a number."""
    return scenario.incident.key if run == 1 else f"{scenario.incident.key}-{run}"


def _kinds(scenario: Scenario) -> list[organisation.NewKind]:
    return [organisation.NewKind(k.key, k.name, k.rank, k.team) for k in scenario.district.kinds.values()]


def _units(scenario: Scenario) -> list[organisation.NewUnit]:
    return [
        organisation.NewUnit(u.code, u.scheme, u.name, u.short_name, u.kind, u.parent, u.opened_on)
        for u in scenario.district.units.values()
    ]


def _own_words(scenario: Scenario) -> dict[str, Any]:
    return {
        "root": _unit(scenario.root),
        "zone": scenario.zone.key,
        "day_starts_at": scenario.day_starts_at,
        "language": scenario.language,
    }


def _sets(scenario: Scenario, keys: Collection[str]) -> Iterator[Step]:
    for key in keys:
        yield Step(f"set {key}", organisation.register_set, partial(_set, scenario.district.sets[key]))


def _set(row: SetRow) -> dict[str, Any]:
    units = units_by_code(row.units)
    return {"key": row.key, "name": row.name, "units": [units[code].pk for code in row.units]}


def _people(scenario: Scenario, rows: Sequence[PersonRow], since: datetime) -> Iterator[Step]:
    """Some people with their accounts and roles, then their telephones."""
    first = rows[0].number

    def people() -> dict[str, Any]:
        units = units_by_code({row.unit for row in rows})
        new = [organisation.NewPerson(p.number, p.name, units[p.unit].pk, p.title, p.leads) for p in rows]
        return {"people": new, "since": since}

    def contacts() -> dict[str, Any]:
        phones = {row.number: row.phone for row in rows if row.phone}
        ids: dict[str, UUID] = {}
        for part in sql.slices(list(phones)):
            ids.update(Person.objects.filter(number__in=part).values_list("number", "pk"))
        return {
            "contacts": [(ids[number], phone) for number, phone in phones.items()],
            "expires_at": scenario.incident.opened_at + CONTACT_EXPIRES,
        }

    yield Step(f"people {first}", organisation.register_people, people, weight=len(rows))
    yield Step(f"contacts {first}", actions.load_contacts, contacts)


def _roles(scenario: Scenario, since: datetime) -> Iterator[Step]:
    """Second appointments and further roles; the commander's own role first, by which commands act."""
    for row in scenario.district.appointments:
        yield Step(
            f"appointment {row.person} {row.unit}", organisation.appoint, partial(_appointment, row, since=since)
        )
    commander = (scenario.commander, "commander", scenario.root)
    for grant in sorted(scenario.district.grants, key=lambda g: (g.person, g.role, g.unit) != commander):
        yield Step(
            f"grant {grant.person} {grant.role} {grant.unit}",
            granting.grant_role,
            partial(_grant, grant, since=since),
        )


def _appointment(row: AppointmentRow, *, since: datetime) -> dict[str, Any]:
    person = Person.objects.get(number=row.person)
    return {"person": person, "unit": _unit(row.unit), "title": row.title, "leads": row.leads, "since": since}


def _grant(row: GrantRow, *, since: datetime) -> dict[str, Any]:
    account = Account.objects.get(name=row.person)
    return {"account": account, "role": row.role, "unit": _unit(row.unit), "since": since}


def _unit(code: str) -> Unit:
    return units_by_code([code])[code]


def _words_of_the_district(scenario: Scenario) -> Iterator[Step]:
    """Reasons to choose from, number series, and what units watch without being ordered to."""
    reasons = [(use, code, words) for (use, code), words in scenario.district.reasons.items()]
    yield Step("reasons", roll.set_reasons, lambda: {"reasons": reasons})
    for row in scenario.district.series.values():
        yield Step(f"series {row.issuer}", mobilisation.set_series, partial(_series, row))
    yield from watch_steps(scenario, "", None)


def _series(row: SeriesRow) -> dict[str, Any]:
    return {"issuer": _unit(row.issuer), "pattern": row.pattern, "needs_signature": row.needs_signature}


def watch_steps(scenario: Scenario, key: str, order: Order | None) -> Iterator[Step]:
    """What units watch because of an order, by its key; or without one."""
    for code in sorted({item.unit for item in scenario.watch_items if item.order == key}):
        items = [item for item in scenario.watch_items if item.unit == code]

        def inputs(code: str = code, items: list[Any] = items) -> dict[str, Any]:
            units = units_by_code({code, *(item.owner for item in items)})
            watched = [(item.text, item.cadence_hours, units[item.owner]) for item in items]
            return {"unit": units[code], "order": order, "items": watched}

        yield Step(f"watch {code}", mobilisation.set_watch_items, inputs)


def watch_for(world: World, order: Order, key: str, at: datetime, done: set[UUID]) -> None:
    """An order was issued: the units that it concerns watch from now on what watch_items.csv says."""
    _take(world.play, watch_steps(world.scenario, key, order), at, done, lambda _: None)


def _cast(scenario: Scenario) -> list[tuple[Account, str, str]]:
    accounts = {a.name: a for a in Account.objects.filter(name__in=[c.person for c in scenario.district.cast])}
    return [(accounts[row.person], row.role, row.note) for row in scenario.district.cast]
