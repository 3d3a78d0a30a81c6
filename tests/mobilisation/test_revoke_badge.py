"""A badge ends before its date."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from muster.mobilisation import badges
from muster.mobilisation.answers import report_in, revoke_badge
from muster.mobilisation.models import Badge
from muster.mobilisation.renewal import renew_badge
from tests.cast import START, Cast, raises_refusal


def badge_of(cast: Cast) -> Badge:
    order = cast.order(call_up="kind:village")
    report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=order)
    return Badge.objects.get()


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander", "clerk"])
def test_it_stands_in_the_list_of_the_revoked(cast: Cast, by: str) -> None:
    badge = badge_of(cast)
    revoke_badge(by=cast.actor(by), unit=cast.village, badge=badge)
    assert badges.revoked_numbers() == [badge.no]
    assert Badge.objects.get().revoked_at == START


@pytest.mark.parametrize("by", ["m_a1_1", "lead_a2", "lead_b"])
def test_it_rejects_the_bearer_and_others(cast: Cast, by: str) -> None:
    badge = badge_of(cast)
    with raises_refusal("rights.refused"):
        revoke_badge(by=cast.actor(by), unit=cast.village, badge=badge)


def test_it_rejects_a_badge_of_another_unit(cast: Cast) -> None:
    badge = badge_of(cast)
    with raises_refusal("badge.unknown"):
        revoke_badge(by=cast.sibling, unit=cast.neighbour, badge=badge)


def test_it_rejects_a_badge_that_is_revoked(cast: Cast) -> None:
    badge = badge_of(cast)
    revoke_badge(by=cast.lead, unit=cast.village, badge=badge)
    with raises_refusal("badge.revoked"):
        revoke_badge(by=cast.lead, unit=cast.village, badge=badge)


def test_it_rejects_a_number_in_whose_place_another_was_made(cast: Cast) -> None:
    badge = badge_of(cast)
    made = renew_badge(by=cast.member, badge=badge)
    with raises_refusal("badge.renewed") as caught:
        revoke_badge(by=cast.lead, unit=cast.village, badge=badge)
    with override("en"):
        assert "Revoke that one." in caught.value.next_step
    revoke_badge(by=cast.lead, unit=cast.village, badge=made)
    assert not Badge.objects.filter(revoked_at=None).exists()
