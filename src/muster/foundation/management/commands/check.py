"""muster check"""

from __future__ import annotations

from typing import Any

from muster.foundation import registry
from muster.foundation.command import MusterCommand
from muster.foundation.registry import CHECKS, Table


class Command(MusterCommand):
    help = (
        "Look at settings, database, migrations, triggers, keys, disk, clock and jobs, and list what each room offers."
    )

    def run(self, **_: Any) -> None:
        wrong = 0
        for check in CHECKS.values():
            found = check.look()
            wrong += len(found)
            print(f"{check.key}: {'well' if not found else ''}")
            for problem in found:
                print(f"  {problem}")
            if check.key == "migrations" and found:
                # Nothing below can be asked of tables that are not there.
                break
        for table in vars(registry).values():
            if isinstance(table, Table):
                print(f"{table.name}: {', '.join(table) or 'none'}")
        if wrong:
            raise SystemExit(1)
