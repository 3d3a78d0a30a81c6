"""muster tick"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from muster.foundation import clockwork, jobs
from muster.foundation.command import MusterCommand


class Command(MusterCommand):
    help = "Do the clockwork's chores once; for cron, where `muster serve` does not run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help="take up again the jobs that `muster check` calls ended"
        )

    def run(self, again: bool = False, **_: Any) -> None:
        if again:
            print(f"jobs taken up again: {jobs.again()}")
        mine = clockwork.ticker()
        try:
            done = mine.tick()
        finally:
            mine.release()
        if done is None:
            print("somebody else holds the clockwork")
            return
        print(", ".join(f"{name} {count}" for name, count in done.items()))
