"""Back before the day: the absence ends now, and nobody stands in any longer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from muster.organisation.actions import record_absence
from muster.organisation.granting import stand_in
from muster.organisation.lives import come_back
from muster.organisation.models import Absence, Account
from tests.cast import START, Cast, at, raises_refusal


def away(cast: Cast) -> None:
    until = START + timedelta(days=9)
    person = cast.people["lead_a1"]
    record_absence(by=cast.town_lead, unit=cast.village, person=person, kind="ill", since=START, until=until)
    with at(1):
        account = Account.objects.get(name="m_a1_1")
        stand_in(by=cast.town_lead, unit=cast.village, person=person, account=account)


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander"])
def test_the_absence_ends_and_standing_in_with_it(cast: Cast, by: str) -> None:
    away(cast)
    with at(10):
        assert ("lead", cast.village.path) in cast.actor("m_a1_1").grants
        come_back(by=cast.actor(by), unit=cast.village, person=cast.people["lead_a1"])
        assert ("lead", cast.village.path) not in cast.actor("m_a1_1").grants
    assert Absence.objects.get().until == START + timedelta(minutes=10)


def test_one_that_has_not_begun_is_dropped(cast: Cast) -> None:
    person, since = cast.people["lead_a1"], START + timedelta(days=3)
    record_absence(by=cast.town_lead, unit=cast.village, person=person, kind="leave", since=since, until=None)
    come_back(by=cast.lead, unit=cast.village, person=person)
    assert not Absence.objects.exists()


def test_it_rejects_somebody_who_is_not_away(cast: Cast) -> None:
    with raises_refusal("absence.none"):
        come_back(by=cast.lead, unit=cast.village, person=cast.people["lead_a1"])


@pytest.mark.parametrize("by", ["sibling", "outsider", "member", "inspector"])
def test_it_rejects_everybody_else(cast: Cast, by: str) -> None:
    away(cast)
    with raises_refusal("rights.refused"):
        come_back(by=getattr(cast, by), unit=cast.village, person=cast.people["lead_a1"])
