"""A lead takes a member's way in away, without a new card."""

from __future__ import annotations

import pytest

from muster.organisation.cards import revoke_code
from muster.organisation.models import Code, Device, Pin, SignIn
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import MEMBER, card, come_in


def test_card_phone_and_pin_end(cast: Cast) -> None:
    made = come_in(cast)
    revoke_code(by=cast.lead, unit=cast.village, person=cast.people[MEMBER])
    assert SignIn.objects.get(pk=made.pk).ended_at == START
    assert not Device.objects.filter(revoked_at__isnull=True).exists()
    assert not Pin.objects.exists()


def test_a_card_that_nobody_used_is_dead(cast: Cast) -> None:
    made = card(cast)
    revoke_code(by=cast.town_lead, unit=cast.village, person=cast.people[MEMBER])
    assert Code.objects.get(pk=made.pk).revoked_at == START


@pytest.mark.parametrize("by", ["lead_a2", "lead_b", "m_a1_1", "clerk", "administrator"])
def test_it_rejects_whoever_does_not_lead_the_unit(cast: Cast, by: str) -> None:
    card(cast)
    with raises_refusal("rights.refused"):
        revoke_code(by=cast.actor(by), unit=cast.village, person=cast.people[MEMBER])


def test_it_rejects_somebody_of_elsewhere_or_above(cast: Cast) -> None:
    with raises_refusal("person.unknown"):
        revoke_code(by=cast.lead, unit=cast.village, person=cast.people["m_a2_1"])
    with raises_refusal("rights.refused"):
        revoke_code(by=cast.actor("lead_h"), unit=cast.units["H"], person=cast.people["inspector"])
