"""What the test of a killed import runs in processes of its own: the set-up, the import, the clockwork, the proof."""

from __future__ import annotations

import json
import os
import signal
import sys

if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "muster.website.settings"
    django.setup()

from muster.foundation import clock, jobs
from muster.foundation.registry import PROOFS
from muster.foundation.rights import house
from muster.organisation.models import Account, Appointment, Grant, Person
from muster.sheets import actions, intake
from muster.sheets.models import Import
from muster.vault.models import Particular
from tests.faults.ground import district


def set_up() -> None:
    """A district with a root and one town."""
    district(D="", T="D")


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
