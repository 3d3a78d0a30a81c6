"""`muster verify` at 2,000,000 marks.

Facts, marks, audit lines (one for 20 answers), seals and closings stand as after a month; each proof is timed apart.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta

from bench import fill, ground
from bench.ground import Figure

ROLLS = 30
MARKS = int(os.environ.get("BENCH_VERIFY_MARKS", "2000000"))
DAYS = 30


def main() -> None:
    """Print the figures."""
    ground.set_up()
    from muster.foundation import clock, seals
    from muster.foundation.command import without_time_limit
    from muster.foundation.models import AuditLine
    from muster.foundation.registry import PROOFS
    from muster.roll import closings

    here = ground.district()
    without_time_limit()
    end = clock.settled()
    opened = end - timedelta(days=DAYS)
    each = MARKS // ROLLS // 3
    rolls = fill.rolls(here, ROLLS, opened)
    marks = sum(fill.fill(roll, fill.places(here, each), opened, end, i) for i, roll in enumerate(rolls))
    closings.close_days(end)
    clock.pause(10)  # the moments become settled
    began = time.perf_counter()
    sealed = seals.seal_settled()
    figures = [
        Figure(f"sealing {sealed:,} lines, s", f"{time.perf_counter() - began:.1f}"),
    ]
    total = 0.0
    for name, prove in PROOFS.items():
        began = time.perf_counter()
        found = prove()
        taken = time.perf_counter() - began
        total += taken
        assert not found, (name, found[:3])
        figures.append(Figure(f"proof of {name}, s", f"{taken:.1f}"))
    whole = f"muster verify of {marks:,} marks and {AuditLine.objects.count():,} lines, s"
    ground.give_back([Figure(whole, f"{total:.1f}"), *figures])


if __name__ == "__main__":
    main()
