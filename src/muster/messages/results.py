"""What becomes of one try to send: said by whoever speaks to the other side, heard by `sending`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """The other side took it."""


@dataclass(frozen=True)
class Later:
    """It did not take it, certainly; a later try may go better.

    after: seconds that it asked to wait; 0 for none. broken: the channel itself is in trouble, so that no other message
    is tried on it in this tick.
    """

    code: str
    after: float = 0.0
    broken: bool = False


@dataclass(frozen=True)
class Never:
    """It will not take this one, however often it is tried."""

    code: str


@dataclass(frozen=True)
class Unsure:
    """It was handed over and no answer came: it may have arrived. Nobody is told twice unasked."""

    code: str


Result = Sent | Later | Never | Unsure
