"""muster verify"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandParser

from muster.foundation import clock, seals
from muster.foundation.command import MusterCommand, without_time_limit
from muster.foundation.registry import PROOFS


def _told(moment: datetime) -> str:
    minutes = max(clock.now() - moment, timedelta()) // timedelta(minutes=1)
    return f"{moment.isoformat(timespec='seconds')} ({minutes} minutes ago)"


class Command(MusterCommand):
    help = "Prove that marks, entries, tallies, facts, triggers, the audit log and its seals agree."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seal", metavar="HASH", help="prove that this printed seal still stands in the chain")

    def run(self, seal: str | None = None, **_: Any) -> None:
        without_time_limit()
        different = 0
        for name, prove in PROOFS.items():
            found = prove(seal=seal)
            different += len(found)
            print(f"{name}: {'well' if not found else f'{len(found)} differ'}")
            for difference in found:
                print(f"  {difference}")
        oldest = seals.oldest_unsealed_at()
        print(f"not sealed yet: {'nothing' if oldest is None else f'lines from {_told(oldest)} on'}")
        if different:
            print(f"muster verify: {different} differences", file=sys.stderr)
            raise SystemExit(1)
