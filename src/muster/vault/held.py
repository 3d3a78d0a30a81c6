"""What the vault tells on the page *what is held about me*: each particular, who looked, what was erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from muster.foundation.errors import Text, text
from muster.foundation.registry import PURPOSES
from muster.vault.models import Basis, Erasure, Particular, Reading
from muster.vault.particulars import content_of
from muster.vault.purposes import NO_BASIS, label_of

SHOWN_MOST = 500


@dataclass(frozen=True)
class Part:
    """A table of the page: heads and rows of words, moments and counts. none: what is said where there are no rows."""

    title: Text
    heads: Sequence[Text]
    rows: Sequence[Sequence[object]]
    none: Text


WAYS: dict[str, Text] = {
    Reading.Way.OPENED.value: text("opened singly"),
    Reading.Way.LISTED.value: text("on a list with others"),
    Reading.Way.TAKEN.value: text("taken along as a file"),
}
CAUSES: dict[str, Text] = {
    Erasure.Cause.ENDED.value: text("its day had come"),
    Erasure.Cause.ASKED.value: text("on request"),
    Erasure.Cause.RESTORED.value: text("again, after a backup was restored"),
}


def parts(person: UUID, at: datetime) -> list[Part]:
    """The particulars of a person in full, with purpose, basis, owner and end; what was erased. Three queries."""
    return [_particulars(person, at), _erasures(person)]


def _particulars(person: UUID, at: datetime) -> Part:
    bases = {basis.purpose: basis for basis in Basis.objects.all()}
    rows = []
    for row in Particular.objects.filter(subject_id=person, body__isnull=False, expires_at__gt=at).order_by("purpose"):
        purpose, basis = PURPOSES[row.purpose], bases.get(row.purpose)
        content = content_of(row) or text("cannot be read: tell the administrator")
        owner = f"{basis.owner} · {basis.legal_basis or NO_BASIS}" if basis else text("nobody stated it yet")
        rows.append((purpose.label, content, purpose.use, owner, row.kept_at or "", row.expires_at))
    return Part(
        text("Kept encrypted"),
        (
            text("Item"),
            text("Content"),
            text("What for"),
            text("Who answers for it, on what basis"),
            text("Since"),
            text("Until"),
        ),
        rows,
        text("Nothing is kept about you besides your name."),
    )


def _erasures(person: UUID) -> Part:
    rows = Erasure.objects.filter(subject_id=person).order_by("-at")[:SHOWN_MOST]
    return Part(
        text("Erased"),
        (text("Item"), text("When"), text("Why")),
        [(label_of(row.purpose), row.at, CAUSES[row.cause]) for row in rows],
        text("Nothing has been erased yet."),
    )


def readings_of(person: UUID) -> list[Reading]:
    """Who read a particular of somebody, the latest first."""
    return list(Reading.objects.filter(subject_id=person).order_by("-at", "-id")[:SHOWN_MOST])
