"""A unit of which nothing goes on is closed, once nothing is open there and nobody is left."""

from __future__ import annotations

import pytest

from muster.organisation.lives import retire
from muster.organisation.models import Appointment, Unit
from muster.organisation.units import close_unit
from tests.cast import START, Cast, raises_refusal


def emptied(cast: Cast) -> None:
    """Everybody of village A1 leaves for good."""
    for number in ("lead_a1", "m_a1_1", "m_a1_2"):
        retire(by=cast.town_lead, unit=cast.village, person=cast.people[number])


def test_an_empty_one_is_closed(cast: Cast) -> None:
    emptied(cast)
    close_unit(by=cast.town_lead, parent=cast.town, unit=cast.village)
    row = Unit.objects.get(pk=cast.village.pk)
    assert (row.closed_at, row.successor) == (START, None)


def test_it_rejects_one_with_people(cast: Cast) -> None:
    with raises_refusal("unit.has_people"):
        close_unit(by=cast.town_lead, parent=cast.town, unit=cast.village)


def test_it_rejects_one_at_which_something_is_open(cast: Cast) -> None:
    cast.order()
    emptied(cast)
    with raises_refusal("unit.open_matters"):
        close_unit(by=cast.town_lead, parent=cast.town, unit=cast.village)


def test_it_rejects_one_with_units_below_and_a_closed_one(cast: Cast) -> None:
    Appointment.objects.filter(unit=cast.town).update(until=START)
    with raises_refusal("unit.has_children"):
        close_unit(by=cast.commander, parent=cast.root, unit=cast.town)
    emptied(cast)
    close_unit(by=cast.town_lead, parent=cast.town, unit=cast.village)
    with raises_refusal("unit.closed"):
        close_unit(by=cast.town_lead, parent=cast.town, unit=cast.village)


@pytest.mark.parametrize("by", ["sibling", "outsider", "member", "inspector"])
def test_it_rejects_whoever_is_not_above(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        close_unit(by=getattr(cast, by), parent=cast.town, unit=cast.village)
