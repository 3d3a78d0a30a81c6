"""When people answer: hours that count fully by day, half in the evening, hardly at night."""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from datetime import datetime, timedelta
from itertools import accumulate

# minute of the day from which a weight holds
WEIGHTS = ((0, 0.012), (390, 0.45), (480, 1.0), (720, 0.55), (840, 1.0), (1080, 0.85), (1260, 0.4),
           (1380, 0.012))  # fmt: skip


def weight(minute: int) -> float:
    """How much a minute of the day counts."""
    return [value for start, value in WEIGHTS if start <= minute][-1]


class Daytime:
    """A clock of waking hours over one play, from `start` to `end` (both local, naive)."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        first = start.hour * 60 + start.minute
        minutes = int((end - start).total_seconds() // 60)
        steps = (weight((first + n) % 1440) / 60 for n in range(minutes))
        self.sums = [0.0, *accumulate(steps)]

    def after(self, moment: datetime, hours: float, rng: random.Random) -> datetime | None:
        """The moment `hours` waking hours later, to a random second; None beyond the end."""
        done = self.sums[int((moment - self.start).total_seconds() // 60)]
        place = bisect_left(self.sums, done + hours)
        if place >= len(self.sums):
            return None
        found = self.start + timedelta(minutes=place, seconds=int(60 * rng.random()))
        return max(found, moment + timedelta(seconds=20 + int(40 * rng.random())))

    def late(self, first: datetime, last: datetime, rng: random.Random) -> datetime:
        """A waking moment between the two, for stragglers."""
        while True:
            span = (last - first).total_seconds()
            found = first + timedelta(seconds=int(rng.random() * span))
            if rng.random() < weight(found.hour * 60 + found.minute):
                return found


def lognormal(rng: random.Random, median: float, spread: float) -> float:
    """A delay with a long tail: half of them are shorter than `median`."""
    return median * math.exp(spread * rng.gauss(0.0, 1.0))
