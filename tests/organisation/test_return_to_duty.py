"""Somebody who had left comes back, as the same person."""

from __future__ import annotations

import pytest

from muster.organisation.lives import retire, return_to_duty
from muster.organisation.models import Account, Appointment, Person, Unit
from tests.cast import START, Cast, at, raises_refusal


def gone(cast: Cast) -> Person:
    retire(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"])
    return cast.people["m_a1_1"]


def test_to_another_unit_with_a_way_in(cast: Cast) -> None:
    person = gone(cast)
    with at(10):
        made = return_to_duty(by=cast.sibling, unit=cast.neighbour, person=person, title="Cook")
        assert (made.unit, made.primary, made.title) == (cast.neighbour, True, "Cook")
        assert cast.actor("m_a1_1").grants == (("member", cast.neighbour.path),)
    assert Person.objects.get(pk=person.pk).status == "active"
    assert Account.objects.get(person=person).is_active
    assert Appointment.objects.filter(person=person).count() == 2


def test_it_rejects_somebody_who_has_not_left(cast: Cast) -> None:
    with raises_refusal("person.there"):
        return_to_duty(by=cast.sibling, unit=cast.neighbour, person=cast.people["m_a1_1"])


def test_it_rejects_a_closed_unit_and_somebody_erased(cast: Cast) -> None:
    person = gone(cast)
    Unit.objects.filter(pk=cast.neighbour.pk).update(closed_at=START)
    with raises_refusal("unit.closed"):
        return_to_duty(by=cast.town_lead, unit=cast.neighbour, person=person)
    Person.objects.filter(pk=person.pk).update(status="erased")
    with raises_refusal("person.erased"):
        return_to_duty(by=cast.lead, unit=cast.village, person=person)


@pytest.mark.parametrize("by", ["sibling", "outsider", "member", "inspector"])
def test_it_rejects_whoever_does_not_lead_there(cast: Cast, by: str) -> None:
    person = gone(cast)
    with raises_refusal("rights.refused"):
        return_to_duty(by=getattr(cast, by), unit=cast.village, person=person)
