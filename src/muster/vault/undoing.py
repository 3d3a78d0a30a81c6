"""Taking back what was kept by mistake: an import that is undone leaves no particular, and no envelope of one."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from muster.foundation import sql
from muster.vault.models import Particular


def remove(kind: str, subjects: Collection[UUID], purpose: str | None = None) -> None:
    """Drop particulars with their matches, as if they had never been kept; inside an action.

    Not the way to erase somebody: an erasure is recorded and stays erased after a restore.
    """
    for part in sql.slices(list(subjects)):
        found = Particular.objects.filter(subject_kind=kind, subject_id__in=part)
        (found.filter(purpose=purpose) if purpose else found).delete()
