"""The past and the present, at 100,000 and at 2,000,000 marks in 30 rolls.

One roll keeps its size (8,163 names, 24,489 marks) while the others grow: its coverage and its names, now and as of a
past moment, may not feel it. The board counts all 30 rolls. Closings are written daily by the program itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bench import fill, ground
from bench.ground import Figure

ROLLS = 30
SMALL, LARGE = 100_000, 2_000_000
DAYS = 30
RUNS = 15


def main() -> None:
    """Print the figures."""
    ground.set_up()
    from muster.foundation import clock
    from muster.foundation.command import without_time_limit

    here = ground.district()
    without_time_limit()
    end = clock.now() - timedelta(seconds=30)
    opened = end - timedelta(days=DAYS)
    constant, *growing = fill.rolls(here, ROLLS, opened)
    members = [(unit, "person", person) for unit, people in here.people.items() for person in people]
    marks = fill.fill(constant, members, opened, end, 0)
    small = grow(here, growing, SMALL - marks, opened, end)
    at_small = times([constant, *growing], opened)
    large = grow(here, growing, LARGE - marks - small, opened, end)
    at_large = times([constant, *growing], opened)
    print(f"{marks + small:,} marks, then {marks + small + large:,}")
    ground.give_back(figures(at_small, at_large))


def grow(here: ground.District, rolls: Sequence[Any], marks: int, opened: datetime, end: datetime) -> int:
    """Share so many marks out among the rolls, and close their days anew; returns how many were written."""
    from django.db import connection

    from muster.roll import closings

    began = time.perf_counter()
    each = marks // len(rolls) // 3
    done = sum(fill.fill(roll, fill.places(here, each), opened, end, i) for i, roll in enumerate(rolls, start=1))
    with connection.cursor() as cursor:
        # Marks of the past were added, which never happens in life: what was closed is closed anew.
        cursor.execute("DELETE FROM roll_closing")
        filled = time.perf_counter()
        closed = closings.close_days(end)
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")  # what autovacuum does by itself a minute later
    print(f"filled in {filled - began:.0f} s, {closed} closings in {time.perf_counter() - filled:.0f} s")
    return done


def times(rolls: Sequence[Any], opened: datetime) -> dict[str, float]:
    """What each question takes, in milliseconds, the best of some runs."""
    from muster.foundation import clock
    from muster.organisation.asking import district
    from muster.roll import closings, coverage

    one, now = rolls[0], clock.settled()
    middle = opened + timedelta(days=DAYS / 2)
    closed = closings.day_ends(opened, middle, district())[-1]
    past = closed + timedelta(hours=12)
    asked: dict[str, Callable[[], object]] = {
        "one roll, now": lambda: coverage.count([one], now),
        "one roll, past": lambda: coverage.count([one], past),
        "names of one roll, now": lambda: coverage.names(one, now),
        "names of one roll, past": lambda: coverage.names(one, past),
        "board of 30 rolls, now": lambda: coverage.count(rolls, now),
        "board of 30 rolls, past, 12 h after the closing": lambda: coverage.count(rolls, past),
        "board of 30 rolls, past, 23 h after the closing": lambda: coverage.count(rolls, past + timedelta(hours=11)),
    }
    return {what: ground.best_ms(do, RUNS) for what, do in asked.items()}


def figures(small: dict[str, float], large: dict[str, float]) -> list[Figure]:
    """Each question at both sizes: the small one stands in the column of what it costs without the growth."""
    found = []
    for what, at_large in large.items():
        ratio = at_large / small[what]
        board = what.startswith("board")
        if board and "past" in what:
            target, ok = "≤ 150 ms", at_large <= 150
        else:
            most = 1.3 if board else 1.6
            target, ok = f"ratio ≤ {most}", ratio <= most
        found.append(
            Figure(
                f"{what}: ms at 2 M marks, raw: at 100 k",
                f"{at_large:.1f}",
                f"{small[what]:.1f}",
                f"{ratio:.2f}",
                target,
                ok,
            )
        )
    return found


if __name__ == "__main__":
    main()
