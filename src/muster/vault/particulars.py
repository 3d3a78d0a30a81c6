"""Keeping and opening particulars. AES-256-GCM; the envelope is bound to its body, so bodies cannot be swapped."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from muster.foundation import keys, sql
from muster.vault.models import Particular

CONTACT = "contact"
"""To reach somebody on duty: the phone number."""

_NONCE_BYTES = 12


@dataclass(frozen=True)
class NewParticular:
    """A particular to keep."""

    subject_kind: str
    subject_id: UUID
    purpose: str
    content: str
    expires_at: datetime


def _cipher(purpose: str, key_id: str | None = None) -> tuple[str, AESGCM]:
    found, raw = keys.key(purpose, key_id)
    return found, _by_key(raw)


@lru_cache(maxsize=32)
def _by_key(raw: bytes) -> AESGCM:
    return AESGCM(raw)


def _envelope(kind: str, subject: UUID, purpose: str) -> bytes:
    return f"{kind}:{subject.hex}:{purpose}".encode()


def keep(rows: Sequence[NewParticular]) -> None:
    """Encrypt and keep; inside an action."""
    made = []
    for row in rows:
        key_id, cipher = _cipher(row.purpose)
        nonce = os.urandom(_NONCE_BYTES)
        bound = _envelope(row.subject_kind, row.subject_id, row.purpose)
        made.append(
            Particular(
                subject_kind=row.subject_kind,
                subject_id=row.subject_id,
                purpose=row.purpose,
                key_id=key_id,
                body=nonce + cipher.encrypt(nonce, row.content.encode(), bound),
                expires_at=row.expires_at,
            )
        )
    sql.insert(made)


def open_all(kind: str, subjects: Collection[UUID], purpose: str, at: datetime) -> dict[UUID, str]:
    """{subject id: content} of what is there and has not ended. The caller has checked the right and logs it."""
    found: dict[UUID, str] = {}
    for part in sql.slices(list(subjects)):
        rows = Particular.objects.filter(
            subject_kind=kind, subject_id__in=part, purpose=purpose, body__isnull=False, expires_at__gt=at
        )
        for row in rows:
            assert row.body is not None
            body = bytes(row.body)
            bound = _envelope(kind, row.subject_id, purpose)
            _, cipher = _cipher(purpose, row.key_id)
            found[row.subject_id] = cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], bound).decode()
    return found


def masked(phone: str) -> str:
    """A phone number as screens show it: its first three and last four digits."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****"
