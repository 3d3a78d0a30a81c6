"""What the test of a killed merger runs in processes of its own: a roll that is open, the merger, the proof."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass
from typing import Any

if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "muster.website.settings"
    django.setup()

from muster.foundation import audit, clock
from muster.foundation.models import AuditLine
from muster.foundation.registry import PROOFS
from muster.foundation.rights import house
from muster.organisation import actions as organising
from muster.organisation.actions import (
    NewPerson,
    merge_units,
    open_incident,
    register_people,
)
from muster.organisation.models import Account, Appointment, Unit
from muster.organisation.people import actor_of
from muster.roll import actions as rolls
from muster.roll.actions import USES, hand_over_entries, set_reasons
from muster.roll.book import Book
from muster.roll.kinds import Expected
from muster.roll.models import Entry, Mark, Ruling
from tests.faults.ground import district
from tests.roll.visits import open_visits

PEOPLE = 40


def set_up() -> None:
    """A root with two villages; of the first 40 are expected on a roll that is open, and belong to it."""
    ids = district(D="", V="D", W="D")
    by, now = house("set-up"), clock.now()
    root, village = Unit.objects.get(pk=ids["D"]), ids["V"]
    set_reasons(by=by, reasons=[(use, "because", "Because") for use in sorted(USES)])
    people = [NewPerson("boss", "Boss", root.pk, "", True)]
    people += [NewPerson(f"p{n}", f"Person {n}", village, "", n == 0) for n in range(PEOPLE)]
    register_people(by=by, people=people, since=now)
    incident = open_incident(by=by, key="flood", name="Flood", kind="flood", opened_at=now)
    expected = [Expected(village, "person", one.id, assignee=one.id) for one in people[1:]]
    boss = actor_of(Account.objects.get(name="boss"), "web")
    open_visits(by=boss, holder=root, incident=incident, expected=expected)


def merge(kill_at: str = "") -> None:
    """What the page of a unit's changes does: hand over what is open, then merge. kill_at: a point of `POINTS`."""
    if kill_at:
        _die_at(kill_at)
    by, units = house("set-up"), {unit.short_name: unit for unit in Unit.objects.all()}
    where = {"parent": units["D"], "unit": units["V"], "into": units["W"]}
    if Entry.objects.filter(unit=units["V"], state="outstanding").exists():
        hand_over_entries(by=by, reason="because", **where)
    merge_units(by=by, **where)


@dataclass(frozen=True)
class Point:
    """Where the process kills itself: after so many calls of a function. verb: the one that is under way then."""

    verb: str
    where: Any
    name: str
    calls: int = 1


POINTS = {
    "entries locked": Point("hand over", rolls, "open_book"),
    "half handed over": Point("hand over", Book, "hand_over", PEOPLE // 2),
    "entries written": Point("hand over", Book, "write"),
    "before the commit": Point("hand over", audit.Line, "write"),
    "units locked": Point("merge", organising, "require_nothing_open"),
    "people moved": Point("merge", organising, "_move_people"),
    "before the last commit": Point("merge", audit.Line, "write"),
}


def _die_at(name: str) -> None:
    point = POINTS[name]
    whole, calls = getattr(point.where, point.name), []

    def until(*args: object, **more: object) -> object:
        found = whole(*args, **more)
        calls.append(name)
        if len(calls) == point.calls:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(point.where, point.name, until)


def told() -> None:
    """What stands in the database, as JSON."""
    gone, stays = (Unit.objects.get(short_name=name) for name in ("V", "W"))
    found = {
        "open": [Entry.objects.filter(unit=unit, state="outstanding").count() for unit in (gone, stays)],
        "handed over": Ruling.objects.filter(what=Ruling.What.HANDED_OVER).count(),
        "marks": Mark.objects.exclude(leg="").count(),
        "places": [Appointment.objects.filter(unit=unit, until=None).count() for unit in (gone, stays)],
        "closed": gone.closed_at is not None,
        "goes on as": gone.successor_id == stays.pk,
        "lines": AuditLine.objects.filter(verb__in=("roll.hand_over_entries", "organisation.merge_units")).count(),
        "wrong": [words for name, prove in PROOFS.items() for words in prove()],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    {"set_up": set_up, "merge": merge, "told": told}[sys.argv[1]](*sys.argv[2:])
