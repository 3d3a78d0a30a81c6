"""How a kind of roll shows itself on the pages of rolls: registered by the room that answers it.

The pages of rolls are one for all kinds. What differs (where the order can be read, what else is known about a name,
what may be said about it, what the phone asks) stands in a Face, under the kind's key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from muster.foundation.errors import Text
from muster.foundation.registry import Table
from muster.foundation.rights import Actor
from muster.roll.coverage import Name
from muster.roll.models import Entry, Roll


@dataclass(frozen=True)
class Beside:
    """A further word about a name in a list: that an order was read, and when. missing: that it was not."""

    words: str
    at: datetime | None = None
    missing: bool = False


@dataclass(frozen=True)
class Ask:
    """What the phone asks for one entry, and how it is answered with one tap.

    facts: (label, value) pairs. items: a list to read, such as pledges, kept with the answer. Either action, the
    address that takes the answer by POST with `fields`, or href, the page to open first. way_out: (label, address).
    """

    title: str
    icon: str
    answer: str
    facts: tuple[tuple[str, Any], ...] = ()
    items: tuple[str, ...] = ()
    items_title: str = ""
    action: str = ""
    href: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    way_out: tuple[str, str] | None = None
    hint: str = ""


@dataclass(frozen=True)
class Forms:
    """What may be said about an entry in the office: a template of forms, and what it needs."""

    template: str
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Done:
    """What the phone offers after an answer: a page that comes with it, and where the answer is taken back."""

    next_page: tuple[str, str] | None = None
    take_back: str = ""


@dataclass(frozen=True)
class BesidePage:
    """A page of its own about an entry: what came of its answer and is dealt with there."""

    label: str
    icon: str
    address: str


@dataclass(frozen=True)
class Face:
    """words: the key of the words in a bar (website). source: the page of what asks for the answers.

    listed: an action to call when entries stood in the list of whoever must answer them, such as a receipt.
    page: the page beside an entry that the actor may open now, whether or not its roll has ended.
    joins: what the holder puts on the roll by hand, a unit or a person; empty where the kind is not `by_hand`.
    """

    words: str = "answered"
    source_label: Text = ""
    source: Callable[[Roll], str] | None = None
    beside_label: Text = ""
    beside: Callable[[Roll, Sequence[Name], datetime], Mapping[UUID, Beside]] | None = None
    forms: Callable[[Entry, Actor], Forms | None] | None = None
    asks: Callable[[Sequence[Entry]], Mapping[UUID, Ask]] | None = None
    listed: Callable[[Actor, Sequence[Entry]], None] | None = None
    done: Callable[[Entry], Done] | None = None
    page: Callable[[Entry, Actor], BesidePage | None] | None = None
    joins: str = ""


FACES: Table[Face] = Table("faces of rolls")
"""key of a kind of roll -> its Face."""

PLAIN = Face()


def face_of(kind: str) -> Face:
    """The face of a kind; a plain one where the room registered none."""
    return FACES.get(kind) or PLAIN
