"""muster init"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, gettext_noop

from muster.foundation import database, keys
from muster.foundation.command import MusterCommand


class Command(MusterCommand):
    help = gettext_noop("Make an empty database ready to use, with its keys; an existing key is never overwritten.")

    def run(self, **_: Any) -> None:
        row = database.make_ready(drill=False)
        words = gettext("database %(id)s is ready; its keys lie in %(folder)s")
        print(words % {"id": row.id_public, "folder": keys.folder()})
        print(gettext("Next: `muster serve`; on an empty database it says how the district is set up."))
        print(gettext("Keep a copy of that folder somewhere else: without it nothing encrypted can be read again."))
