"""The ground of a benchmark: a district in an empty database, and the figures that it gives back.

A benchmark is a module with `main`, run by bench/run.py in a process of its own, which finds its database in
MUSTER_DATABASE_URL and prints its figures as JSON on its last line.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from muster.foundation.rights import Actor
    from muster.mobilisation.models import Order
    from muster.organisation.models import Incident, Unit

TOWNS = 6
UNITS = 412
PEOPLE = 8163


@dataclass
class Figure:
    """One line of the results. `raw` is what the same costs without Muster; target in words, ok: whether it is met."""

    what: str
    value: str
    raw: str = ""
    ratio: str = ""
    target: str = ""
    ok: bool | None = None


def give_back(figures: Sequence[Figure]) -> None:
    """Print the figures, for a person and for bench/run.py."""
    for figure in figures:
        mark = {None: " ", True: "✓", False: "✗"}[figure.ok]
        print(f"{mark} {figure.what}: {figure.value}  raw {figure.raw or '-'}  ratio {figure.ratio or '-'}")
    print(json.dumps([asdict(f) for f in figures], ensure_ascii=False))


def engine() -> str:
    """The engine of this run, as its name is printed."""
    return "PostgreSQL" if os.environ["MUSTER_DATABASE_URL"].startswith("postgresql") else "SQLite"


def django() -> None:
    """Muster's settings and models, on the database of this benchmark as it is."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "muster.website.settings"
    from django import setup

    setup()


def set_up() -> None:
    """Django, an empty database with its keys."""
    django()
    from muster.foundation import database

    database.make_ready(drill=False)


@dataclass
class District:
    """A district set up through the actions, whose units and members are ready to be called."""

    incident: Incident
    units: list[Unit]
    people: dict[UUID, list[UUID]]
    """{unit id: its members}."""
    chief: Actor


def district() -> District:
    """412 units in two levels below a root, 8,163 members."""
    from muster.foundation import clock
    from muster.foundation.rights import Actor, house
    from muster.mobilisation import actions as orders
    from muster.organisation import actions
    from muster.organisation.models import Unit

    by, now = house("bench"), clock.now()
    kinds = [actions.NewKind("district", "District", 1), actions.NewKind("town", "Town", 2)]
    actions.register_kinds(by=by, kinds=[*kinds, actions.NewKind("village", "Village", 3)])
    rows = [("root", "", "district")] + [(f"t{i}", "root", "town") for i in range(TOWNS)]
    rows += [(f"v{i}", f"t{i % TOWNS}", "village") for i in range(UNITS - TOWNS)]
    new = [actions.NewUnit(c, "bench", f"Unit {c}", c, k, p, date(2020, 1, 1)) for c, p, k in rows]
    ids = actions.register_units(by=by, units=new, opened_at=now)
    units = [ids[code] for code, _, _ in rows[1:]]
    people = [
        actions.NewPerson(f"p{i:05}", f"Person {i}", units[i % UNITS], "Member", leads=i < UNITS) for i in range(PEOPLE)
    ]
    actions.register_people(by=by, people=people, since=now)
    by_unit: dict[UUID, list[UUID]] = {}
    for person in people:
        by_unit.setdefault(person.unit, []).append(person.id)
    root = Unit.objects.get(pk=ids["root"])
    actions.set_up_district(by=by, root=root, zone="Asia/Shanghai", day_starts_at=time_of_day(8), language="en")
    incident = _incident(by, now)
    chief = Actor(name="chief", person_id=people[0].id, grants=(("commander", root.path),))
    orders.set_series(by=chief, issuer=root, pattern="{year}-{n}", needs_signature=False)
    return District(incident, list(Unit.objects.filter(pk__in=units).order_by("path")), by_unit, chief)


def _incident(by: Actor, now: object) -> Incident:
    from muster.organisation import actions

    return actions.open_incident(by=by, key="bench", name="Bench", kind="flood", opened_at=now)  # type: ignore[arg-type]


def call(here: District, key: str, *, members: bool = True) -> Order:
    """Issue an order to all 412 units that calls up all 8,163 members, or none."""
    from muster.foundation import clock
    from muster.mobilisation import actions
    from muster.organisation.models import Unit

    now = clock.now()
    root = Unit.objects.get(parent__isnull=True)
    draft = actions.draft_order(
        by=here.chief,
        issuer=root,
        incident=here.incident,
        draft=actions.Draft(
            key=key,
            title=f"Order {key}",
            text="Come.",
            effective_at=now,
            due_at=now + timedelta(days=2),
            call_up_due_at=now + timedelta(days=2),
            audience="kind:town kind:village",
            call_up="kind:town kind:village" if members else "",
        ),
    )
    return actions.issue_order(by=here.chief, draft=draft)


def fdatasync_ms(folder: str | None = None) -> float:
    """The median time of one fdatasync of 8 kB, in milliseconds: what no commit can be faster than."""
    with tempfile.NamedTemporaryFile(dir=folder or tempfile.gettempdir()) as file:
        file.write(bytes(819_200))
        file.flush()
        os.fsync(file.fileno())
        taken = []
        for i in range(200):
            os.pwrite(file.fileno(), os.urandom(8192), i % 100 * 8192)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def processor_seconds() -> float:
    """User and system time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def best_ms(do: Callable[[], object], times: int = 7) -> float:
    """The best of some runs, in milliseconds: what the thing costs when nobody else wants the processor."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        do()
        taken.append(time.perf_counter() - began)
    return min(taken) * 1000


def folder_of_database() -> Path:
    """Where the database's files lie, for the figure of fdatasync."""
    url = os.environ["MUSTER_DATABASE_URL"]
    return Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite") else Path(tempfile.gettempdir())
