"""A second place ends; was it the primary one, the oldest other becomes it."""

from __future__ import annotations

import pytest

from muster.organisation.actions import appoint
from muster.organisation.lives import end_appointment
from muster.organisation.models import Appointment
from tests.cast import START, Cast, at, raises_refusal


def _second(cast: Cast) -> None:
    person = cast.people["m_a1_1"]
    appoint(by=cast.town_lead, person=person, unit=cast.neighbour, title="Cook", leads=False, since=START)


@pytest.mark.parametrize(("ends", "stays"), [("A1", "A2"), ("A2", "A1")])
def test_the_other_is_the_primary_one(cast: Cast, ends: str, stays: str) -> None:
    _second(cast)
    with at(10):
        end_appointment(by=cast.town_lead, unit=cast.units[ends], person=cast.people["m_a1_1"])
        row = Appointment.objects.get(person=cast.people["m_a1_1"], until__isnull=True)
        assert (row.unit.short_name, row.primary) == (stays, True)
        assert cast.actor("m_a1_1").grants == (("member", cast.units[stays].path),)


def test_it_rejects_the_only_place_and_one_that_is_none(cast: Cast) -> None:
    with raises_refusal("appointment.last"):
        end_appointment(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"])
    with raises_refusal("appointment.none"):
        end_appointment(by=cast.town_lead, unit=cast.neighbour, person=cast.people["m_a1_1"])


@pytest.mark.parametrize("by", ["sibling", "outsider", "member", "inspector"])
def test_it_rejects_whoever_does_not_lead_there(cast: Cast, by: str) -> None:
    _second(cast)
    with raises_refusal("rights.refused"):
        end_appointment(by=getattr(cast, by), unit=cast.village, person=cast.people["m_a1_1"])
