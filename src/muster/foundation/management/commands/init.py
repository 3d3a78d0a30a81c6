"""muster init"""

from __future__ import annotations

from typing import Any

from muster.foundation import database, keys
from muster.foundation.command import MusterCommand


class Command(MusterCommand):
    help = "Make an empty database ready to use, with its keys; an existing key is never overwritten."

    def run(self, **_: Any) -> None:
        row = database.make_ready(drill=False)
        print(f"database {row.id_public} is ready; its keys lie in {keys.folder()}")
        print("Keep a copy of that folder somewhere else: without it nothing encrypted can be read again.")
