"""That an incident was to be ended is dropped."""

from __future__ import annotations

from muster.briefing.ending import end_incident
from muster.organisation.incidents import ask_to_end_incident, drop_ending
from muster.organisation.models import Incident
from tests.cast import Cast, raises_refusal


def test_it_goes_on_and_may_be_asked_for_again(cast: Cast) -> None:
    ask_to_end_incident(by=cast.commander, incident=cast.incident)
    drop_ending(by=cast.second, incident=cast.incident)
    assert Incident.objects.get().end_asked_by is None
    ask_to_end_incident(by=cast.second, incident=cast.incident)


def test_it_rejects_one_that_has_ended(cast: Cast) -> None:
    ask_to_end_incident(by=cast.commander, incident=cast.incident)
    end_incident(by=cast.second, incident=cast.incident)
    with raises_refusal("incident.closed"):
        drop_ending(by=cast.commander, incident=cast.incident)


def test_it_rejects_a_lead(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        drop_ending(by=cast.town_lead, incident=cast.incident)
