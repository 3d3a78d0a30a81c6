"""What a reader is told of a line of the log, besides what stands in it: what it touched, what became of that.

A line holds ids and codes. A room that knows an id says what it is, to whoever may see it (TOUCHED); a room that keeps
every state for ever says what the line changed (BECAME). What no room keeps, the line itself says (`Line.change`).
"""

from __future__ import annotations

from dataclasses import dataclass

from muster.foundation.errors import Text


@dataclass(frozen=True)
class Touched:
    """A row that a line names: what it is, how it is called, the address of its page ("" for none)."""

    kind: Text
    name: str
    address: str = ""


@dataclass(frozen=True)
class Became:
    """What became of something: of what, before, after; in words, "" for nothing. known: False for *changed* alone.

    address: of its page, "" for none.
    """

    what: str
    before: str = ""
    after: str = ""
    known: bool = True
    address: str = ""
