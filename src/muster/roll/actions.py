"""The verbs that every kind of roll shares: excuse, lift an excuse, hand over, choose, add, take off, close."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import takewhile
from uuid import UUID

from muster.foundation import facts
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.registry import SUBJECTS
from muster.foundation.rights import HOUSE, Actor, refused
from muster.organisation.asking import require_district
from muster.organisation.models import Unit
from muster.organisation.roles import ADMINISTRATOR, CLERK, COMMANDER, LEAD
from muster.organisation.scope import covers
from muster.roll import rules, statements
from muster.roll.book import Book, Call, Open, calls_of, new_open, not_open, open_book
from muster.roll.kinds import Expected, RollKind, kind_of
from muster.roll.models import OUTSTANDING, Entry, Mark, Reason, Roll, Ruling
from muster.roll.reasons import USES, require_reason

ABOVE = (COMMANDER, CLERK, LEAD)
CODE = re.compile(r"[\w-]{1,32}")
REASON_LENGTH_MAX = 200


def ruling_of(what: Ruling.What, entry: Open, book: Book, reason: str, to_unit: UUID | None = None) -> Ruling:
    """What an office decides about an entry, as the fact that is about to be recorded."""
    return Ruling(
        what=what,
        roll_id=entry.roll,
        entry_id=entry.id,
        at_unit_id=entry.unit,
        to_unit_id=to_unit,
        incident=book.call_of(entry).incident,
        reason=reason,
    )


def _require_above(by: Actor, book: Book) -> None:
    """Only the holder of the roll, or a level above the accountable unit: a unit never excuses itself."""
    wanted = {e.unit for e in book.entries.values()} | {c.held_by for c in book.calls.values()}
    paths = dict(Unit.objects.filter(pk__in=wanted).values_list("pk", "path"))
    scopes = by.scopes(*ABOVE)
    for entry in book.entries.values():
        if not may_excuse(scopes, paths[entry.unit], paths[book.call_of(entry).held_by]):
            raise refused()


def may_excuse(scopes: Collection[str], unit: str, holder: str) -> bool:
    """Whether these scopes may excuse what the unit at a path must see to, on a roll held by the one at `holder`.

    From above the unit, or for the holder: but a unit never excuses itself, not even on its own roll.
    """
    above = any(covers(scope, unit) and scope != unit for scope in scopes)
    return above or (holder != unit and any(covers(scope, holder) for scope in scopes))


@action("roll.excuse", roles=ABOVE)
def excuse(*, by: Actor, entries: Collection[UUID], reason: str, settled_stay: bool = False) -> int:
    """Excuse entries with a reason from the list; returns how many were not excused before.

    By the issuer or a level above the accountable unit. Raises: Refusal for an entry that is answered, unless
    settled_stay: then what is settled by the time of the lock stays as it is, and the others are excused.
    """
    require_reason("excuse", reason)
    book = open_book(entries=entries)
    _require_above(by, book)
    done = 0
    for entry in book.entries.values():
        if settled_stay and entry.standing.state != OUTSTANDING:
            continue
        fact = ruling_of(Ruling.What.EXCUSED, entry, book, reason)
        done += book.rule(entry, fact, rules.excuse(entry.standing), reason)
    book.write()
    return done


@action("roll.lift_excuse", roles=ABOVE)
def lift_excuse(*, by: Actor, entries: Collection[UUID]) -> int:
    """End the excuse of entries: they are expected again."""
    book = open_book(entries=entries)
    _require_above(by, book)
    for entry in book.entries.values():
        book.rule(entry, ruling_of(Ruling.What.EXCUSE_LIFTED, entry, book, ""), rules.lift_excuse(entry.standing))
    book.write()
    return len(book.entries)


@action("roll.hand_over_entries", roles=(HOUSE, *ABOVE), at="parent")
def hand_over_entries(*, by: Actor, parent: Unit, unit: Unit, into: Unit, reason: str) -> int:
    """Another unit sees to all that is outstanding at `unit`; returns how many entries went over.

    `parent` is the unit above both, which decides. What is answered or excused stays where it was.
    """
    require_reason("hand_over", reason)
    if unit.pk == into.pk:
        raise invalid("into", text("Choose another unit to go on."), "unit.same")
    for one in (unit, into):
        if one.pk == parent.pk or not covers(parent.path, one.path):
            raise invalid("parent", text("Both units must stand under the one that decides."), "unit.merge_scope")
    _require_open(into)
    wanted = list(
        Entry.objects.filter(unit=unit, state=OUTSTANDING, roll__state=Roll.State.OPEN).values_list("pk", flat=True)
    )
    if not wanted:
        locked()
        return 0
    current_line().note(unit.pk, into.pk)
    return hand_over_these(wanted, unit, into, reason)


def hand_over_these(entries: Collection[UUID], unit: Unit, into: Unit, reason: str) -> int:
    """Hand some entries over that are outstanding at a unit; returns how many still were. Inside an action.

    Raises: Refusal `unit.closed` for a unit that cannot go on.
    """
    book = open_book(entries=entries)
    # Locked and read anew: nothing goes over to a unit that is being merged itself.
    _require_open(Unit.objects.select_for_update(no_key=True).get(pk=into.pk))
    done = 0
    for entry in book.entries.values():
        # Between the list and the lock somebody may have answered: what is settled stays.
        if entry.standing.state == OUTSTANDING and entry.unit == unit.pk:
            book.hand_over(entry, ruling_of(Ruling.What.HANDED_OVER, entry, book, reason, into.pk), into.pk, reason)
            done += 1
    book.write()
    return done


def _require_open(into: Unit) -> None:
    if into.closed_at is not None:
        raise invalid("into", text("The unit that is to go on is closed."), "unit.closed")


@action("roll.choose_answer", roles=ABOVE, at="unit")
def choose_answer(*, by: Actor, unit: Unit, entry: UUID, fact_id: UUID, reason: str) -> None:
    """Two answers to one entry differ: say which one stands, even after the roll has closed.

    `unit` is the accountable unit.
    """
    require_reason("correction", reason)
    book = _book_with_beside(entry)
    found = book.entries[entry]
    if found.unit != unit.pk:
        raise not_found("entry.unknown")
    may = choices(entry, found.fact_id) if found.standing.differs else []
    mark = next((m for m in may if m.fact_id == fact_id), None)
    if mark is None:
        raise Refusal(
            "entry.no_difference", text("There are no two answers to choose between."), text("Look at it again.")
        )
    kind, before = book.call_of(found).kind, found.standing
    decision = rules.correct(before, mark.outcome, kind.outcomes[mark.outcome].effect)
    ruling = ruling_of(Ruling.What.CHOSEN, found, book, reason)
    book.record(ruling)
    book.settle_by(found, ruling, decision, mark, reason)
    if kind.chosen is not None:
        kind.chosen(book, found, before, ruling)
    book.write()


def _book_with_beside(entry: UUID) -> Book:
    """The book on an entry, and on those beside it that follow what is decided about it."""
    roll = Roll.objects.filter(entries=entry).only("kind", "source_id").first()
    beside = kind_of(roll.kind).beside if roll else None
    return open_book(entries=[entry], beside=beside(roll.source_id) if roll and beside else None)


def choices(entry: UUID, stands: UUID | None) -> list[Mark]:
    """The marks of the answers to a differing entry between which somebody chooses. Two queries."""
    return choices_among(list(Mark.objects.filter(entry_id=entry).order_by("-n")), stands)


def choices_among(marks: Sequence[Mark], stands: UUID | None) -> list[Mark]:
    """Of all marks of a differing entry, the newest first, those of the answers between which somebody chooses.

    Those that wait beside the standing one, whose fact is `stands`, and that one itself. What was corrected, taken back
    or chosen against before is over. One query.
    """
    pending = takewhile(lambda mark: mark.reason in rules.KEPT_BESIDE, marks)
    found = [mark for mark in pending if mark.reason == rules.DIFFERS]
    found += [mark for mark in marks if mark.fact_id == stands and mark.outcome]
    over = facts.corrected_among({mark.fact_id for mark in found})
    return [mark for mark in found if mark.fact_id not in over]


@action("roll.add_entry", roles=ABOVE, at="holder")
def add_entry(*, by: Actor, holder: Unit, roll: Roll, expected: Expected) -> UUID:
    """Somebody is expected after all; `holder` is the unit that holds the roll. Returns the entry's id.

    Whoever was on the roll and taken off comes back by the same entry, which the unit that is named now sees to.
    """
    if roll.held_by_id != holder.pk:
        raise refused()
    _require_by_hand(kind_of(roll.kind))
    _require_expectable(by, expected)
    # The roll's row is the lock: of two who add a name, one finds it there; nobody adds to a roll that ends.
    Roll.objects.select_for_update(no_key=True).get(pk=roll.pk)
    book = _book_of(roll, expected)
    call = book.calls[roll.pk]
    known = next(iter(book.entries.values()), None)
    if known is None:
        entry = join_entry(book, call, expected)
    elif known.standing.state is None:
        book.rule(known, ruling_of(Ruling.What.JOINED, known, book, ""), rules.expect_again(known.standing))
        if known.unit != expected.unit:
            fact = ruling_of(Ruling.What.HANDED_OVER, known, book, "", expected.unit)
            book.hand_over(known, fact, expected.unit, "")
        entry = known
    else:
        raise Refusal("entry.there", text("This name is on the roll already."), text("Look for it in the list."))
    book.write()
    return entry.id


def _require_by_hand(kind: RollKind) -> None:
    """Whose names come and go by answers is not put right by hand: the two would differ."""
    if not kind.by_hand:
        raise Refusal(
            "roll.not_by_hand",
            text("Names come onto this roll and leave it by answers only."),
            text("Correct the answer that put the name there."),
        )


def _require_expectable(by: Actor, expected: Expected) -> None:
    """Only of a unit under one's own can something be expected, and only about somebody that is known."""
    # Locked: nobody is expected of a unit that is being merged.
    unit = Unit.objects.select_for_update(no_key=True).filter(pk=expected.unit).first()
    if unit is None or not any(covers(scope, unit.path) for scope in by.scopes(*ABOVE)):
        raise not_found("unit.unknown")
    if unit.closed_at is not None:
        raise invalid("unit", text("This unit is closed."), "unit.closed")
    names = SUBJECTS.get(expected.subject_kind)
    if names is None or expected.subject_id not in names([expected.subject_id]):
        raise not_found("subject.unknown")


def _book_of(roll: Roll, expected: Expected) -> Book:
    """A book on the entry of a subject and slot, empty when there is none yet."""
    found = statements.lock(subjects=[(expected.subject_kind, expected.subject_id)], rolls=[roll.pk])
    return Book(at=locked(), entries={e.id: e for e in found if e.slot == expected.slot}, calls=calls_of([roll.pk]))


def join_entry(book: Book, call: Call, expected: Expected) -> Open:
    """A name that was not on the roll comes onto it, due as the roll is unless it says otherwise.

    Raises: Refusal `roll.not_open`.
    """
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
    """Take a name off the roll that stood there by mistake; its marks stay, what came of its answer ends with it."""
    require_reason("correction", reason)
    book = _book_with_beside(entry)
    found = book.entries[entry]
    call = book.call_of(found)
    if call.held_by != holder.pk:
        raise refused()
    _require_by_hand(call.kind)
    before, ruling = replace(found), ruling_of(Ruling.What.REMOVED, found, book, reason)
    book.rule(found, ruling, rules.remove(before.standing), reason)
    if call.kind.removed is not None:
        call.kind.removed(book, found, before, ruling)
    book.write()


@action("roll.close", roles=ABOVE, at="holder")
def close_roll(*, by: Actor, holder: Unit, roll: Roll) -> None:
    """Close a roll: it takes no answer any more. What was answered is mended by a lead only, with a reason."""
    if roll.held_by_id != holder.pk:
        raise refused()
    end_rolls([roll], Roll.State.CLOSED)


def lock_rolls(rolls: Sequence[Roll]) -> None:
    """Lock some rolls and then all their entries, in order, before the moment is taken.

    So an answer is either recorded before a roll ends, or refused after it; nobody waits for another in a circle.
    """
    statements.lock_rolls(sorted(roll.pk for roll in rolls))


def end_rolls(rolls: Sequence[Roll], state: Roll.State) -> None:
    """Close, supersede or withdraw rolls, inside an action.

    Raises: Refusal `roll.not_open` when one of them has ended already.
    """
    lock_rolls(rolls)
    at = locked()
    line = current_line()
    ends = []
    for roll in rolls:
        not_ended = Roll.objects.filter(pk=roll.pk, state__in=(Roll.State.OPEN, Roll.State.OPENING))
        if not not_ended.update(state=state, closed_at=at):
            raise Refusal("roll.not_open", text("This roll is not open."), text("Look at it again."))
        line.note(roll.pk)
        line.change("roll", Roll.State.OPEN.value, state.value)
        ends.append(
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
        )
    facts.record(ends)


@action("roll.set_reasons", roles=(HOUSE, ADMINISTRATOR, COMMANDER))
def set_reasons(*, by: Actor, reasons: Sequence[tuple[str, str, str]]) -> None:
    """Say which reasons there are to choose from: (use, code, text). A code that is there gets the new text."""
    require_district(by, (ADMINISTRATOR, COMMANDER))
    for use, code, words in reasons:
        if use not in USES:
            raise invalid("use", text("There is no list of reasons %(use)s."), "reason.use", use=use[:32])
        # What a mark says of itself is no reason to choose.
        if not CODE.fullmatch(code) or code in rules.KEPT_BESIDE:
            raise invalid("code", text("A code has 1 to 32 letters, digits, dashes or underscores."), "reason.code")
        if not words.strip() or len(words) > REASON_LENGTH_MAX:
            raise invalid(
                "text",
                text("A reason has 1 to %(most)s characters."),
                "reason.text",
                most=REASON_LENGTH_MAX,
            )
        Reason.objects.update_or_create(use=use, code=code, defaults={"text": words})
    current_line().note(*(f"{use}:{code}" for use, code, _words in reasons))
    current_line().change("reasons")


def reasons(use: str) -> Sequence[Reason]:
    """The district's list of reasons for a use."""
    return list(Reason.objects.filter(use=use).order_by("pk"))
