"""Erasing: the body goes, the envelope stays, and it is written down that it was done. Inside an action.

Before any of it, outside the action, `journal.write` has named what is about to be erased (docs/rules/vault.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from muster.foundation import jobs, sql
from muster.foundation.action import locked
from muster.foundation.facts import record
from muster.foundation.ids import new_id
from muster.foundation.models import Job
from muster.vault.models import Erasure, Match, Particular

SCRUB = "vault.scrub"


def erase(particulars: Sequence[Particular], cause: Erasure.Cause) -> None:
    """Empty particulars and let their matches go; of those that are erased already nothing is written again."""
    at = locked()
    for part in sql.slices([row.pk for row in particulars]):
        Match.objects.filter(particular__in=part).delete()
        Particular.objects.filter(pk__in=part).update(body=None, erased_at=at)
    say([(row.subject_kind, row.subject_id, row.purpose) for row in particulars], cause)


def say(erased: Sequence[tuple[str, UUID, str]], cause: Erasure.Cause) -> None:
    """Record what was erased, (kind of subject, its id, purpose), and have what is left of it on the disk removed."""
    at = locked()
    record(
        [
            sql.fresh(
                Erasure,
                id=new_id(),
                line=None,
                at=at,
                subject_kind=kind,
                subject_id=of,
                purpose=purpose,
                cause=cause.value,
            )
            for kind, of, purpose in erased
        ]
    )
    if erased and not Job.objects.filter(verb=SCRUB, state=Job.State.WAITING).exists():
        jobs.start(SCRUB, by="vault")
