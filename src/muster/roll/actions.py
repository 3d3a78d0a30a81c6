"""The verbs that every kind of roll shares: excuse, lift an excuse, hand over, choose, add, take off, close."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from muster.foundation import facts
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.rights import HOUSE, Actor, refused
from muster.organisation.models import Unit
from muster.organisation.roles import CLERK, COMMANDER, LEAD
from muster.organisation.scope import covers
from muster.roll import rules, statements
from muster.roll.book import Book, Call, Open, calls_of, new_open, not_open, open_book
from muster.roll.kinds import Expected
from muster.roll.models import OUTSTANDING, Entry, Mark, Reason, Roll, Ruling

ABOVE = (COMMANDER, CLERK, LEAD)


def _ruling(what: Ruling.What, entry: Open, book: Book, reason: str, to_unit: UUID | None = None) -> Ruling:
    return Ruling(
        what=what,
        roll_id=entry.roll,
        entry_id=entry.id,
        at_unit_id=entry.unit,
        to_unit_id=to_unit,
        incident=book.call_of(entry).incident,
        reason=reason,
    )


def require_reason(use: str, code: str) -> None:
    """Refuse a reason that is not on the district's list for this use."""
    if not Reason.objects.filter(use=use, code=code).exists():
        raise invalid("reason", text("Choose a reason from the list."), "reason.unknown")


def _require_above(by: Actor, book: Book) -> None:
    """Only the holder of the roll, or a level above the accountable unit: a unit never excuses itself."""
    wanted = {e.unit for e in book.entries.values()} | {c.held_by for c in book.calls.values()}
    paths = dict(Unit.objects.filter(pk__in=wanted).values_list("pk", "path"))
    scopes = by.scopes(*ABOVE)
    for entry in book.entries.values():
        own, holder = paths[entry.unit], paths[book.call_of(entry).held_by]
        above = any(covers(s, own) and s != own for s in scopes)
        if not (above or any(covers(s, holder) for s in scopes)):
            raise refused()


@action("roll.excuse", roles=ABOVE)
def excuse(*, by: Actor, entries: Collection[UUID], reason: str) -> int:
    """Excuse entries with a reason from the list; returns how many were not excused before.

    By the issuer or a level above the accountable unit. Raises: Refusal for an entry that is answered.
    """
    require_reason("excuse", reason)
    book = open_book(entries=entries)
    _require_above(by, book)
    done = 0
    for entry in book.entries.values():
        fact = _ruling(Ruling.What.EXCUSED, entry, book, reason)
        done += book.rule(entry, fact, rules.excuse(entry.standing), reason)
    book.write()
    return done


@action("roll.lift_excuse", roles=ABOVE)
def lift_excuse(*, by: Actor, entries: Collection[UUID]) -> int:
    """End the excuse of entries: they are expected again."""
    book = open_book(entries=entries)
    _require_above(by, book)
    for entry in book.entries.values():
        book.rule(entry, _ruling(Ruling.What.EXCUSE_LIFTED, entry, book, ""), rules.lift_excuse(entry.standing))
    book.write()
    return len(book.entries)


@action("roll.hand_over_entries", roles=(HOUSE, *ABOVE), at="parent")
def hand_over_entries(*, by: Actor, parent: Unit, unit: Unit, into: Unit, reason: str) -> int:
    """Another unit sees to all that is outstanding at `unit`; returns how many entries went over.

    `parent` is the unit above both, which decides. What is answered or excused stays where it was.
    """
    require_reason("hand_over", reason)
    for one in (unit, into):
        if not covers(parent.path, one.path):
            raise invalid("parent", text("Both units must stand under the one that decides."), "unit.merge_scope")
    if into.closed_at is not None:
        raise invalid("into", text("The unit that is to go on is closed."), "unit.closed")
    wanted = list(
        Entry.objects.filter(unit=unit, state=OUTSTANDING, roll__state=Roll.State.OPEN).values_list("pk", flat=True)
    )
    if not wanted:
        locked()
        return 0
    book = open_book(entries=wanted)
    current_line().note(unit.pk, into.pk)
    done = 0
    for entry in book.entries.values():
        # Between the list and the lock somebody may have answered: what is settled stays.
        if entry.standing.state == OUTSTANDING and entry.unit == unit.pk:
            book.hand_over(entry, _ruling(Ruling.What.HANDED_OVER, entry, book, reason, into.pk), into.pk, reason)
            done += 1
    book.write()
    return done


@action("roll.choose_answer", roles=ABOVE, at="unit")
def choose_answer(*, by: Actor, unit: Unit, entry: UUID, fact_id: UUID, reason: str) -> None:
    """Two answers to one entry differ: say which one stands. `unit` is the accountable unit."""
    require_reason("correction", reason)
    book = open_book(entries=[entry])
    found = book.entries[entry]
    if found.unit != unit.pk:
        raise not_found("entry.unknown")
    mark = Mark.objects.filter(entry_id=entry, fact_id=fact_id).exclude(outcome="").order_by("-n").first()
    if mark is None or not found.standing.differs:
        raise Refusal(
            "entry.no_difference", text("There are no two answers to choose between."), text("Look at it again.")
        )
    effect = book.call_of(found).kind.outcomes[mark.outcome].effect
    decision = rules.correct(found.standing, mark.outcome, effect)
    ruling = _ruling(Ruling.What.CHOSEN, found, book, reason)
    book.record(ruling)
    book.settle_by(found, ruling, decision, mark, reason)
    book.write()


@action("roll.add_entry", roles=ABOVE, at="holder")
def add_entry(*, by: Actor, holder: Unit, roll: Roll, expected: Expected) -> UUID:
    """Somebody is expected after all; `holder` is the unit that holds the roll. Returns the entry's id.

    Whoever was on the roll and taken off comes back by the same entry.
    """
    if roll.held_by_id != holder.pk:
        raise refused()
    subject = (expected.subject_kind, expected.subject_id)
    book = _book_of(roll, subject)
    call = book.calls[roll.pk]
    known = next(iter(book.entries.values()), None)
    if known is None:
        entry = _join(book, call, expected)
    elif known.standing.state is None:
        fact = _ruling(Ruling.What.JOINED, known, book, "")
        book.rule(known, fact, rules.Decision(rules.Standing(state=OUTSTANDING, attempts=known.standing.attempts)))
        entry = known
    else:
        raise Refusal("entry.there", text("This name is on the roll already."), text("Look for it in the list."))
    book.write()
    return entry.id


def _book_of(roll: Roll, subject: tuple[str, UUID]) -> Book:
    """A book on the entry of a subject, empty when there is none yet."""
    found = statements.lock(subjects=[subject], rolls=[roll.pk])
    return Book(at=locked(), entries={e.id: e for e in found}, calls=calls_of([roll.pk]))


def _join(book: Book, call: Call, expected: Expected) -> Open:
    if call.state != Roll.State.OPEN:
        raise not_open(call.state)
    entry = new_open(call.id, expected)
    entry.due_at = entry.due_at or call.due_at
    fact = Ruling(
        what=Ruling.What.JOINED,
        roll_id=call.id,
        entry_id=entry.id,
        at_unit_id=expected.unit,
        incident=call.incident,
    )
    book.join(entry, fact)
    return entry


@action("roll.remove_entry", roles=ABOVE, at="holder")
def remove_entry(*, by: Actor, holder: Unit, entry: UUID, reason: str) -> None:
    """Take a name off the roll that stood there by mistake; its marks stay."""
    require_reason("correction", reason)
    book = open_book(entries=[entry])
    found = book.entries[entry]
    if book.call_of(found).held_by != holder.pk:
        raise refused()
    book.rule(found, _ruling(Ruling.What.REMOVED, found, book, reason), rules.remove(found.standing), reason)
    book.write()


@action("roll.close", roles=ABOVE, at="holder")
def close_roll(*, by: Actor, holder: Unit, roll: Roll) -> None:
    """Close a roll: its figures stay as they are."""
    if roll.held_by_id != holder.pk:
        raise refused()
    end_roll(roll, Roll.State.CLOSED)


def end_roll(roll: Roll, state: Roll.State) -> None:
    """Close, supersede or withdraw a roll, inside an action.

    Its entries are locked first, in order, so that an answer is either before the end or refused after it.
    """
    statements.lock(entries=list(Entry.objects.filter(roll=roll).values_list("pk", flat=True)))
    at = locked()
    ended = Roll.objects.filter(pk=roll.pk, state=Roll.State.OPEN).update(state=state, closed_at=at)
    if not ended:
        raise Refusal("roll.not_open", text("This roll is not open."), text("Look at it again."))
    line = current_line()
    line.note(roll.pk)
    facts.record(
        [
            Ruling(
                what=Ruling.What.CLOSED,
                roll=roll,
                at_unit_id=roll.held_by_id,
                incident=roll.incident_id,
                by_person=line.by.person_id,
                channel=line.by.channel,
                happened_at=at,
                recorded_at=at,
                reason=state,
            )
        ]
    )


def reasons(use: str) -> Sequence[Reason]:
    """The district's list of reasons for a use."""
    return list(Reason.objects.filter(use=use).order_by("pk"))
