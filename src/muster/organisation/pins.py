"""PINs: which may be chosen, how they are kept, whether one is right. Nothing here writes."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from muster.foundation import keys
from muster.foundation.errors import invalid, text
from muster.organisation.models import Pin

LENGTH_MIN, LENGTH_MAX = 4, 6
TRIES_MAX = 5
KEY = "access"
DIGITS = "01234567890"
OFTEN = frozenset(("1212", "2580", "5201314", "520131", "1314", "5200", "159357", "147258", "112233", "123123"))

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""The least that OWASP asks of Argon2id: thousands of members sign in within minutes, and five tries are all."""


@dataclass(frozen=True)
class ChosenPin:
    """A PIN that may be used, as it is kept: judged and hashed before a transaction begins, for hashing takes long."""

    hash: str
    key_id: str


def chosen(pin: str, again: str, number: str, phone: str = "") -> ChosenPin:
    """A PIN that somebody chose, typed twice. number, phone: their own, whose ends are the first that others try.

    Raises: Refusal `pin.digits`, `pin.differ`, `pin.weak` (422).
    """
    pin = pin.strip()
    if not (pin.isascii() and pin.isdigit() and LENGTH_MIN <= len(pin) <= LENGTH_MAX):
        raise invalid("pin", text("A PIN has 4 to 6 digits, and nothing else."), "pin.digits")
    if pin != again.strip():
        raise invalid("again", text("The two do not agree. Type the same PIN twice."), "pin.differ")
    if is_weak(pin, number, phone):
        raise invalid("pin", text("Anybody would try this PIN. Choose another one."), "pin.weak")
    key_id, _raw = keys.key(KEY)
    return ChosenPin(_HASHER.hash(_mixed(pin, key_id)), key_id)


def is_weak(pin: str, *own: str) -> bool:
    """Whether a PIN is one of those that are tried first: alike, in a row, often chosen, or the end of one's own."""
    in_a_row = pin in DIGITS or pin in DIGITS[::-1]
    return len(set(pin)) == 1 or in_a_row or pin in OFTEN or any(words.endswith(pin) for words in own if words)


def is_right(pin: str, kept: Pin | None) -> bool:
    """Whether a PIN is the one that is kept; of nobody's none is, after the same time."""
    key_id = kept.key_id if kept else keys.key(KEY)[0]
    try:
        _HASHER.verify(kept.hash if kept else _nobodys(), _mixed(pin.strip(), key_id))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def _mixed(pin: str, key_id: str) -> bytes:
    """The PIN under a key that lies outside the database: from a stolen database alone nobody can try them all."""
    return hmac.digest(keys.key(KEY, key_id)[1], f"pin {pin}".encode(), "sha256")


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _HASHER.hash(b"of nobody")


def in_use() -> bool:
    """Whether a PIN is kept that only the key in use until now proves right."""
    return Pin.objects.exists()
