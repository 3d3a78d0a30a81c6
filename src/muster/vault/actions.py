"""The verbs of the vault: erase what has ended, renew what an old key made, note that keys were changed or copied."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from muster.foundation import jobs
from muster.foundation.action import action, current_line, locked
from muster.foundation.rights import HOUSE, Actor
from muster.vault import matching, particulars
from muster.vault.erasing import erase
from muster.vault.models import Erasure, Match, Particular


@action("vault.erase_particulars", roles=(HOUSE,))
def erase_particulars(*, by: Actor, ids: Collection[UUID], cause: Erasure.Cause) -> int:
    """Erase these particulars, at most some hundreds at once; returns how many there still were.

    What has ended is erased because its day has come; what a restored backup knew, because it was erased before.
    """
    at = locked()
    rows = list(Particular.objects.select_for_update().filter(pk__in=ids, body__isnull=False).defer("body"))
    if cause is Erasure.Cause.ENDED:
        rows = [row for row in rows if row.expires_at <= at]
    erase(rows, cause)
    current_line().note(f"count:{len(rows)}")
    return len(rows)


@action("vault.renew_particulars", roles=(HOUSE,))
def renew_particulars(*, by: Actor, ids: Collection[UUID]) -> int:
    """Encrypt these particulars by the key in force and make their matches by the one in force; returns how many.

    What cannot be read stays as it is: `muster verify` names it.
    """
    renewed = []
    for row in Particular.objects.select_for_update().filter(pk__in=ids, body__isnull=False):
        content = particulars.content_of(row)
        if content is not None:
            row.key_id, row.body = particulars.sealed(row.subject_kind, row.subject_id, row.purpose, content)
            row.save(update_fields=["key_id", "body"])
            renewed.append((row, content))
    Match.objects.filter(particular__in=[row.pk for row, _content in renewed]).delete()
    matching.write(renewed)
    current_line().note(f"count:{len(renewed)}")
    return len(renewed)


RENEW = "vault.renew"
"""The job after a rotation."""


@action("vault.note_rotation", roles=(HOUSE,))
def note_rotation(*, by: Actor, purpose: str, key_id: str, renew: int) -> None:
    """A key was rotated: which, and how many particulars are to be renewed, which the clockwork then does.

    Each rotation has a job of its own: one that runs already is past some of what this key makes old.
    """
    current_line().note(f"{purpose}-{key_id}", f"count:{renew}")
    if renew:
        jobs.start(RENEW, by=by.name, of=renew)


@action("vault.note_key_copy", roles=(HOUSE,))
def note_key_copy(*, by: Actor, count: int) -> None:
    """All keys were written into a file under a passphrase: how many."""
    current_line().note(f"count:{count}")
