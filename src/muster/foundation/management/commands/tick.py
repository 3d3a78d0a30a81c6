"""muster tick"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext, gettext_noop

from muster.foundation import clockwork, jobs
from muster.foundation.command import MusterCommand
from muster.foundation.errors import Text, text
from muster.foundation.registry import require_no_obstacle

NAMES: dict[str, Text] = {
    "seal": text("lines sealed"),
    "closings": text("closings written"),
    "retention": text("particulars erased"),
    "register": text("names blanked"),
    "sheets": text("rows of old imports dropped"),
    "final reports": text("final reports issued"),
    "tries": text("old counts of wrong tries forgotten"),
    "sign-ins": text("old sign-ins forgotten"),
    "chasing": text("tellings of ladders put"),
    "notices": text("notices put"),
    "messages": text("messages sent"),
    "sessions": text("ended sessions cleared"),
    "jobs": text("slices of jobs done"),
}
"""How the reader is told of a chore, whichever room it is of; of another by its key."""


class Command(MusterCommand):
    help = gettext_noop("Do the clockwork's chores once; for cron, where `muster serve` does not run.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help=gettext("take up again the jobs that `muster check` calls ended")
        )

    def run(self, again: bool = False, **_: Any) -> None:
        require_no_obstacle()
        if again:
            print(gettext("jobs taken up again: %(count)s") % {"count": jobs.again()})
        mine = clockwork.ticker()
        try:
            done = mine.tick()
        finally:
            mine.release()
        if done is None:
            print(gettext("somebody else holds the clockwork"))
            return
        words = gettext("%(what)s: %(count)s")
        print(", ".join(words % {"what": NAMES.get(name, name), "count": count} for name, count in done.items()))
