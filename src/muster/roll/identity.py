"""Who and what an entry is: fixed when it comes onto the roll, and sealed, since no mark repeats it."""

from __future__ import annotations

from typing import Any

from muster.foundation import keys
from muster.foundation.facts import canonical_line

FIXED = ("id", "roll_id", "subject_kind", "subject_id", "slot", "assignee_id", "due_at")
"""The columns of an entry that are no cache of its marks."""


def mac_of(values: Any) -> str:
    """The keyed hash of an entry's fixed columns, in their order; the database never holds the key."""
    return keys.hmac_hex("sealing", canonical_line(values))


def mac_holds(values: Any, mac: str) -> bool:
    """Whether this is the keyed hash of an entry's fixed columns, by whichever sealing key was in force then."""
    return keys.is_hmac("sealing", canonical_line(values), mac)
