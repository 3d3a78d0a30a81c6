"""In a process of its own, on a played drill: let 50 people go, forget them after their time, tell what is known.

python -m tests.vault.forgetful let_go FILE    ends their places, keeps an ID number of each, writes who they are
python -m tests.vault.forgetful forget DAYS    the clockwork, so many days later
python -m tests.vault.forgetful figures        all figures as JSON
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from muster.foundation import clock, database, jobs  # noqa: E402
from muster.foundation.action import action  # noqa: E402
from muster.foundation.models import Job  # noqa: E402
from muster.foundation.registry import CHORES  # noqa: E402
from muster.foundation.rights import HOUSE, Actor, house  # noqa: E402
from muster.organisation.models import Appointment, Person  # noqa: E402
from muster.roll.coverage import count  # noqa: E402
from muster.roll.models import Roll  # noqa: E402
from muster.vault.particulars import NewParticular, keep, open_all  # noqa: E402
from muster.vault.purposes import CONTACT, IDENTITY  # noqa: E402

MANY = 50
SCRUBBED_SECONDS_MAX = 300


@action("test.let_go", roles=(HOUSE,))
def _let_go(*, by: Actor, people: list[Person]) -> None:
    until = clock.now() + timedelta(days=400)
    keep([NewParticular("person", p.pk, IDENTITY, _id_of(p), until) for p in people])
    Appointment.objects.filter(person__in=people).update(until=clock.now())


def _id_of(person: Person) -> str:
    return f"110101{person.pk.int % 10**11:011d}X"


def let_go(file: str) -> None:
    """Members whose name nobody shares, not even in part."""
    everybody = list(Person.objects.order_by("number"))
    words = Counter(word for p in everybody for word in {p.name, *p.name.split()})
    alone = [p for p in everybody if not p.appointments.filter(leads=True).exists() and words[p.name] == 1]
    chosen = [p for p in alone if not any(p.name in q.name for q in everybody if q.pk != p.pk)][:MANY]
    assert len(chosen) == MANY
    phones = open_all("person", [p.pk for p in chosen], CONTACT, clock.now())
    assert len(phones) == MANY
    _let_go(by=house("test"), people=chosen)
    known = [word for p in chosen for word in (p.name, p.pinyin, p.folded, phones[p.pk], _id_of(p))]
    Path(file).write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")


def forget(days: str) -> None:
    """All chores and jobs, after the drill's clock went so many days on."""
    database.run_clock_on_from(clock.now() + timedelta(days=int(days)))
    done = {name: chore() for name, chore in CHORES.items() if name in ("retention", "register")}
    # As in life a tick tries again, while somebody reads as of before: here the tests of the other worker.
    ends = clock.monotonic() + SCRUBBED_SECONDS_MAX
    while jobs.work() == 0 and Job.objects.filter(state__in=jobs.OPEN).exists() and clock.monotonic() < ends:
        clock.pause(0.5)
    assert not Job.objects.exclude(state=Job.State.DONE).exists()
    print(json.dumps(done))


def figures() -> None:
    """The coverage of each roll by unit."""
    at = clock.settled()
    rolls = list(Roll.objects.order_by("pk"))
    found: dict[str, Any] = {}
    for roll, counted in count(rolls, at).items():
        found[str(roll)] = {str(unit): str(row) for unit, row in sorted(counted.units.items())}
    print(json.dumps(found, sort_keys=True))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
