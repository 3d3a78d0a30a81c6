"""muster restore"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext, gettext_noop

from muster.foundation import backup
from muster.foundation.command import MusterCommand


class Command(MusterCommand):
    help = gettext_noop("Put a backup into an empty place; what was erased since it was made is erased again.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help=gettext("a file of `muster backup`"))
        parser.add_argument(
            "--without-keys",
            action="store_true",
            help=gettext(
                "the keys are lost for good: nothing encrypted can be read, and erasures cannot be done again"
            ),
        )

    def run(self, **options: Any) -> None:
        done = backup.restore(options["file"], without_keys=options["without_keys"])
        newest = done.newest.isoformat(timespec="seconds") if done.newest else "–"
        words = gettext("database %(id)s is restored; the newest line of its log is of %(newest)s")
        print(words % {"id": done.id_public, "newest": newest})
        print(gettext("erased again by the journal: %(count)s") % {"count": done.erased_again})
        print(gettext("Everybody signs in anew. Run `muster verify`, then `muster serve`."))
