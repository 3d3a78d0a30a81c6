"""Who may still be put on a roll, and who stands on it: what the page of its names finds. It reads and never writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from muster.foundation.rights import Actor
from muster.organisation.finding import people_named, units_named
from muster.organisation.models import Appointment, Person, Unit
from muster.organisation.scope import below, holds_at
from muster.organisation.tree import with_codes
from muster.roll.actions import ABOVE
from muster.roll.faces import face_of
from muster.roll.kinds import Expected
from muster.roll.models import Entry, Roll

FOUND_MOST = 20
"""So many are shown for some words; for more, more words are asked for."""


@dataclass(frozen=True)
class Found:
    """A unit or a person that some words name.

    expected: how it would be put on the roll; none for whom it cannot be. entry: where it stands or stood there.
    """

    subject_id: UUID
    name: str
    under: str
    code: str
    expected: Expected | None
    entry: Entry | None = None

    @property
    def stands(self) -> bool:
        """Whether the name is on the roll now."""
        return self.entry is not None and self.entry.state is not None


def may_hold(actor: Actor, roll: Roll) -> bool:
    """Whether the actor may say who is on the roll, and close it: for the unit that holds it."""
    return holds_at(actor, ABOVE, roll.held_by.path)


def named(actor: Actor, roll: Roll, words: str) -> list[Found]:
    """Whom some words name, by name, pinyin, code or number: of the actor's units, or on the roll. Three queries.

    One more than FOUND_MOST at most, so that it shows when there are more.
    """
    if not words.strip():
        return []
    return _with_entries(roll, _subjects(actor, roll, words.strip(), None))


def candidate(actor: Actor, roll: Roll, subject: UUID) -> Found | None:
    """The one with this id, if it may be put on the roll by this actor. Three queries at most."""
    return next((one for one in _with_entries(roll, _subjects(actor, roll, "", subject)) if one.expected), None)


def _subjects(actor: Actor, roll: Roll, words: str, subject: UUID | None) -> list[Found]:
    return (
        _people(actor, roll, words, subject)
        if face_of(roll.kind).joins == "person"
        else _units(actor, roll, words, subject)
    )


def _own(actor: Actor, field: str) -> Q:
    """The units at which, or above which, the actor may expect something of somebody."""
    here = Q(pk__in=[])
    for scope in actor.scopes(*ABOVE):
        here |= below(scope, field)
    return here


def _wanted(roll: Roll, kind: str, own: Q, active: Q) -> Q:
    """One's own and those that stand or stood on the roll; of what has left or is closed, only what stands on it."""
    entries = Entry.objects.filter(roll=roll, subject_kind=kind, slot="")
    there = Q(pk__in=entries.values("subject_id"))
    standing = Q(pk__in=entries.filter(state__isnull=False).values("subject_id"))
    return (active & (own | there)) | standing


def _units(actor: Actor, roll: Roll, words: str, subject: UUID | None) -> list[Found]:
    wanted = Q(pk=subject) if subject else units_named(words)
    among = _wanted(roll, "unit", _own(actor, "path"), Q(closed_at=None))
    rows = with_codes(Unit.objects.filter(wanted).filter(among).select_related("parent"))
    found = []
    for unit in rows.order_by("path")[: FOUND_MOST + 1]:
        may = unit.closed_at is None and holds_at(actor, ABOVE, unit.path)
        expected = Expected(unit=unit.pk, subject_kind="unit", subject_id=unit.pk) if may else None
        under = unit.parent.name if unit.parent else ""
        found.append(Found(unit.pk, unit.name, under, unit.code_now or "", expected))  # type: ignore[attr-defined]
    return found


def _people(actor: Actor, roll: Roll, words: str, subject: UUID | None) -> list[Found]:
    # Whose name was erased is found by the number only, and not named.
    called = people_named(words) & ~Q(status=Person.Status.ERASED)
    wanted = Q(pk=subject) if subject else called | Q(number__istartswith=words)
    current = Appointment.objects.filter(primary=True, until__isnull=True)
    own = Q(pk__in=current.filter(_own(actor, "unit__path")).values("person"))
    among = _wanted(roll, "person", own, Q(status=Person.Status.ACTIVE))
    people = list(Person.objects.filter(wanted).filter(among).order_by("name", "number")[: FOUND_MOST + 1])
    at = {one.person_id: one.unit for one in current.filter(person__in=people).select_related("unit")}
    return [_person(actor, person, at) for person in people]


def _person(actor: Actor, person: Person, at: Mapping[UUID, Unit]) -> Found:
    unit = at.get(person.pk)
    own = unit is not None and holds_at(actor, ABOVE, unit.path)
    expected = None
    if unit is not None and own and unit.closed_at is None and person.status == Person.Status.ACTIVE:
        expected = Expected(unit=unit.pk, subject_kind="person", subject_id=person.pk, assignee=person.pk)
    name = person.shown_name
    return Found(person.pk, name, unit.name if unit and own else "", person.number, expected)


def _with_entries(roll: Roll, found: Sequence[Found]) -> list[Found]:
    """The same with where each stands on the roll. One query."""
    rows = Entry.objects.filter(roll=roll, slot="", subject_id__in=[one.subject_id for one in found])
    entries = {entry.subject_id: entry for entry in rows}
    return [
        Found(one.subject_id, one.name, one.under, one.code, one.expected, entries.get(one.subject_id)) for one in found
    ]
