"""An incident is opened: from this moment the district may be called up for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from muster.organisation.actions import open_incident
from muster.organisation.granting import grant_role
from muster.organisation.models import Account, Incident
from tests.cast import LONG_AGO, START, Cast, raises_refusal


def test_several_may_run_at_once(cast: Cast) -> None:
    opened = open_incident(
        by=cast.commander, key="frost", name="Frost", kind="frost", opened_at=START - timedelta(hours=1)
    )
    assert (opened.opened_at, opened.recorded_at) == (START - timedelta(hours=1), START)
    assert Incident.objects.count() == 2


@pytest.mark.parametrize("by", ["clerk", "lead_a", "m_a1_1", "administrator"])
def test_it_rejects_whoever_does_not_command(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        open_incident(by=cast.actor(by), key="frost", name="Frost", kind="frost", opened_at=START)


def test_it_rejects_a_commander_of_a_part_of_the_district(cast: Cast) -> None:
    grant_role(
        by=cast.commander, account=Account.objects.get(name="lead_a"), role="commander", unit=cast.town, since=LONG_AGO
    )
    with raises_refusal("rights.refused"):
        open_incident(by=cast.town_lead, key="frost", name="Frost", kind="frost", opened_at=START)


def test_it_rejects_a_key_in_use(cast: Cast) -> None:
    with raises_refusal("incident.key"):
        open_incident(by=cast.commander, key="flood", name="Flood", kind="flood", opened_at=START)
