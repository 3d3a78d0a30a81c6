"""Who opened what of whom: a row for each particular that somebody else read, with the line of the log."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from muster.foundation.action import locked
from muster.foundation.facts import record
from muster.foundation.ids import new_id
from muster.foundation.rights import Actor
from muster.foundation.sql import fresh
from muster.vault.models import Reading


def note(by: Actor, kind: str, subjects: Collection[UUID], purpose: str, way: Reading.Way) -> None:
    """Write down, inside the action that opens them, whose particulars are read. One's own are no reading."""
    at = locked()
    record(
        [
            fresh(
                Reading,
                id=new_id(),
                line=None,
                at=at,
                by_account=by.account_id,
                by_person=by.person_id,
                subject_kind=kind,
                subject_id=subject,
                purpose=purpose,
                way=way.value,
            )
            for subject in subjects
            if subject != by.person_id
        ]
    )
