"""A kind of roll of the tests' own, with every effect that an answer can have, and the verbs that answer it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from muster.foundation.action import action
from muster.foundation.facts import ClockBasis
from muster.foundation.ids import new_id
from muster.foundation.registry import ROLL_KINDS
from muster.foundation.rights import Actor
from muster.organisation.models import Incident, Person, Unit
from muster.roll.book import Book, Open, open_book
from muster.roll.kinds import Effect, Expected, Outcome, RollKind, Words
from muster.roll.models import Roll, Ruling
from muster.roll.opening import open_roll

KIND = RollKind(
    key="test.visit",
    label="Visits",
    words=Words("visited", "not visited", "places"),
    outcomes={
        "met": Outcome("met"),
        "by_phone": Outcome("by phone"),
        "refused": Outcome("refused", Effect.UNMET),
        "nobody": Outcome("nobody at home", Effect.ATTEMPT),
    },
)
ROLL_KINDS.add(KIND.key, KIND)
BY = ("lead", "commander")


@action("test.open_visits", roles=BY, at="holder")
def open_visits(
    *,
    by: Actor,
    holder: Unit,
    incident: Incident,
    expected: Sequence[Expected],
    key: str = "visits",
    due_at: datetime | None = None,
    kind: str = KIND.key,
) -> Roll:
    """Call a roll of visits."""
    roll = Roll(
        key=key,
        kind=kind,
        title="Visits",
        figure=key,
        incident=incident,
        held_by=holder,
        due_at=due_at,
        source_kind="test",
        source_id=new_id(),
    )
    return open_roll(roll, expected)


def _fact(book: Book, entry: Open, id: UUID | None, clock_basis: str = ClockBasis.SERVER) -> Ruling:
    return Ruling(
        id=id or new_id(),
        what="visited",
        roll_id=entry.roll,
        entry_id=entry.id,
        at_unit_id=entry.unit,
        incident=book.call_of(entry).incident,
        clock_basis=clock_basis,
    )


@action("test.visit", roles=BY, at="unit")
def visit(
    *,
    by: Actor,
    unit: Unit,
    entry: UUID,
    outcome: str,
    id: UUID | None = None,
    happened_at: datetime | None = None,
    clock_basis: str = ClockBasis.SERVER,
) -> bool:
    """Somebody was there, or tried."""
    book = open_book(entries=[entry])
    found = book.entries[entry]
    new = book.answer(found, _fact(book, found, id, clock_basis), outcome, happened_at)
    if new:
        book.write()
    return new


def correct_visit(**asked: Any) -> None:
    """It was otherwise, says a lead, or the author themselves (`author`)."""
    _correct_visit(**{"author": None, "reason": "", **asked})


@action("test.correct_visit", roles=BY, at="unit", self_of="author")
def _correct_visit(*, by: Actor, unit: Unit, entry: UUID, outcome: str, author: Person | None, reason: str) -> None:
    book = open_book(entries=[entry])
    book.correct(book.entries[entry], _fact(book, book.entries[entry], None), outcome, reason)
    book.write()


def withdraw_visit(**asked: Any) -> None:
    """It was not so, says a lead, or the author themselves (`author`)."""
    _withdraw_visit(**{"author": None, "reason": "", **asked})


@action("test.withdraw_visit", roles=BY, at="unit", self_of="author")
def _withdraw_visit(*, by: Actor, unit: Unit, entry: UUID, author: Person | None, reason: str) -> None:
    book = open_book(entries=[entry])
    book.withdraw(book.entries[entry], _fact(book, book.entries[entry], None), reason)
    book.write()
