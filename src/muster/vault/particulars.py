"""Keeping and opening particulars. AES-256-GCM; the envelope is bound to its body, so bodies cannot be swapped."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db.models import QuerySet
from django.utils.translation import gettext

from muster.foundation import clock, keys, sql
from muster.foundation.errors import Refusal, text
from muster.foundation.ids import new_id
from muster.foundation.registry import PURPOSES
from muster.vault import matching
from muster.vault.models import Particular

_NONCE_BYTES = 12

log = structlog.get_logger()


@dataclass(frozen=True)
class NewParticular:
    """A particular to keep."""

    subject_kind: str
    subject_id: UUID
    purpose: str
    content: str
    expires_at: datetime


def _cipher(purpose: str, key_id: str | None = None) -> tuple[str, AESGCM]:
    found, raw = keys.key(PURPOSES[purpose].cipher, key_id)
    return found, _by_key(raw)


@lru_cache(maxsize=32)
def _by_key(raw: bytes) -> AESGCM:
    return AESGCM(raw)


def _envelope(kind: str, subject: UUID, purpose: str) -> bytes:
    return f"{kind}:{subject.hex}:{purpose}".encode()


def keep(rows: Sequence[NewParticular]) -> None:
    """Encrypt and keep, each with its matches; what was kept of the same subject for the purpose gives way to it.

    Inside an action. Raises: KeyError for a purpose that no room knows.
    """
    standing = _standing(rows)
    for part in sql.slices(list(standing.values())):
        Particular.objects.filter(pk__in=part).delete()
    _insert(rows, standing)


def keep_first(rows: Sequence[NewParticular]) -> None:
    """The same of subjects that this action has just made: nothing is there that could give way."""
    _insert(rows, {})


def _insert(rows: Sequence[NewParticular], standing: Mapping[tuple[UUID, str, str], UUID]) -> None:
    at = clock.now()
    ciphers = {purpose: _cipher(purpose) for purpose in {row.purpose for row in rows}}
    made = []
    for row in rows:
        subject, kind, purpose = row.subject_id, row.subject_kind, row.purpose
        key_id, cipher = ciphers[purpose]
        made.append(
            sql.fresh(
                Particular,
                id=(standing.get((subject, kind, purpose)) if standing else None) or new_id(),
                subject_kind=kind,
                subject_id=subject,
                purpose=purpose,
                key_id=key_id,
                body=_encrypted(cipher, _envelope(kind, subject, purpose), row.content),
                kept_at=at,
                expires_at=row.expires_at,
            )
        )
    sql.insert(made)
    matching.write([(row, new.content) for row, new in zip(made, rows, strict=True)])


def let_end(kind: str, subject: UUID, purpose: str, at: datetime) -> None:
    """Its day has come, before the day that was set: nobody opens it any more, and the clockwork erases it. Inside."""
    rows = Particular.objects.filter(subject_kind=kind, subject_id=subject, purpose=purpose, expires_at__gt=at)
    rows.update(expires_at=at)


def sealed(kind: str, subject: UUID, purpose: str, content: str) -> tuple[str, bytes]:
    """A content encrypted by the key in force for its purpose: (the key's id, the body)."""
    key_id, cipher = _cipher(purpose)
    return key_id, _encrypted(cipher, _envelope(kind, subject, purpose), content)


def _encrypted(cipher: AESGCM, bound: bytes, content: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, content.encode(), bound)


def _standing(rows: Sequence[NewParticular]) -> dict[tuple[UUID, str, str], UUID]:
    """{(subject, its kind, purpose): id} of the particulars that these replace, locked."""
    wanted = {(row.subject_id, row.subject_kind, row.purpose) for row in rows}
    found: dict[tuple[UUID, str, str], UUID] = {}
    for part in sql.slices(sorted({subject for subject, _kind, _purpose in wanted})):
        there = Particular.objects.select_for_update().filter(subject_id__in=part)
        for pk, *of in there.values_list("pk", "subject_id", "subject_kind", "purpose"):
            if tuple(of) in wanted:
                found[tuple(of)] = pk  # type: ignore[index]
    return found


def open_all(kind: str, subjects: Collection[UUID], purpose: str, at: datetime) -> dict[UUID, str]:
    """{subject id: content} of what is there and has not ended. The caller has checked the right and logs it.

    What cannot be read is left out, so that one spoilt number takes no whole list with it; `muster verify` counts it.
    """
    found: dict[UUID, str] = {}
    for part in sql.slices(list(subjects)):
        for row in _there(at).filter(subject_kind=kind, subject_id__in=part, purpose=purpose):
            content = content_of(row)
            if content is None:
                log.warning("vault.unreadable", particular=str(row.pk), purpose=purpose)
            else:
                found[row.subject_id] = content
    return found


def open_one(kind: str, subject: UUID, purpose: str, at: datetime) -> str | None:
    """The content of one, None where none is kept. The caller has checked the right and logs it.

    Raises: Refusal `particular.unreadable` (503).
    """
    row = _there(at).filter(subject_kind=kind, subject_id=subject, purpose=purpose).first()
    if row is None:
        return None
    content = content_of(row)
    if content is None:
        raise Refusal(
            "particular.unreadable",
            text("This is kept, but the keys of this server do not open it."),
            text("Tell the administrator: the folder of keys, or this entry, must be put back from its copy."),
            status=503,
        )
    return content


def _there(at: datetime) -> QuerySet[Particular]:
    return Particular.objects.filter(body__isnull=False, expires_at__gt=at)


def content_of(row: Particular) -> str | None:
    """What a body says; None where it is not what the key in its envelope encrypted for this subject and purpose."""
    body = bytes(row.body or b"")
    bound = _envelope(row.subject_kind, row.subject_id, row.purpose)
    _, cipher = _cipher(row.purpose, row.key_id)
    try:
        return cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], bound).decode()
    except (InvalidTag, ValueError):  # ValueError: too short to be one
        return None


def any_under(cipher: str) -> bool:
    """Whether something is kept that only keys of this name open."""
    purposes = [key for key, purpose in PURPOSES.items() if purpose.cipher == cipher]
    return Particular.objects.filter(purpose__in=purposes, body__isnull=False).exists()


def prove(**_: Any) -> list[str]:
    """For `muster verify`: how many particulars cannot be read any more, by purpose and key."""
    rows = Particular.objects.filter(body__isnull=False).iterator(chunk_size=2000)
    spoilt = Counter((row.purpose, row.key_id) for row in rows if content_of(row) is None)
    words = gettext("%(count)s particulars cannot be read with the key %(key)s: put the folder of keys, or them, back")
    return [
        words % {"count": count, "key": f"{PURPOSES[purpose].cipher}-{key_id}"}
        for (purpose, key_id), count in sorted(spoilt.items())
    ]


def masked(phone: str) -> str:
    """A phone number as screens show it: its first three and last four digits."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****"
