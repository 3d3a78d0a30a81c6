"""The verbs by which a person's own open entries follow them: to another unit, or to whom they go on as.

Call-ups follow a person only when it is said so (decision 25); what is settled stays where it was settled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from muster.foundation.action import action, current_line, locked
from muster.foundation.rights import HOUSE, Actor
from muster.organisation.models import Person, Unit
from muster.organisation.units import require_under
from muster.roll import rules
from muster.roll.actions import ABOVE, hand_over_these, join_entry, ruling_of
from muster.roll.book import Book, Open, open_book
from muster.roll.kinds import Expected
from muster.roll.models import OUTSTANDING, Entry, Roll, Ruling
from muster.roll.reasons import require_reason


def _open_of(person: UUID) -> QuerySet[Entry]:
    """What is outstanding on open rolls about a person."""
    return Entry.objects.filter(
        subject_kind="person", subject_id=person, state=OUTSTANDING, roll__state=Roll.State.OPEN
    )


def open_entries_of(person: UUID, unit: UUID | None = None) -> list[UUID]:
    """Ids of what is outstanding on open rolls about a person, at a unit where one is named. One query."""
    rows = _open_of(person)
    return list((rows.filter(unit=unit) if unit else rows).values_list("pk", flat=True))


def open_by_unit(person: UUID) -> Counter[UUID]:
    """How much of that there is, by the unit that sees to it. One query."""
    return Counter(_open_of(person).values_list("unit", flat=True))


def units_asked(person: UUID, into: UUID) -> set[Unit]:
    """The units at which one is still asked, and at which the other stands on the same rolls. Two queries."""
    mine = Entry.objects.filter(pk__in=open_entries_of(person))
    both = Q(subject_id=person, pk__in=mine.values("pk")) | Q(subject_id=into, roll__in=mine.values("roll"))
    return set(Unit.objects.filter(pk__in=Entry.objects.filter(both, subject_kind="person").values("unit")))


@action("roll.follow_person", roles=(HOUSE, *ABOVE), at="parent")
def follow_person(*, by: Actor, parent: Unit, person: Person, unit: Unit, into: Unit, reason: str) -> int:
    """Somebody was transferred: their own open entries at the old unit go along; returns how many.

    `parent` is above both units and decides. Raises: Refusal `unit.not_under`, `unit.closed`, `reason.unknown`.
    """
    require_reason("hand_over", reason)
    require_under(parent, *(one for one in (unit, into) if one.pk != parent.pk))
    wanted = open_entries_of(person.pk, unit.pk)
    if not wanted:
        locked()
        return 0
    current_line().note(person.pk, unit.pk, into.pk)
    return hand_over_these(wanted, unit, into, reason)


@action("roll.expect_instead", roles=(HOUSE, *ABOVE), at="parent")
def expect_instead(*, by: Actor, parent: Unit, person: Person, into: Person, reason: str) -> int:
    """Somebody was registered twice: where `person` is still asked, `into` is asked instead, once; returns how many.

    Where both stand on a roll, the name of the first is taken off; else `into` comes onto it, at the same unit and due
    as before. Raises: Refusal `unit.not_under`, `reason.unknown`.
    """
    require_reason("correction", reason)
    wanted = open_entries_of(person.pk)
    if not wanted:
        locked()
        return 0
    rolls = set(Entry.objects.filter(pk__in=wanted).values_list("roll", flat=True))
    others = Entry.objects.filter(subject_kind="person", subject_id=into.pk, roll__in=rolls)
    book = open_book(entries=[*wanted, *others.values_list("pk", flat=True)])
    entries = list(book.entries.values())
    _require_units(parent, entries)
    current_line().note(person.pk, into.pk)
    theirs = {(entry.roll, entry.slot): entry for entry in entries if entry.subject_id == into.pk}
    done = 0
    for entry in entries:
        if entry.subject_id != person.pk or entry.standing.state != OUTSTANDING:
            continue
        ruling = ruling_of(Ruling.What.REMOVED, entry, book, reason)
        book.rule(entry, ruling, rules.remove(entry.standing), reason)
        _expect(book, entry, theirs.get((entry.roll, entry.slot)), into.pk)
        done += 1
    book.write()
    return done


def _require_units(parent: Unit, entries: Iterable[Open]) -> None:
    units = Unit.objects.filter(pk__in={entry.unit for entry in entries}).exclude(pk=parent.pk)
    require_under(parent, *units)


def _expect(book: Book, gone: Open, there: Open | None, person: UUID) -> None:
    """The one who goes on is on the roll as well: was already, comes back to it, or comes onto it."""
    if there is None:
        expected = Expected(gone.unit, "person", person, person if gone.assignee else None, gone.slot, gone.due_at)
        join_entry(book, book.call_of(gone), expected)
    elif there.standing.state is None:
        book.rule(there, ruling_of(Ruling.What.JOINED, there, book, ""), rules.expect_again(there.standing))
