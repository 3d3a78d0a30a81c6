"""An incident that rested is taken up again."""

from __future__ import annotations

import pytest

from muster.organisation.incidents import rest_incident, resume_incident
from muster.organisation.models import Incident
from tests.cast import Cast, raises_refusal


def test_it_runs_again(cast: Cast) -> None:
    rest_incident(by=cast.commander, incident=cast.incident)
    assert not Incident.objects.get().runs
    resume_incident(by=cast.second, incident=cast.incident)
    assert Incident.objects.get().runs


@pytest.mark.parametrize("by", ["town_lead", "clerk", "administrator"])
def test_it_rejects_whoever_is_no_commander_of_the_district(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        resume_incident(by=getattr(cast, by), incident=cast.incident)
