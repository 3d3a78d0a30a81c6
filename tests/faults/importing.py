"""What the test of a killed import runs in processes of its own: the set-up, the import, the clockwork, the proof."""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import date
from datetime import time as day_time

if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "muster.website.settings"
    django.setup()

from muster.foundation import clock, database, jobs
from muster.foundation.registry import PROOFS
from muster.foundation.rights import house
from muster.organisation.actions import NewKind, NewUnit, register_kinds, register_units, set_up_district
from muster.organisation.models import Account, Appointment, Grant, Person, Unit
from muster.sheets import actions, intake
from muster.sheets.models import Import
from muster.vault.models import Particular


def set_up() -> None:
    """A district with a root and one town."""
    database.make_ready(drill=False)
    by = house("set-up")
    register_kinds(by=by, kinds=[NewKind("district", "District", 1), NewKind("town", "Town", 2)])
    units = [NewUnit("D", "test", "D", "D", "district", "", date(2019, 1, 1))]
    units.append(NewUnit("T", "test", "T", "T", "town", "D", date(2019, 1, 1)))
    ids = register_units(by=by, units=units, opened_at=clock.now())
    root = Unit.objects.get(pk=ids["D"])
    set_up_district(by=by, root=root, zone="Asia/Shanghai", day_starts_at=day_time(0), language="en")


def told() -> None:
    """What stands in the database, as JSON."""
    imported = Import.objects.order_by("made_at").first()
    people = Person.objects.count()
    found = {
        "state": imported.state if imported else "",
        "next": imported.next if imported else 0,
        "people": people,
        "whole": Appointment.objects.count() == Account.objects.count() == Grant.objects.count() == people,
        "kept": Particular.objects.filter(subject_kind="person").count(),
        "wrong": [words for name, prove in PROOFS.items() for words in prove()],
    }
    print(json.dumps(found))


def kill() -> None:
    """Kill the process that is named when some people stand in the database, and before all do."""
    while not Person.objects.exists():
        clock.pause(0.01)
    os.kill(int(sys.argv[2]), signal.SIGKILL)


def undo() -> None:
    """Take the import back."""
    imported = actions.undo(by=house("command"), imported=Import.objects.get())
    for _step in intake.go_on(imported):
        pass


if __name__ == "__main__":
    {"set_up": set_up, "told": told, "work": jobs.work, "kill": kill, "undo": undo}[sys.argv[1]]()
