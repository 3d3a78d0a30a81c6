"""A second appointment, with the grants that come with it."""

from __future__ import annotations

import pytest

from muster.organisation.actions import appoint, members_of, merge_units
from muster.organisation.lives import retire
from muster.organisation.models import Appointment
from muster.organisation.people import leads_of
from tests.cast import LONG_AGO, START, Cast, raises_refusal


@pytest.mark.parametrize("by", ["commander", "lead_a", "lead_a2"])
def test_a_lead_of_two_units(cast: Cast, by: str) -> None:
    person = cast.people["lead_a1"]
    made = appoint(by=cast.actor(by), person=person, unit=cast.neighbour, title="x", leads=True, since=START)
    assert (made.primary, made.leads, made.until) == (False, True, None)
    grants = set(cast.actor("lead_a1").grants)
    assert grants >= {("lead", cast.village.path), ("lead", cast.neighbour.path), ("member", cast.neighbour.path)}
    assert leads_of([cast.neighbour.pk])[cast.neighbour.pk] == cast.people["lead_a2"]


def test_they_are_called_up_where_their_primary_place_is(cast: Cast) -> None:
    person = cast.people["m_a1_1"]
    appoint(by=cast.town_lead, person=person, unit=cast.neighbour, title="", leads=False, since=LONG_AGO)
    assert person.pk in members_of([cast.village.pk])[cast.village.pk]
    assert person.pk not in members_of([cast.neighbour.pk])[cast.neighbour.pk]
    assert Appointment.objects.filter(person=person).count() == 2
    assert ("lead", cast.neighbour.path) not in cast.actor("m_a1_1").grants


@pytest.mark.parametrize("by", ["clerk", "lead_a1", "lead_b", "m_a2_1", "administrator"])
def test_it_rejects_whoever_does_not_lead_the_unit(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        appoint(
            by=cast.actor(by), person=cast.people["m_a1_1"], unit=cast.neighbour, title="", leads=False, since=START
        )


def test_it_rejects_a_place_that_the_person_has(cast: Cast) -> None:
    with raises_refusal("appointment.twice"):
        appoint(by=cast.town_lead, person=cast.people["m_a1_1"], unit=cast.village, title="", leads=True, since=START)


def test_it_rejects_a_closed_unit(cast: Cast) -> None:
    merge_units(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour)
    with raises_refusal("unit.closed"):
        appoint(by=cast.town_lead, person=cast.people["m_b1_1"], unit=cast.village, title="", leads=True, since=START)


def test_it_rejects_somebody_who_has_left(cast: Cast) -> None:
    retire(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"])
    with raises_refusal("person.gone"):
        appoint(
            by=cast.town_lead, person=cast.people["m_a1_1"], unit=cast.neighbour, title="", leads=False, since=START
        )
