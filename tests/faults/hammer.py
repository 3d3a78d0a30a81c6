"""The hammer, as a script on a database of its own: many processes at the same 500 entries.

    python -m tests.faults.hammer prepare        an order to 100 units that calls 400 people up
    python -m tests.faults.hammer strike WORKERS SECONDS LOG
                                                 processes answer, correct, excuse, take back, hand over, and are killed

What a caller must never see (a deadlock, a lock that was not had, any error but a refusal) is written to LOG.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

UNITS = 100
PEOPLE_PER_UNIT = 4


def prepare() -> None:
    """Set the district up and issue the order."""
    from muster.foundation import clock, database
    from muster.foundation.rights import house
    from muster.mobilisation.actions import Draft, draft_order, issue_order, set_series
    from muster.organisation import actions as organisation
    from muster.organisation.models import Account, Unit
    from muster.organisation.people import actor_of
    from muster.roll.models import Reason

    database.make_ready(drill=True)
    by, long_ago, now = house("test"), datetime(2019, 1, 1, tzinfo=UTC), clock.machine_now()
    organisation.register_kinds(
        by=by, kinds=[organisation.NewKind("district", "District", 1), organisation.NewKind("post", "Post", 2)]
    )
    units = [organisation.NewUnit("R", "T", "Root", "Root", "district", "", date(2019, 1, 1))]
    units += [organisation.NewUnit(f"U{i}", "T", f"Unit {i}", "", "post", "R", date(2019, 1, 1)) for i in range(UNITS)]
    ids = organisation.register_units(by=by, units=units, opened_at=long_ago)
    root = Unit.objects.get(pk=ids["R"])
    organisation.set_up_district(by=by, root=root, zone="UTC", day_starts_at=time(0), language="en")
    people = [organisation.NewPerson("chief", "Chief", ids["R"], "Chief", True)]
    people += [
        organisation.NewPerson(f"p{u}-{i}", f"Person {u} {i}", ids[f"U{u}"], "Member", i == 0)
        for u in range(UNITS)
        for i in range(PEOPLE_PER_UNIT)
    ]
    organisation.register_people(by=by, people=people, since=long_ago)
    chief = Account.objects.get(name="chief")
    organisation.grant_role(by=by, account=chief, role="commander", unit=root, since=long_ago)
    uses = ("excuse", "cannot", "withdrawal", "hand_over", "correction")
    Reason.objects.bulk_create([Reason(use=use, code="r", text="r") for use in uses])
    incident = organisation.open_incident(by=by, key="i", name="I", kind="k", opened_at=now - timedelta(hours=1))
    set_series(by=by, issuer=root, pattern="{n}", needs_signature=False)
    commander = actor_of(chief, "command")
    content = Draft(
        key="o", title="T", text="x", effective_at=now, audience="kind:post", call_up="kind:post", founding=True
    )
    issue_order(by=commander, draft=draft_order(by=commander, issuer=root, incident=incident, draft=content))


def strokes(rng: random.Random) -> list[Callable[[], Any]]:
    """What a worker may do, each stroke at a random place."""
    from muster.mobilisation import answers
    from muster.mobilisation.models import Order
    from muster.organisation.models import Account, Person, Unit
    from muster.organisation.people import actor_of
    from muster.roll import actions as roll
    from muster.roll.models import Entry

    by = actor_of(Account.objects.get(name="chief"), "command")
    order = Order.objects.get()
    units = {u.pk: u for u in Unit.objects.all()}
    root = next(u for u in units.values() if u.parent_id is None)
    posts = [u for u in units.values() if u.parent_id is not None]
    people = list(Person.objects.exclude(number="chief"))

    def where(subject: Any) -> Unit:
        found = Entry.objects.filter(subject_id=subject.pk).order_by("roll__key").first()
        return units[found.unit_id] if found else root

    def unit_answers(verb: Callable[..., Any], **more: Any) -> None:
        subject = rng.choice(posts)
        verb(by=by, unit=where(subject), order=order, subject=subject.pk, **more)

    def person_answers(verb: Callable[..., Any], **more: Any) -> None:
        person = rng.choice(people)
        found = Entry.objects.get(subject_id=person.pk)
        verb(by=by, unit=units[found.unit_id], person=person, order=order, **more)

    def entries(verb: Callable[..., Any], **more: Any) -> None:
        some = rng.sample(people, rng.choice((1, 1, 5, 20)))
        verb(
            by=by,
            entries=list(Entry.objects.filter(subject_id__in=[p.pk for p in some]).values_list("pk", flat=True)),
            **more,
        )

    def hand_over() -> None:
        one, other = rng.sample(posts, 2)
        roll.hand_over_entries(by=by, parent=root, unit=one, into=other, reason="r")

    return [
        lambda: unit_answers(answers.acknowledge, outcome=rng.choice(("will_do", "cannot")), reason="r"),
        lambda: unit_answers(answers.correct_acknowledgement, outcome=rng.choice(("will_do", "cannot")), reason="r"),
        lambda: unit_answers(answers.withdraw_acknowledgement, reason="r"),
        lambda: person_answers(answers.report_in),
        lambda: person_answers(answers.report_in),
        lambda: person_answers(answers.withdraw_report_in, reason="r"),
        lambda: entries(roll.excuse, reason="r"),
        lambda: entries(roll.lift_excuse),
        hand_over,
    ]


def work(seed: int, log: Path) -> None:
    """Strike until killed."""
    from muster.foundation.errors import Refusal

    rng = random.Random(seed)
    ready = strokes(rng)
    while True:
        try:
            rng.choice(ready)()
        except Refusal as refusal:
            # A refusal is an answer; that the database was too slow is not one that a caller should get.
            if refusal.status >= 500:
                _note(log, refusal.code)
        except Exception as error:
            _note(log, f"{type(error).__name__}: {error}".splitlines()[0])


def strike(workers: int, seconds: float, log: Path) -> int:
    """Fork workers, kill one after another with -9 and fork it anew; returns how many were killed at work.

    They are forked from a process that has everything loaded and no connection, so that they strike at once.
    """
    rng, end, killed, seed = random.Random(1), monotonic() + seconds, 0, 0
    running: list[int] = []

    def start() -> None:
        nonlocal seed
        seed += 1
        child = os.fork()
        if child == 0:
            work(seed, log)
        running.append(child)

    for _ in range(workers):
        start()
    while monotonic() < end:
        sleep(rng.uniform(0.3, 1.0))
        _kill(running.pop(rng.randrange(len(running))))
        killed += 1
        start()
    for child in running:
        _kill(child)
    return killed


def _kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _note(log: Path, words: str) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{words}\n")


def main() -> None:
    """Prepare or strike."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "muster.website.settings")
    django.setup()
    if sys.argv[1] == "prepare":
        prepare()
    else:
        print(strike(int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])))


if __name__ == "__main__":
    main()
