"""Somebody is forgotten: name and particulars go, ids and counts stay; the clockwork does it for who is long gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from muster.foundation import clock, journal
from muster.foundation.rights import house
from muster.organisation import keeping
from muster.organisation.keeping import erase_person, forget_people
from muster.organisation.models import Account, Appointment, Grant, Person
from muster.organisation.people import person_names
from muster.vault.models import Erasure, Particular
from tests.cast import START, Cast, at, raises_refusal
from tests.organisation.test_open_phone import with_phones


def leave(cast: Cast, number: str) -> Person:
    """Somebody has left their unit now."""
    person = cast.people[number]
    Appointment.objects.filter(person=person).update(until=clock.now())
    return person


def test_name_particulars_and_ways_in_go_and_counts_stay(cast: Cast) -> None:
    with_phones(cast)
    order = cast.order()
    cast.answer(order, "A1")
    before = cast.coverage(order)
    person = leave(cast, "lead_a1")
    erase_person(by=cast.commander, person=person)
    row = Person.objects.get(pk=person.pk)
    assert (row.name, row.pinyin, row.initials, row.folded, row.status) == ("", "", "", "", "erased")
    with translation.override("en"):
        assert person_names([person.pk]) == {person.pk: "erased"}
    assert not Particular.objects.filter(subject_id=person.pk, body__isnull=False).exists()
    assert not Account.objects.get(person=person).is_active
    assert not Grant.objects.filter(account__person=person, until__isnull=True).exists()
    assert set(Erasure.objects.values_list("purpose", "cause")) == {("contact", "asked"), ("register", "asked")}
    assert person.pk in journal.read()["person"]
    assert cast.coverage(order) == before


def test_the_clockwork_forgets_who_has_long_gone_and_nobody_else(cast: Cast) -> None:
    gone = leave(cast, "m_a1_1")
    with at(days=399):
        assert keeping.chore() == 0
        leave(cast, "m_a1_2")
    with at(days=401):
        assert keeping.chore() == 1
        assert keeping.chore() == 0
    assert list(Person.objects.filter(status="erased")) == [gone]
    assert Erasure.objects.get().cause == "ended"


def test_somebody_who_came_back_is_not_long_gone(cast: Cast) -> None:
    back = leave(cast, "m_a1_1")
    Appointment.objects.create(person=back, unit=cast.neighbour, since=START + timedelta(days=1))
    with at(days=900):
        assert keeping.long_gone(clock.now()) == []


def test_after_a_restore_they_are_forgotten_again(cast: Cast) -> None:
    person = cast.people["m_a1_1"]
    assert keeping.forget_again({person.pk: START}) == 1
    assert keeping.forget_again({person.pk: START}) == 0
    assert Person.objects.get(pk=person.pk).name == ""


def test_it_rejects_somebody_who_is_on_duty(cast: Cast) -> None:
    with raises_refusal("person.on_duty"):
        forget_people(by=cast.commander, people=[cast.people["m_a1_1"].pk], cause=Erasure.Cause.ASKED)


@pytest.mark.parametrize("by", ["town_lead", "clerk", "administrator", "lead", "member"])
def test_it_rejects_whoever_is_no_commander_of_the_district(cast: Cast, by: str) -> None:
    person = leave(cast, "m_a1_1")
    with raises_refusal("rights.refused"):
        forget_people(by=getattr(cast, by), people=[person.pk], cause=Erasure.Cause.ASKED)
    assert Person.objects.get(pk=person.pk).name


def test_the_same_twice_is_done_once(cast: Cast) -> None:
    person = leave(cast, "m_a1_1")
    for forgotten in (1, 0):
        done = forget_people(by=house("x"), people=[person.pk], cause=Erasure.Cause.ENDED)
        assert done == forgotten


def test_what_was_refused_is_not_done_by_a_restore(cast: Cast) -> None:
    """The journal is written first: it takes back what the verb refuses."""
    person = cast.people["m_a1_1"]
    with raises_refusal("person.on_duty"):
        erase_person(by=cast.commander, person=person)
    assert person.pk not in journal.read().get("person", {})
    with raises_refusal("rights.refused"):
        erase_person(by=cast.town_lead, person=person)
    assert person.pk not in journal.read().get("person", {})
