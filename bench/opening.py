"""Opening a roll of 138,000 names as a job: staged by 2,000, then shown at once.

Beside it, the same entries and marks by the fastest way that the plain driver offers, in transactions of 2,000.
"""

from __future__ import annotations

import resource
import time
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from bench import fill, ground
from bench.ground import Figure
from bench.raw import DIGEST, Raw

NAMES = 138_000
SECONDS_MAX = 60
SLICE = 2000


def main() -> None:
    """Print the figures."""
    ground.set_up()
    here = ground.district()
    taken, slowest = opened(here)
    raw = raw_opened(here)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    ground.give_back(
        [
            Figure(
                f"opening a roll of {NAMES:,} as a job, s",
                f"{taken:.1f}",
                f"{raw:.1f}",
                f"{taken / raw:.1f}",
                f"≤ {SECONDS_MAX} s",
                taken <= SECONDS_MAX,
            ),
            Figure("its slowest slice, s: how long a writer on SQLite may wait", f"{slowest:.2f}"),
            Figure("peak memory of the process, MB", f"{memory:.0f}"),
        ]
    )


def opened(here: ground.District) -> tuple[float, float]:
    """(seconds from the action to the open roll, seconds of the slowest slice)."""
    from muster.foundation import clock, jobs
    from muster.foundation.action import action
    from muster.foundation.ids import new_id
    from muster.foundation.models import Job
    from muster.foundation.registry import ROLL_KINDS
    from muster.organisation.models import Unit
    from muster.roll import coverage
    from muster.roll.kinds import Expected, Outcome, RollKind, Words
    from muster.roll.models import Roll
    from muster.roll.opening import open_roll

    wanted = [Expected(unit, kind, subject) for unit, kind, subject in fill.places(here, NAMES)]
    places = sorted(wanted, key=lambda e: e.subject_id)

    def expected(roll: Roll, after: UUID | None, count: int) -> Sequence[Expected]:
        start = bisect_right(places, after, key=lambda e: e.subject_id) if after else 0
        return places[start : start + count]

    words = Words("visited", "not visited", "places")
    ROLL_KINDS.add("bench.sweep", RollKind("bench.sweep", "Sweep", words, {"met": Outcome("met")}, expected))

    @action("bench.sweep", roles=("commander",))
    def sweep(*, by: Any, roll: Roll) -> Roll:
        return open_roll(roll, places)

    root = Unit.objects.get(parent__isnull=True)
    roll = Roll(key="sweep", kind="bench.sweep", title="Sweep", incident=here.incident, held_by=root)
    roll.source_kind, roll.source_id = "bench", new_id()
    began = time.perf_counter()
    sweep(by=here.chief, roll=roll)
    job = Job.objects.get(verb="roll.open")
    slices = []
    while job.state in (Job.State.WAITING, Job.State.RUNNING):
        slice_began = time.perf_counter()
        jobs.do_slice(job)
        slices.append(time.perf_counter() - slice_began)
        job.refresh_from_db()
    taken = time.perf_counter() - began
    roll.refresh_from_db()
    counted = coverage.count([roll], clock.now())[roll.pk]
    assert counted.of(unit.pk for unit in here.units).outstanding == NAMES, job.error
    return taken, max(slices)


def raw_opened(here: ground.District) -> float:
    """Seconds that the plain driver needs for the same entries and marks, on a roll of its own."""
    raw = Raw()
    uuid, no = raw.uuid, False if raw.postgresql else 0
    roll = fill.rolls(here, 1, here.incident.opened_at)[0].pk
    places = fill.places(here, NAMES)
    began = time.perf_counter()
    for start in range(0, NAMES, SLICE):
        raw.begin()
        now, line, fact = raw.now(), uuid(uuid7()), uuid(uuid7())
        entries, marks = [], []
        for unit, kind, subject in places[start : start + SLICE]:
            entry, at_unit = uuid(uuid7()), uuid(unit)
            state = ("outstanding", "", no, no, no, 1, 0, "", DIGEST)
            entries.append((entry, uuid(roll), at_unit, kind, uuid(subject), "", *state))
            change = (1, None, "outstanding", "", 0, 0, "roll.ruling", fact, "", "", None, now)
            marks.append((uuid(uuid7()), line, *change, entry, uuid(roll), at_unit))
        raw.insert_many("roll_entry", entries)
        raw.insert_many("roll_mark", marks)
        raw.commit()
    taken = time.perf_counter() - began
    raw.close()
    return taken


if __name__ == "__main__":
    main()
