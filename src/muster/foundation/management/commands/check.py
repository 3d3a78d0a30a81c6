"""muster check"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext, gettext_noop, ngettext

from muster.foundation import registry
from muster.foundation.command import MusterCommand
from muster.foundation.registry import CHECKS, Table

NAMED = re.compile(r"[0-9A-Za-z_./:-]*[0-9_][0-9A-Za-z_./:-]*")
"""What tells two faults of a kind apart: an id, a number, the name of a trigger or a file."""


class Command(MusterCommand):
    help = gettext_noop(
        "Look at settings, database, migrations, triggers, keys, disk, clock and jobs, and list what each room offers."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--verbose", action="store_true", help=gettext("every fault, and what each room offers, by name")
        )

    def run(self, verbose: bool = False, **_: Any) -> None:
        wrong = 0
        for check in CHECKS.values():
            found = check.look()
            wrong += len(found)
            words = gettext("%(what)s:") if found else gettext("%(what)s: well")
            print(words % {"what": check.name})
            for line in found if verbose else grouped(found):
                print(f"  {line}")
            if check.key == "migrations" and found:
                # Nothing below can be asked of tables that are not there.
                break
        _tell_offers(verbose)
        if wrong:
            raise SystemExit(1)


def grouped(found: Sequence[str]) -> list[str]:
    """Faults of one kind on one line, the first as it is told and how many more there are: ids fill no screen."""
    kinds: dict[str, list[str]] = {}
    for problem in found:
        kinds.setdefault(NAMED.sub("*", problem), []).append(problem)
    lines = []
    for alike in kinds.values():
        more = len(alike) - 1
        words = ngettext("%(first)s (and %(count)s more like it)", "%(first)s (and %(count)s more like it)", more)
        lines.append(words % {"first": alike[0], "count": more} if more else alike[0])
    return lines


def _tell_offers(verbose: bool) -> None:
    """What each room offers: how many of each table, with --verbose by their keys."""
    for table in vars(registry).values():
        if isinstance(table, Table):
            # The keys are the programs' own: the same in every language.
            words = gettext("%(what)s: %(keys)s") if len(table) else gettext("%(what)s: none")
            print(words % {"what": table.name, "keys": ", ".join(table) if verbose else len(table)})
