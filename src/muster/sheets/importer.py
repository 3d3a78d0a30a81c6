"""What a room declares that takes rows in: its columns, how rows are judged, written, taken back.

A kind of import is one `Importer` in the table `IMPORTS`. The room that declares it knows units and people; here is
only what all of them have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from muster.foundation.errors import Text
from muster.foundation.rights import Actor

NEW, CHANGED, UNCHANGED, ASKED, REFUSED = "new", "changed", "unchanged", "asked", "refused"
VERDICTS = (NEW, CHANGED, UNCHANGED, ASKED, REFUSED)
GOOD = (NEW, CHANGED)
"""What is written."""

AS_NEW, LEAVE_OUT = "new", "out"
"""Answers to a row that is asked about, beside the id of a candidate."""


@dataclass(frozen=True)
class Column:
    """A column that an importer reads. choices: its drop-down; personal: screens hide its middle."""

    key: str
    label: Text
    required: bool = False
    note: Text = ""
    choices: Callable[[], Sequence[str]] | None = None
    width: int = 14
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: its place among all rows read, its sheet, its number as Excel shows it, cells by column."""

    position: int
    sheet: str
    row: int
    cells: Mapping[str, str]
    answer: str = ""

    def __getitem__(self, key: str) -> str:
        return self.cells.get(key, "")

    def __str__(self) -> str:
        """All that it says, as the digest of what an action was asked covers it."""
        return "\x1f".join(
            (str(self.position), self.sheet, str(self.row), self.answer, *self.cells, *self.cells.values())
        )


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row, or asked about it: in which column (empty: the row), a code, the words."""

    column: str
    code: str
    message: Text
    details: Mapping[str, Any] = field(default_factory=dict)
    suggestion: str = ""


@dataclass(frozen=True)
class Candidate:
    """Whom a row may mean. label, about: what the clerk tells them apart by, numbers masked.

    own: whether they are of the clerk's units, and more of them may be shown.
    """

    id: str
    label: str
    about: str = ""
    own: bool = True


@dataclass(frozen=True)
class Verdict:
    """What comes of a row. changes: {column: (as it is, as it becomes)}.

    target: the id of whom or what it is about, and no other row of the file may be; of what is new `made` knows it.
    """

    what: str
    faults: Sequence[Fault] = ()
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    candidates: Sequence[Candidate] = ()
    target: str = ""
    plan: Any = None
    """For the importer itself: what `write` needs; it is kept nowhere."""


class Planner(Protocol):
    """Judges the rows of one file. `look` sees all of them first, since a row may stand twice in a file."""

    def look(self, rows: Iterable[Row]) -> None:
        """Remember what later rows are compared with. The rows go by once: of a large file they are never all there."""

    def judge(self, rows: Sequence[Row]) -> list[Verdict]:
        """A verdict a row, by what the database holds now. Reads, writes nothing."""


@dataclass(frozen=True)
class Written:
    """What a slice wrote: ids for the log; what stood there before, by position: JSON, for taking it back.

    skipped: positions that could not be written after all.
    """

    ids: Sequence[UUID] = ()
    before: Mapping[int, Any] = field(default_factory=dict)
    skipped: Collection[int] = ()


@dataclass(frozen=True)
class Importer:
    """One kind of import. key: as addresses and the command line name it.

    planner: of what somebody may write. write: inside an action, the good rows of a slice with their verdicts.
    built_on: {position: what was built on what that row wrote}; undo: puts back what it found, inside an action.
    made: the id of what a row of an import made. lock: locks what the rows of a slice touch, in the one order that all
    keep to, before the moment is taken that they record and before they are judged anew. slice_rows: so many are
    written by one transaction. place: its order among the kinds. who: the account with its grants of now, when a job
    goes on for it. may: whether somebody may import this at all.
    """

    key: str
    label: Text
    about: Text
    columns: Sequence[Column]
    planner: Callable[[Actor, UUID], Planner]
    write: Callable[[Actor, Sequence[tuple[Row, Verdict]], UUID, datetime], Written]
    who: Callable[[UUID | None, str, str], Actor]
    may: Callable[[Actor], bool]
    built_on: Callable[[Mapping[int, Any]], Mapping[int, Text]] | None = None
    undo: Callable[[Mapping[int, Any], Collection[int], datetime], None] | None = None
    made: Callable[[UUID, int], UUID] | None = None
    lock: Callable[[Actor, Sequence[Row]], None] | None = None
    slice_rows: int = 2000
    place: int = 1

    def column(self, key: str) -> Column:
        """A column by its key."""
        return next(column for column in self.columns if column.key == key)
