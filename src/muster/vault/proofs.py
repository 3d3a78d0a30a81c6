"""`muster verify` for the vault: matches fit what they find, and each erasure is on record and was done."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext

from muster.foundation import keys
from muster.foundation.registry import PURPOSES
from muster.vault import particulars
from muster.vault.matching import KEY
from muster.vault.models import Erasure, Match, Particular

SHOWN_MAX = 20


def prove(**_: Any) -> list[str]:
    """Nothing erased is still found; what is kept is found by its matches; no body went without an erasure."""
    return [*_still_found(), *_wrongly_matched(), *_unsaid()][:SHOWN_MAX]


def _still_found() -> list[str]:
    words = gettext("particular %(id)s was erased, but it is still found by a match")
    rows = Match.objects.filter(particular__body__isnull=True).values_list("particular_id", flat=True).distinct()
    return [words % {"id": pk} for pk in rows[:SHOWN_MAX]]


def _wrongly_matched() -> list[str]:
    """Each particular that can be read has exactly the matches of its content."""
    words = gettext("particular %(id)s: its matches do not fit what it says")
    found: list[str] = []
    for row in Particular.objects.filter(body__isnull=False).prefetch_related("matches").iterator(chunk_size=500):
        content = particulars.content_of(row)
        if content is None:
            continue  # that is a difference of its own
        wanted = {kind: plain(content) for kind, plain in PURPOSES[row.purpose].matched.items()}
        wanted = {kind: plain for kind, plain in wanted.items() if plain}
        made = {match.kind: match.hmac for match in row.matches.all()}
        if set(made) != set(wanted) or not all(keys.is_hmac(KEY, f"{k}:{wanted[k]}", made[k]) for k in made):
            found.append(words % {"id": row.pk})
    return found


def _unsaid() -> list[str]:
    words = gettext("particular %(id)s is empty, and no erasure says why")
    said = Erasure.objects.filter(
        subject_id=OuterRef("subject_id"), subject_kind=OuterRef("subject_kind"), purpose=OuterRef("purpose")
    )
    rows = Particular.objects.filter(body__isnull=True).exclude(Exists(said)).values_list("pk", flat=True)
    return [words % {"id": pk} for pk in rows[:SHOWN_MAX]]
