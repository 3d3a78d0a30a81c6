"""muster tick"""

from __future__ import annotations

from typing import Any

from muster.foundation import clockwork
from muster.foundation.command import MusterCommand


class Command(MusterCommand):
    help = "Do the clockwork's chores once; for cron, where `muster serve` does not run."

    def run(self, **_: Any) -> None:
        mine = clockwork.ticker()
        try:
            done = mine.tick()
        finally:
            mine.release()
        if done is None:
            print("somebody else holds the clockwork")
            return
        print(", ".join(f"{name} {count}" for name, count in done.items()))
