"""After a restore, the places of people who had been erased since the backup end, so that they can be forgotten."""

from __future__ import annotations

from muster.foundation.rights import house
from muster.organisation.keeping import end_places
from muster.organisation.models import Appointment
from tests.cast import START, Cast, raises_refusal


def test_every_place_ends_now(cast: Cast) -> None:
    person = cast.people["m_a1_1"]
    end_places(by=house("restore"), people=[person.pk])
    assert Appointment.objects.get(person=person).until == START


def test_it_rejects_everybody_but_the_house(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        end_places(by=cast.commander, people=[cast.people["m_a1_1"].pk])
