"""What particulars are kept for. A purpose has a use, an owner, a legal basis and days; no purpose, no field.

The code knows the purposes that its verbs serve; who answers for each, on what basis and how long, the district states.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext

from muster.foundation.errors import Text, text
from muster.foundation.registry import PURPOSES
from muster.vault.models import Basis, Particular

CONTACT = "contact"
"""To reach somebody on duty: the telephone number."""
IDENTITY = "identity"
"""To tell two people of one name apart: the ID number."""
REGISTER = "register"
"""The name in the register of people; it stands there in plain, and is blanked."""

PHONE, PHONE_END = "phone", "phone_end"
"""Kinds of match: a whole number, its last four digits. An ID number is matched as IDENTITY."""

Plain = Callable[[str], str]


@dataclass(frozen=True)
class Purpose:
    """Why something is kept, by which key, how it is found again, and for how many days unless the district says else.

    ends_with_the_emergency: its days are counted, at the latest, from the end of the last incident.
    matched: {kind of match: function(content) -> its plain form, empty for none}.
    """

    key: str
    label: Text
    use: Text
    cipher: str
    days: int
    ends_with_the_emergency: bool = True
    matched: Mapping[str, Plain] = field(default_factory=dict)


_PREFIX = re.compile(r"^(?:00)?86(?=1\d{10}$)")


def plain_phone(words: str) -> str:
    """Digits only, without the country's prefix before a mobile number of eleven digits."""
    # Most are digits already, and many come at once.
    plain = words.isascii() and words.isdigit()
    digits = words if plain else re.sub(r"\D", "", unicodedata.normalize("NFKC", words))
    return _PREFIX.sub("", digits) if digits.startswith(("86", "00")) else digits


def plain_phone_end(words: str) -> str:
    """The last four digits of a number that has more."""
    digits = plain_phone(words)
    return digits[-4:] if len(digits) >= 7 else ""


def plain_identity(words: str) -> str:
    """Capitals and digits only."""
    if words.isascii() and words.isalnum():
        return words.upper()
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", words).upper())


OWN = (
    Purpose(
        CONTACT,
        text("Telephone number"),
        text("To reach somebody on duty, and their unit's lead to reach them."),
        cipher="contact",
        days=400,
        matched={PHONE: plain_phone, PHONE_END: plain_phone_end},
    ),
    Purpose(
        IDENTITY,
        text("ID number"),
        text("To tell two people of one name apart, and to find one person in two lists."),
        cipher="identity",
        days=400,
        matched={IDENTITY: plain_identity},
    ),
    Purpose(
        REGISTER,
        text("Name in the register"),
        text("To call somebody to duty by name; blanked when they have long left."),
        cipher="",
        days=400,
    ),
)


LEGAL_BASIS_MAX = 400
LAW_AND_ARTICLE: Text = text("Write the legal basis: a law and its article, 400 characters at most.")
NO_BASIS: Text = text("the legal basis is not named yet")


def state_defaults(owner: str, legal_basis: str) -> None:
    """When a district is set up: it answers for every purpose itself, on one basis (empty: not named yet)."""
    for purpose in PURPOSES.values():
        stated = {"owner": owner[:120], "legal_basis": legal_basis, "days": purpose.days}
        Basis.objects.get_or_create(purpose=purpose.key, defaults=stated)


def lacks_basis() -> bool:
    """Whether something may be kept for which no legal basis is named. One query."""
    return Basis.objects.filter(legal_basis="").exists()


def label_of(purpose: str) -> str:
    """The name of a purpose, in the reader's language; its key where no room knows it any more."""
    known = PURPOSES.get(purpose)
    return str(known.label) if known else purpose


def days_of(purpose: str) -> int:
    """For how many days something is kept: as the district states, else as the purpose itself says. One query."""
    stated = Basis.objects.filter(pk=purpose).values_list("days", flat=True).first()
    return stated if stated is not None else PURPOSES[purpose].days


def end_of(purpose: str, at: datetime) -> datetime:
    """When something that is kept from a moment on ends."""
    return at + timedelta(days=days_of(purpose))


def unanswered() -> list[str]:
    """For `muster check`: purposes for which something is kept though the district states neither owner nor basis."""
    kept = set(Particular.objects.filter(body__isnull=False).order_by().values_list("purpose", flat=True).distinct())
    stated = set(Basis.objects.values_list("purpose", flat=True))
    words = gettext("“%(purpose)s” is kept and nobody answers for it: state owner and legal basis under Rights")
    return [words % {"purpose": label_of(purpose)} for purpose in sorted(kept - stated)]


@dataclass(frozen=True)
class Count:
    """How many particulars are kept for a purpose, and when the next one ends."""

    kept: int
    next_end: datetime


def counts_of(at: datetime) -> dict[str, Count]:
    """{purpose: how many are kept and when the next one ends}. One query."""
    there = Particular.objects.filter(body__isnull=False, expires_at__gt=at).order_by()
    rows = there.values_list("purpose").annotate(kept=models.Count("pk"), next_end=models.Min("expires_at"))
    return {purpose: Count(kept, next_end) for purpose, kept, next_end in rows}
