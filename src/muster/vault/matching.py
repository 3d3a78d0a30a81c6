"""Finding somebody again by what is kept of them: keyed hashes, since the database alone must not be searched.

A hash is made by the key in force; those that older keys made are found until the job of a rotation has renewed them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from hmac import digest as keyed_hash
from uuid import UUID

from muster.foundation import keys, sql
from muster.foundation.registry import PURPOSES
from muster.vault.models import Match, Particular

KEY = "matching"


def write(kept: Sequence[tuple[Particular, str]]) -> None:
    """Write the matches of particulars that were just kept, from their contents; inside an action."""
    made = []
    # The key is asked for once: a sheet of thousands asks for the match of each row two or three times.
    key_id, raw = keys.key(KEY) if kept else ("", b"")
    for row, content in kept:
        for kind, plain in PURPOSES[row.purpose].matched.items():
            words = plain(content)
            if words:
                found = keyed_hash(raw, f"{kind}:{words}".encode(), "sha256").hex()
                made.append(sql.fresh(Match, particular_id=row.id, kind=kind, key_id=key_id, hmac=found))
    sql.insert(made)


def find_many(
    kind: str, contents: Collection[str], at: datetime, subject_kind: str = "person"
) -> dict[str, list[UUID]]:
    """{content as given: ids of the subjects of which that is kept}; those without any are left out.

    Three queries for each 500 contents and key.
    """
    plain = next(p.matched[kind] for p in PURPOSES.values() if kind in p.matched)
    return _found(kind, [(content, plain(content)) for content in contents], at, subject_kind)


def _found(kind: str, contents: Collection[tuple[str, str]], at: datetime, subject_kind: str) -> dict[str, list[UUID]]:
    """contents: (as given, in plain form)."""
    asked: dict[str, list[str]] = {}
    for content, words in contents:
        for hmac in keys.hmacs_hex(KEY, f"{kind}:{words}") if words else ():
            asked.setdefault(hmac, []).append(content)
    found: dict[str, list[UUID]] = {}
    for part in sql.slices(list(asked)):
        rows = Match.objects.filter(hmac__in=part, kind=kind, particular__subject_kind=subject_kind)
        there = rows.filter(particular__body__isnull=False, particular__expires_at__gt=at)
        for hmac, subject in there.order_by("particular__subject_id").values_list("hmac", "particular__subject_id"):
            for content in asked[hmac]:
                found.setdefault(content, []).append(subject)
    return found


def find(kind: str, content: str, at: datetime, subject_kind: str = "person") -> list[UUID]:
    """The ids of the subjects of which this is kept."""
    return find_many(kind, [content], at, subject_kind).get(content, [])


def find_plain(kind: str, words: str, at: datetime, subject_kind: str = "person") -> list[UUID]:
    """The same by a plain form that is no whole content: the last four digits, as somebody remembers them."""
    return _found(kind, [(words, words)], at, subject_kind).get(words, [])
