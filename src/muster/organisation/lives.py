"""The verbs of people's lives: transfer, leave, come back, a second place ends, another name or number, merge.

What is open of theirs on rolls is another room's: `roll.following` (docs/rules/people.md).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from muster.foundation import clock, journal, rights
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.registry import PURPOSES
from muster.foundation.rights import HOUSE, Actor
from muster.organisation.accounts import close_ways
from muster.organisation.asking import commands_district
from muster.organisation.cards import made_above
from muster.organisation.models import Absence, Account, Appointment, Grant, Person, Unit, lasting
from muster.organisation.names import person_columns
from muster.organisation.places import OF_A_PLACE, end_everything, end_place, give_place, give_roles
from muster.organisation.roles import ADMINISTRATOR, DECIDE
from muster.organisation.tree import lock_root
from muster.organisation.units import require_under
from muster.vault.erasing import erase
from muster.vault.models import Erasure, Particular
from muster.vault.particulars import NewParticular, keep, open_one
from muster.vault.purposes import CONTACT, end_of, plain_phone
from muster.vault.retention import PARTICULAR

NAME_LENGTH_MAX, TITLE_LENGTH_MAX = 80, 80


def _person(person: Person) -> Person:
    """Somebody, locked and read anew. Raises: Refusal `person.erased`, `person.merged`."""
    row = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if row.status == Person.Status.ERASED:
        raise invalid("person", text("This person was erased."), "person.erased")
    if row.merged_into_id is not None:
        raise invalid("person", text("This person goes on as another one."), "person.merged")
    return row


def _place(person: Person, **where: Any) -> Appointment:
    """A place that somebody has now. Raises: Refusal `appointment.none`."""
    found = Appointment.objects.select_for_update().select_related("unit").filter(person=person, until__isnull=True)
    place = found.filter(**where).first()
    if place is None:
        raise invalid("person", text("This person has no place there."), "appointment.none")
    return place


def _require_may_end(by: Actor, person: Person, at: datetime) -> None:
    """Whoever ends all that somebody holds could give all of it; an administrator is let go by a commander only.

    Raises: Refusal `rights.refused`.
    """
    if by.has(HOUSE):
        return
    keeps = Grant.objects.filter(lasting(at), role=ADMINISTRATOR, account__person=person)
    if made_above(by, [person.pk], at) or (keeps.exists() and not commands_district(by)):
        raise rights.refused()


@action("organisation.transfer", roles=(HOUSE, *DECIDE), at="parent")
def transfer(
    *, by: Actor, parent: Unit, person: Person, into: Unit, title: str = "", leads: bool = False
) -> Appointment:
    """Give somebody their primary place at another unit from now on; `parent` is above both units and decides.

    Raises: Refusal `unit.not_under`, `unit.closed`, `unit.same`, `appointment.none`, `person.erased`.
    """
    row = _person(person)
    old = _place(row, primary=True)
    into = Unit.objects.select_for_update(no_key=True).get(pk=into.pk)
    require_under(parent, *(one for one in (old.unit, into) if one.pk != parent.pk))
    if into.closed_at is not None:
        raise invalid("into", text("This unit is closed."), "unit.closed")
    if into.pk == old.unit_id:
        raise invalid("into", text("Choose another unit."), "unit.same")
    _require_title(title)
    at = locked()
    current_line().note(row.pk, old.unit_id, into.pk)
    current_line().change("unit", old.unit_id, into.pk)
    current_line().change("leads", old.leads, leads)
    return give_place(by, old, into, title, leads=leads, at=at)


def _require_title(title: str) -> None:
    if len(title) > TITLE_LENGTH_MAX:
        raise invalid("title", text("Write a position of 80 characters at most."), "appointment.title")


@action("organisation.end_appointment", roles=(HOUSE, *DECIDE), at="unit")
def end_appointment(*, by: Actor, unit: Unit, person: Person) -> None:
    """End the place that somebody has at a unit; was it the primary one, the oldest other becomes it.

    Raises: Refusal `appointment.none`, `appointment.last` for the only place: whoever leaves altogether retires.
    """
    row = _person(person)
    old = _place(row, unit=unit)
    others = Appointment.objects.filter(person=row, until__isnull=True).exclude(pk=old.pk).order_by("since", "pk")
    next_one = others.first()
    if next_one is None:
        raise Refusal(
            "appointment.last",
            text("This is the only place of this person."),
            text("Transfer them, or let them leave for good."),
        )
    at = locked()
    end_place(old, at)
    if old.primary:
        Appointment.objects.filter(pk=next_one.pk).update(primary=True)
    current_line().note(row.pk, unit.pk)
    current_line().change("unit", unit.pk, None)


@action("organisation.retire", roles=(HOUSE, *DECIDE), at="unit")
def retire(*, by: Actor, unit: Unit, person: Person) -> None:
    """Somebody leaves for good: every place, role and standing in ends, the way in is closed. `unit`: the primary one.

    Raises: Refusal `appointment.none`, `rights.refused`, `grant.last`.
    """
    lock_root()
    row = _person(person)
    _place(row, unit=unit, primary=True)
    at = locked()
    _require_may_end(by, row, at)
    end_everything(row.pk, at)
    Person.objects.filter(pk=row.pk).update(status=Person.Status.GONE)
    close_ways(Account.objects.get(person=row), at)
    current_line().note(row.pk)
    current_line().change("person", row.status, Person.Status.GONE.value)


@action("organisation.return_to_duty", roles=(HOUSE, *DECIDE), at="unit")
def return_to_duty(*, by: Actor, unit: Unit, person: Person, title: str = "", leads: bool = False) -> Appointment:
    """Somebody who had left comes back to a unit, as the same person with their history.

    Raises: Refusal `person.there` for somebody who has not left, `unit.closed`, `person.erased`, `person.merged`.
    """
    row = _person(person)
    _require_title(title)
    if Appointment.objects.filter(person=row, until__isnull=True).exists():
        raise invalid("person", text("This person has not left."), "person.there")
    if Unit.objects.select_for_update(no_key=True).get(pk=unit.pk).closed_at is not None:
        raise invalid("unit", text("This unit is closed."), "unit.closed")
    at = locked()
    Person.objects.filter(pk=row.pk).update(status=Person.Status.ACTIVE)
    Account.objects.filter(person=row).update(disabled_at=None)
    made = Appointment.objects.create(person=row, unit=unit, title=title, leads=leads, primary=True, since=at)
    give_roles(by, row.pk, unit, leads=leads, at=at)
    current_line().note(row.pk, unit.pk)
    current_line().change("person", row.status, Person.Status.ACTIVE.value)
    current_line().change("unit", None, unit.pk)
    return made


@action("organisation.come_back", roles=(HOUSE, *DECIDE), at="unit", self_of="person")
def come_back(*, by: Actor, unit: Unit, person: Person) -> None:
    """Somebody who was away is back: the absence ends now, and whoever stood in for them stands in no longer.

    Raises: Refusal `absence.none`.
    """
    _place(_person(person), unit=unit)
    at = locked()
    away = Absence.objects.filter(lasting(at), person=person)
    for kind in away.filter(since__lt=at).values_list("kind", flat=True):
        current_line().change("absence", kind, None)
    if not away.exists():
        raise invalid("person", text("Nobody wrote down that this person is away."), "absence.none")
    # What has not begun yet is dropped: it was a plan.
    away.filter(since__gte=at).delete()
    away.update(until=at)
    Grant.objects.filter(lasting(at), stands_in_for=person).update(until=at)
    current_line().note(person.pk)


@action("organisation.correct_person", roles=(HOUSE, *DECIDE), at="unit")
def correct_person(*, by: Actor, unit: Unit, person: Person, name: str, title: str | None = None) -> None:
    """Put right how somebody is called, and their position at this unit.

    Raises: Refusal `person.name`, `appointment.none`.
    """
    row, words = _person(person), " ".join(name.split())
    if not words or len(words) > NAME_LENGTH_MAX:
        raise invalid("name", text("Write a name of 80 characters at most."), "person.name")
    place = _place(row, unit=unit)
    _require_title(title or "")
    locked()
    if words != row.name:
        current_line().change("name")
    if title is not None and title != place.title:
        current_line().change("title")
    Person.objects.filter(pk=row.pk).update(name=words, **person_columns(words))
    if title is not None:
        Appointment.objects.filter(pk=place.pk).update(title=title)
    current_line().note(row.pk)


def change_phone(*, by: Actor, unit: Unit, person: Person, phone: str) -> None:
    """Replace a number; one that is taken away is named in the journal first, so that no backup brings it back."""
    if phone.strip():
        set_phone(by=by, unit=unit, person=person, phone=phone)
        return
    rights.require(by, frozenset((HOUSE, *DECIDE)), unit)
    kept = Particular.objects.filter(subject_id=person.pk, purpose=CONTACT, body__isnull=False)
    ids = list(kept.values_list("pk", flat=True))
    journal.write(PARTICULAR, ids, clock.now())
    try:
        set_phone(by=by, unit=unit, person=person, phone=phone)
    except Refusal:
        journal.take_back(PARTICULAR, ids, clock.now())
        raise


@action("organisation.set_phone", roles=(HOUSE, *DECIDE), at="unit")
def set_phone(*, by: Actor, unit: Unit, person: Person, phone: str) -> None:
    """Replace somebody's telephone number; empty takes a wrong one away (by `change_phone`, which names it first).

    Raises: Refusal `person.phone`,
    `appointment.none`.
    """
    row = _person(person)
    _place(row, unit=unit)
    words = phone.strip()
    if words and not 5 <= len(plain_phone(words)) <= 20:
        raise invalid("phone", text("Write a telephone number of 5 to 20 digits."), "person.phone")
    at = locked()
    current_line().note(row.pk)
    current_line().change("phone")
    if words:
        keep([NewParticular("person", row.pk, CONTACT, words, end_of(CONTACT, at))])
        return
    kept = Particular.objects.select_for_update().filter(subject_id=row.pk, purpose=CONTACT, body__isnull=False)
    erase(list(kept.defer("body")), Erasure.Cause.ASKED)


@action("organisation.merge_people", roles=(HOUSE, *DECIDE), at="parent")
def merge_people(*, by: Actor, parent: Unit, person: Person, into: Person) -> None:
    """Somebody is registered twice: `person` goes on as `into`. Both ids stay, and every fact with its id.

    Places, roles and numbers that only the first had go over; their way in is closed. `parent` is at or above the
    places of both. Raises: Refusal `person.same`, `person.erased`, `person.merged`, `unit.not_under`, `grant.last`.
    """
    if person.pk == into.pk:
        raise invalid("into", text("Choose two different people."), "person.same")
    lock_root()
    # In the order of their ids, so that two merges at once do not wait for each other.
    rows = {one.pk: _person(one) for one in sorted((person, into), key=lambda one: one.pk)}
    other, stays = rows[person.pk], rows[into.pk]
    if stays.status != Person.Status.ACTIVE:
        raise invalid("into", text("Whoever stays must be on duty: let them come back first."), "person.gone")
    for one in (other, stays):
        places = Appointment.objects.filter(person=one, until__isnull=True).select_related("unit")
        require_under(parent, *(place.unit for place in places if place.unit_id != parent.pk))
    at = locked()
    _require_may_end(by, other, at)
    _roles_over(by, other, stays)
    _places_over(by, other, stays)
    _numbers_over(other, stays)
    Absence.objects.filter(lasting(at), person=other).update(person=stays)
    end_everything(other.pk, at)
    Person.objects.filter(pk=other.pk).update(status=Person.Status.GONE, merged_into=stays)
    Person.objects.filter(merged_into=other).update(merged_into=stays)
    close_ways(Account.objects.get(person=other), at)
    current_line().note(other.pk, stays.pk)
    current_line().change("person", other.status, Person.Status.GONE.value)
    current_line().change("goes_on_as", None, stays.pk)


def _roles_over(by: Actor, other: Person, stays: Person) -> None:
    """What the other was given by hand is given to the one that stays; what comes with a place comes with the place."""
    at, account = locked(), Account.objects.get(person=stays)
    held = Grant.objects.filter(lasting(at), stands_in_for__isnull=True)
    have = set(held.filter(account=account).values_list("role", "unit"))
    for row in held.filter(account__person=other).exclude(role__in=OF_A_PLACE):
        if (row.role, row.unit_id) not in have:
            Grant.objects.create(
                account=account,
                role=row.role,
                unit_id=row.unit_id,
                since=at,
                until=row.until,
                granted_by_id=by.account_id,
                incident_id=row.incident_id,
            )


def _places_over(by: Actor, other: Person, stays: Person) -> None:
    at = locked()
    there = Appointment.objects.filter(person=stays, until__isnull=True)
    primary = there.filter(primary=True).exists()
    for place in Appointment.objects.filter(person=other, until__isnull=True).select_related("unit").order_by("pk"):
        shared = there.filter(unit=place.unit_id).first()
        if shared is not None:
            if place.leads and not shared.leads:
                Appointment.objects.filter(pk=shared.pk).update(leads=True)
                give_roles(by, stays.pk, place.unit, leads=True, at=at)
            continue
        # The primary place of the other ends first: only then may the one that stays have it.
        Appointment.objects.filter(pk=place.pk).update(until=at)
        Appointment.objects.create(
            person=stays,
            unit=place.unit,
            title=place.title,
            leads=place.leads,
            primary=place.primary and not primary,
            since=at,
        )
        give_roles(by, stays.pk, place.unit, leads=place.leads, at=at)
        primary = primary or place.primary


def _numbers_over(other: Person, stays: Person) -> None:
    """What is kept of the other only is kept of the one that stays; of the other nothing is kept any more."""
    at = locked()
    kept = list(Particular.objects.select_for_update().filter(subject_id=other.pk, body__isnull=False))
    have = set(Particular.objects.filter(subject_id=stays.pk, body__isnull=False).values_list("purpose", flat=True))
    for row in kept:
        content = open_one("person", other.pk, row.purpose, at)
        if content is not None and row.purpose not in have and row.purpose in PURPOSES:
            keep([NewParticular("person", stays.pk, row.purpose, content, row.expires_at)])
    erase(kept, Erasure.Cause.ASKED)
