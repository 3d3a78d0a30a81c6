"""muster check"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, gettext_noop

from muster.foundation import registry
from muster.foundation.command import MusterCommand
from muster.foundation.registry import CHECKS, Table


class Command(MusterCommand):
    help = gettext_noop(
        "Look at settings, database, migrations, triggers, keys, disk, clock and jobs, and list what each room offers."
    )

    def run(self, **_: Any) -> None:
        wrong = 0
        for check in CHECKS.values():
            found = check.look()
            wrong += len(found)
            words = gettext("%(what)s:") if found else gettext("%(what)s: well")
            print(words % {"what": check.name})
            for problem in found:
                print(f"  {problem}")
            if check.key == "migrations" and found:
                # Nothing below can be asked of tables that are not there.
                break
        for table in vars(registry).values():
            if isinstance(table, Table):
                # The keys are the programs' own: the same in every language.
                words = gettext("%(what)s: %(keys)s") if len(table) else gettext("%(what)s: none")
                print(words % {"what": table.name, "keys": ", ".join(table)})
        if wrong:
            raise SystemExit(1)
