"""An incident rests: another one is shown first; answers are still taken."""

from __future__ import annotations

import pytest

from muster.organisation.actions import open_incident
from muster.organisation.asking import incident_of
from muster.organisation.incidents import rest_incident
from tests.cast import START, Cast, at, raises_refusal


def test_another_one_is_shown_first_and_answers_are_taken(cast: Cast) -> None:
    order = cast.order()
    with at(5):
        frost = open_incident(by=cast.commander, key="frost", name="Frost", kind="frost", opened_at=START)
        assert incident_of(None) == frost
        rest_incident(by=cast.commander, incident=frost)
        assert incident_of(None) == cast.incident
        assert incident_of("frost") == frost
        rest_incident(by=cast.commander, incident=cast.incident)
        assert incident_of(None) == frost, "where all rest, the latest"
        cast.answer(order, "A1")


@pytest.mark.parametrize("by", ["town_lead", "clerk", "administrator"])
def test_it_rejects_whoever_is_no_commander_of_the_district(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        rest_incident(by=getattr(cast, by), incident=cast.incident)
