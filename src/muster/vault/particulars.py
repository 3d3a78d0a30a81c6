"""Keeping and opening particulars. AES-256-GCM; the envelope is bound to its body, so bodies cannot be swapped."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Sequence
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

from muster.foundation import keys, sql
from muster.foundation.errors import Refusal, text
from muster.vault.models import Particular

CONTACT = "contact"
"""To reach somebody on duty: the phone number."""

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
    """{subject id: content} of what is there and has not ended. The caller has checked the right and logs it.

    What cannot be read is left out, so that one spoilt number takes no whole list with it; `muster verify` counts it.
    """
    found: dict[UUID, str] = {}
    for part in sql.slices(list(subjects)):
        for row in _there(at).filter(subject_kind=kind, subject_id__in=part, purpose=purpose):
            content = _content(row)
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
    content = _content(row)
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


def _content(row: Particular) -> str | None:
    """What a body says; None where it is not what the key in its envelope encrypted for this subject and purpose."""
    body = bytes(row.body or b"")
    bound = _envelope(row.subject_kind, row.subject_id, row.purpose)
    _, cipher = _cipher(row.purpose, row.key_id)
    try:
        return cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], bound).decode()
    except (InvalidTag, ValueError):  # ValueError: too short to be one
        return None


def any_contact() -> bool:
    """Whether a number is kept that only the key in use until now opens."""
    return Particular.objects.filter(purpose=CONTACT, body__isnull=False).exists()


def prove(**_: Any) -> list[str]:
    """For `muster verify`: how many particulars cannot be read any more, by purpose and key."""
    rows = Particular.objects.filter(body__isnull=False).iterator(chunk_size=2000)
    spoilt = Counter((row.purpose, row.key_id) for row in rows if _content(row) is None)
    words = gettext("%(count)s particulars cannot be read with the key %(key)s: put the folder of keys, or them, back")
    return [
        words % {"count": count, "key": f"{purpose}-{key_id}"} for (purpose, key_id), count in sorted(spoilt.items())
    ]


def masked(phone: str) -> str:
    """A phone number as screens show it: its first three and last four digits."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****"
