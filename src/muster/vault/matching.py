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

    A query for each 500 contents and key.
    """
    plain = next(p.matched[kind] for p in PURPOSES.values() if kind in p.matched)
    return _found(kind, [(content, plain(content)) for content in contents], at, subject_kind)


def _found(kind: str, contents: Collection[tuple[str, str]], at: datetime, subject_kind: str) -> dict[str, list[UUID]]:
    """contents: (as given, in plain form)."""
    asked: dict[str, list[str]] = {}
    hashing = _keys() if contents else []
    for content, words in contents:
        for raw in hashing if words else ():
            asked.setdefault(keyed_hash(raw, f"{kind}:{words}".encode(), "sha256").hex(), []).append(content)
    found: dict[str, list[UUID]] = {}
    for part in sql.slices(list(asked)):
        values = [kind, subject_kind, sql.time_value(at), *part]
        for hmac, subject in sql.rows(_FOUND % sql.placeholders(part), values):
            for content in asked[hmac]:
                found.setdefault(content, []).append(sql.as_uuid(subject))  # type: ignore[arg-type] # it is never empty
    return found


_FOUND = (
    "SELECT m.hmac, p.subject_id FROM vault_match m JOIN vault_particular p ON p.id = m.particular_id"
    " WHERE m.kind = %%s AND p.subject_kind = %%s AND p.body IS NOT NULL AND p.expires_at > %%s"
    " AND m.hmac IN (%s) ORDER BY p.subject_id"
)


def _keys() -> list[bytes]:
    """All keys that may have made a match, asked for once for all contents."""
    found = [keys.key(KEY, one)[1] for one in keys.key_ids(KEY)]
    if not found:
        raise keys.is_missing(KEY)
    return found


def find(kind: str, content: str, at: datetime, subject_kind: str = "person") -> list[UUID]:
    """The ids of the subjects of which this is kept."""
    return find_many(kind, [content], at, subject_kind).get(content, [])


def find_plain(kind: str, words: str, at: datetime, subject_kind: str = "person") -> list[UUID]:
    """The same by a plain form that is no whole content: the last four digits, as somebody remembers them."""
    return _found(kind, [(words, words)], at, subject_kind).get(words, [])
