"""Badges: a QR whose text anybody can check against the public key and the list of the revoked.

The text is `MUSTER1.<key id>.<body>.<signature>`, body and signature in base64url without padding. The body is JSON
with number, role, unit and end date; the signature is Ed25519 over all before its dot. No name stands in it.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db.models import QuerySet
from django.utils import timezone

from muster.foundation import keys, sql
from muster.foundation.errors import Text, text
from muster.mobilisation.models import BADGE_LENGTH_MAX, Badge, Order, ReportIn
from muster.organisation.models import Unit
from muster.roll.models import ANSWERED, Entry

PREFIX = "MUSTER1"
VALID_DAYS = 60
LENGTH_MAX = BADGE_LENGTH_MAX
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 of them; no letter or digit that is read as another."""
ROLES: dict[str, Text] = {"on_duty": text("On duty")}
"""The roles that a badge may name, in words; one that is not known is shown as it stands."""
VERDICTS: dict[str, tuple[Text, Text]] = {
    "valid": (text("This badge is valid."), text("Its bearer reported in and is on duty. The badge names nobody.")),
    "revoked": (
        text("This badge was revoked."),
        text("It was lost, or its bearer is not on duty any more. Do not rely on it; ask the unit that it names."),
    ),
    "expired": (text("This badge has expired."), text("Ask its bearer for a new one, or call the unit that it names.")),
    "forged": (
        text("This badge was not issued here."),
        text("Its signature does not fit. Do not rely on anything that it says."),
    ),
    "unreadable": (
        text("This is no badge."),
        text("Scan it again in better light; the whole text begins with MUSTER1."),
    ),
}
"""What a check found, in words: what it says, and what follows."""


@dataclass(frozen=True)
class Checked:
    """What a check found. verdict: valid, revoked, expired, forged (the signature fails) or unreadable."""

    verdict: str
    number: str = ""
    role: str = ""
    unit: str = ""
    valid_to: date | None = None


def make(fact: ReportIn, unit: Unit, zone: str) -> Badge:
    """A signed badge for somebody who reported in; unsaved. zone: the district's."""
    return _made(fact.person_id, unit, fact.pk, fact.recorded_at, last_day(fact.recorded_at, ZoneInfo(zone)))


def last_day(at: datetime, zone: ZoneInfo) -> date:
    """The last day of a badge that is made at that moment: one of the district's zone, whoever calls from wherever."""
    return timezone.localdate(at + timedelta(days=VALID_DAYS), zone)


def make_again(badge: Badge, at: datetime, valid_to: date) -> Badge:
    """A signed badge with a new number for the same report-in; unsaved."""
    return _made(badge.person_id, badge.unit, badge.report_in_id, at, valid_to)


def _made(person: UUID, unit: Unit, report_in: UUID, at: datetime, valid_to: date) -> Badge:
    number = "".join([_ALPHABET[byte % 32] for byte in secrets.token_bytes(10)])
    return sql.fresh(
        Badge,
        no=number,
        person_id=person,
        unit_id=unit.pk,
        report_in_id=report_in,
        payload=sign(number, "on_duty", unit.name, valid_to),
        issued_at=at,
        valid_to=valid_to,
    )


def of_entry(entry: Entry) -> QuerySet[Badge]:
    """All badges that an entry's person was given under its order, whatever became of them."""
    # Who was taken off the roll and put back reported in twice, by one entry.
    versions = Order.objects.filter(key__in=Order.objects.filter(pk=entry.roll.source_id).values("key"))
    return Badge.objects.filter(person_id=entry.subject_id, report_in__order__in=versions.values("pk"))


def lock_alike(badge: Badge) -> tuple[Entry | None, list[str]]:
    """Lock what stands behind a badge, before the clock is asked, as whoever takes the report-in back does.

    Returns the entry that its report-in answers, none where that does not stand any more, and the numbers in force
    that came with that report-in. The entry is the first lock: a statement that waited for a badge would not see the
    one that was made in its place meanwhile.
    """
    stands = Entry.objects.select_for_update(no_key=True).filter(
        subject_id=badge.person_id, subject_kind="person", fact_id=badge.report_in_id, state=ANSWERED
    )
    entry = stands.first()
    alike = Badge.objects.select_for_update(no_key=True).filter(report_in_id=badge.report_in_id).order_by("no")
    return entry, [one.no for one in alike if one.revoked_at is None]


def sign(number: str, role: str, unit: str, valid_to: date) -> str:
    """The text of a badge."""
    key_id, key = keys.signing_key()
    body = json.dumps({"n": number, "r": role, "u": unit, "e": valid_to.isoformat()}, ensure_ascii=False)
    head = f"{PREFIX}.{key_id}.{_packed(body.encode())}"
    return f"{head}.{_packed(key.sign(head.encode()))}"


def check(payload: str, public_keys: Mapping[str, str], revoked: Collection[str], today: date) -> Checked:
    """Check the text of a badge, with nothing but the public keys and the list of the revoked numbers.

    Blanks and line breaks within it are what came of copying it: none belongs to it.
    """
    payload = "".join(payload.split())
    parts = payload.split(".")
    if len(payload) > LENGTH_MAX or len(parts) != 4 or parts[0] != PREFIX:
        return Checked("unreadable")
    try:
        body = json.loads(_unpacked(parts[2]))
        found = Checked("valid", str(body["n"]), str(body["r"]), str(body["u"]), date.fromisoformat(str(body["e"])))
        signature = _unpacked(parts[3])
    except (ValueError, KeyError, TypeError):
        return Checked("unreadable")
    if parts[1] not in public_keys:
        return Checked("forged")
    try:
        _public(public_keys[parts[1]]).verify(signature, ".".join(parts[:3]).encode())
    except InvalidSignature:
        return Checked("forged")
    assert found.valid_to is not None
    if found.number in revoked:
        return Checked("revoked", found.number, found.role, found.unit, found.valid_to)
    if found.valid_to < today:
        return Checked("expired", found.number, found.role, found.unit, found.valid_to)
    return found


def revoked_numbers() -> list[str]:
    """The numbers of all revoked badges: the list that travels with the public keys."""
    return list(Badge.objects.filter(revoked_at__isnull=False).order_by("no").values_list("no", flat=True))


@lru_cache(maxsize=8)
def _public(raw_hex: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(raw_hex))


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
