"""What a kind of roll is: who is on it, which answers there are, and what each answer does to an entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

from muster.foundation.errors import Text
from muster.foundation.registry import ROLL_KINDS

if TYPE_CHECKING:
    from muster.foundation.facts import Fact
    from muster.roll.book import Book, Open
    from muster.roll.models import Roll
    from muster.roll.rules import Standing
    from muster.roll.statements import Chosen


class Effect(Enum):
    """What an answer does (decision 4)."""

    SETTLES = "settles"
    UNMET = "unmet"
    """It settles, but what was asked was not done: shown inside *answered*, hatched."""
    ATTEMPT = "attempt"
    """Tried, not done: the entry stays outstanding."""


@dataclass(frozen=True)
class Outcome:
    """An answer of this kind of roll, in words."""

    label: Text
    effect: Effect = Effect.SETTLES


@dataclass(frozen=True)
class Expected:
    """One name to be put on a roll."""

    unit: UUID
    subject_kind: str
    subject_id: UUID
    assignee: UUID | None = None
    slot: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True)
class Words:
    """The words of this kind for the two main states and for one entry; never just *done*."""

    answered: Text
    outstanding: Text
    measure: Text


@dataclass(frozen=True)
class RollKind:
    """A kind of roll, registered by the room that answers it.

    expected: for rolls too large for one transaction, the names that follow a subject's id, in the order of these ids
    and each once: (roll, after, count) -> names; from the first where after is none. holder_only: never shown under
    the subject's scope (decision 8). chosen: what else follows when somebody chose between two answers: (book, entry,
    how it stood before, ruling), with the book open on the subject's entries of the rolls `beside` too: (id of the
    roll's source) -> rolls. removed: what else ends when a name is taken off: (book, entry, the same before, ruling),
    with the same book; removed_words: the same to whoever takes off a name that has answered.
    by_hand: who is expected is put right by hand too, not by answers alone; by_hand_words: what becomes of that later.
    """

    key: str
    label: Text
    words: Words
    outcomes: Mapping[str, Outcome]
    expected: Callable[[Roll, UUID | None, int], Sequence[Expected]] | None = None
    holder_only: bool = False
    chosen: Callable[[Book, Open, Standing, Fact], None] | None = None
    beside: Callable[[UUID], Chosen] | None = None
    removed: Callable[[Book, Open, Open, Fact], None] | None = None
    removed_words: Text = ""
    by_hand: bool = True
    by_hand_words: Text = ""
    stream: str = field(default="mobilise")


def kind_of(key: str) -> RollKind:
    """The kind by its key."""
    found: RollKind = ROLL_KINDS[key]
    return found
