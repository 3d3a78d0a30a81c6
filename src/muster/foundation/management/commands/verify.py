"""muster verify"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext, gettext_noop

from muster.foundation import clock, seals
from muster.foundation.command import MusterCommand, without_time_limit
from muster.foundation.errors import Text, text
from muster.foundation.registry import PROOFS

NAMES: dict[str, Text] = {
    "triggers": text("triggers"),
    "facts": text("facts"),
    "corrections": text("corrections"),
    "audit": text("audit"),
    "seals": text("seals"),
    "tree": text("tree"),
    "names": text("names and what they are found by"),
    "particulars": text("particulars"),
    "matches and erasures": text("matches and erasures"),
    "rolls": text("rolls"),
    "marks": text("marks"),
    "entries": text("entries"),
    "tallies": text("tallies"),
    "closings": text("closings"),
    "facts of marks": text("facts of marks"),
    "reports": text("reports"),
}
"""How the reader is told of a proof, whichever room it is of; of another by its key."""


class Command(MusterCommand):
    help = gettext_noop("Prove that marks, entries, tallies, facts, triggers, the audit log and its seals agree.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--seal", metavar="HASH", help=gettext("prove that this printed seal still stands in the chain")
        )

    def run(self, seal: str | None = None, **_: Any) -> None:
        without_time_limit()
        different = 0
        for key, prove in PROOFS.items():
            found = prove(seal=seal)
            different += len(found)
            words = gettext("%(what)s: %(count)s differ") if found else gettext("%(what)s: well")
            print(words % {"what": NAMES.get(key, key), "count": len(found)})
            for difference in found:
                print(f"  {difference}")
        _tell_unsealed(seals.oldest_unsealed_at())
        if different:
            print(gettext("muster verify: %(count)s differences") % {"count": different}, file=sys.stderr)
            raise SystemExit(1)


def _tell_unsealed(oldest: datetime | None) -> None:
    """From when on lines of the audit log are not sealed yet."""
    if oldest is None:
        print(gettext("not sealed yet: nothing"))
        return
    minutes = max(clock.now() - oldest, timedelta()) // timedelta(minutes=1)
    words = gettext("not sealed yet: lines from %(at)s (%(minutes)s minutes ago) on")
    print(words % {"at": oldest.isoformat(timespec="seconds"), "minutes": minutes})
