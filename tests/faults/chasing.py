"""What the test of a killed clockwork runs in processes of its own: a chased roll, the tick, the kill, the proof."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from datetime import time as day_time
from datetime import timedelta

if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "muster.website.settings"
    django.setup()

from muster.foundation import clock
from muster.foundation.ids import new_id
from muster.foundation.registry import PROOFS
from muster.foundation.rights import house
from muster.messages.models import Channel, Message, Night, Nudge
from muster.organisation.actions import (
    NewPerson,
    open_incident,
    register_people,
)
from muster.organisation.models import Account, Unit
from muster.organisation.people import actor_of
from muster.roll import telling
from muster.roll.chasing import NewLadder, chase_roll, make_ladder
from muster.roll.kinds import Expected
from muster.roll.ladders import ASKED, Step
from muster.roll.models import ChaseStep
from muster.vault.particulars import NewParticular
from muster.vault.purposes import CONTACT
from tests.faults.ground import district
from tests.organisation.test_open_phone import keep_phones
from tests.roll.visits import open_visits

PEOPLE = 2600


def set_up() -> None:
    """A district that keeps no night, with one SMS channel; a roll of very many people that is chased."""
    root = Unit.objects.get(pk=district(D="")["D"])
    by, now = house("set-up"), clock.now()
    people = [NewPerson(f"p{n}", f"Person {n}", root.pk, "", n == 0) for n in range(PEOPLE)]
    register_people(by=by, people=people, since=now)
    until = now + timedelta(days=9)
    rows = [NewParticular("person", one.id, CONTACT, f"139{n:08d}", until) for n, one in enumerate(people)]
    for start in range(0, PEOPLE, 500):
        keep_phones(by=by, rows=rows[start : start + 500])
    incident = open_incident(by=by, key="flood", name="Flood", kind="flood", opened_at=now)
    Night.objects.create(begins=day_time(0), ends=day_time(0))
    Channel.objects.create(id=new_id(), unit=root, kind=Channel.Kind.SMS, name="SMS", made_at=now)
    lead = actor_of(Account.objects.get(name="p0"), "web")
    expected = [Expected(root.pk, "person", one.id, assignee=one.id) for one in people]
    roll = open_visits(by=lead, holder=root, incident=incident, expected=expected)
    ladder = make_ladder(by=by, new=NewLadder("Soon", [Step(1, ASKED)], from_opened=True))
    chase_roll(by=by, holder=root, roll=roll, ladder=ladder)


def told() -> None:
    """What stands in the database, as JSON."""
    people = Counter(Message.objects.values_list("person", flat=True))
    found = {
        "told": Nudge.objects.count(),
        "messages": Message.objects.count(),
        "most": max(people.values(), default=0),
        "done": ChaseStep.objects.count(),
        "wrong": [words for name, prove in PROOFS.items() for words in prove()],
    }
    print(json.dumps(found))


def chase() -> None:
    """What the clockwork does with chased rolls, once, when the telling is due."""
    with clock.played_at(clock.now() + timedelta(minutes=2)):
        telling.chore()


def kill() -> None:
    """Kill the process that is named when some were told, and before all are."""
    while not Nudge.objects.exists():
        clock.pause(0.005)
    os.kill(int(sys.argv[2]), signal.SIGKILL)


if __name__ == "__main__":
    {"set_up": set_up, "told": told, "chase": chase, "kill": kill}[sys.argv[1]]()
