"""A badge is lost, expired or revoked by mistake: it ends, and another is made for the same report-in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from muster.foundation import clock, keys
from muster.foundation.models import AuditLine
from muster.mobilisation import badges
from muster.mobilisation.answers import report_in, revoke_badge, withdraw_report_in
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Badge, Order
from muster.mobilisation.renewal import renew_badge
from muster.roll.actions import close_roll
from tests.cast import REASON, START, Cast, at, raises_refusal


@pytest.fixture
def order(cast: Cast) -> Order:
    return cast.order(call_up="kind:village")


@pytest.fixture
def badge(cast: Cast, order: Order) -> Badge:
    """The badge of a member of village A1."""
    report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=order)
    return Badge.objects.get()


def verdict(badge: Badge) -> str:
    today = clock.now().date()
    return badges.check(badge.payload, keys.public_signing_keys(), badges.revoked_numbers(), today).verdict


def test_the_bearer_gets_another_number_and_no_more_time(cast: Cast, badge: Badge) -> None:
    with at(days=10):
        made = renew_badge(by=cast.member, badge=badge)
        assert (verdict(badge), verdict(made)) == ("revoked", "valid")
    assert made.no != badge.no
    assert (made.unit, made.person, made.report_in) == (badge.unit, badge.person, badge.report_in)
    assert (made.valid_to, made.issued_at) == (badge.valid_to, START + timedelta(days=10))
    line = AuditLine.objects.latest("at", "id")
    assert (line.verb, line.actor) == ("mobilisation.renew_badge", "m_a1_1")
    assert badge.no in line.ids
    assert made.no in line.ids


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander", "clerk"])
def test_a_lead_or_a_level_above_gives_sixty_days_anew(cast: Cast, badge: Badge, by: str) -> None:
    with at(days=10):
        made = renew_badge(by=cast.actor(by), badge=badge)
    assert made.valid_to == (START + timedelta(days=70)).date()
    assert badges.revoked_numbers() == [badge.no]


def test_a_lead_gives_a_new_one_for_what_expired_or_was_revoked(cast: Cast, badge: Badge) -> None:
    with at(days=61):
        second = renew_badge(by=cast.lead, badge=badge)
        assert verdict(second) == "valid"
        revoke_badge(by=cast.lead, unit=cast.village, badge=second)
        second.refresh_from_db()
        third = renew_badge(by=cast.lead, badge=second)
        assert [verdict(one) for one in (badge, second, third)] == ["revoked", "revoked", "valid"]


def test_a_closed_roll_changes_nothing_about_it(cast: Cast, order: Order, badge: Badge) -> None:
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order, REPORT_IN))
    assert verdict(renew_badge(by=cast.member, badge=badge)) == "valid"


def test_taking_the_report_in_back_revokes_the_new_one_too(cast: Cast, order: Order, badge: Badge) -> None:
    with at(5):
        made = renew_badge(by=cast.member, badge=badge)
    with at(10):
        person = cast.people["m_a1_1"]
        withdraw_report_in(by=cast.member, unit=cast.village, person=person, order=order, reason=REASON)
        assert (verdict(badge), verdict(made)) == ("revoked", "revoked")
        for by in (cast.member, cast.lead):
            with raises_refusal("badge.not_reported_in"):
                renew_badge(by=by, badge=made)


def test_it_rejects_a_bearer_who_was_relieved(cast: Cast, badge: Badge) -> None:
    revoke_badge(by=cast.lead, unit=cast.village, badge=badge)
    badge.refresh_from_db()
    with raises_refusal("badge.revoked"):
        renew_badge(by=cast.member, badge=badge)
    assert Badge.objects.count() == 1


def test_it_rejects_a_bearer_whose_time_is_over(cast: Cast, badge: Badge) -> None:
    with at(days=60):
        made = renew_badge(by=cast.member, badge=badge)
    with at(days=61), raises_refusal("badge.expired"):
        renew_badge(by=cast.member, badge=made)


def test_its_days_are_of_the_districts_zone_wherever_it_is_called_from(cast: Cast, badge: Badge) -> None:
    with at(days=10, hours=21):  # 22:00 of the 8th in UTC, 6 o'clock of the 9th there
        made = renew_badge(by=cast.lead, badge=badge)
        assert made.valid_to == date(2020, 4, 9)
    with at(days=70, hours=21), raises_refusal("badge.expired"):  # the 8th of April in UTC, the 9th there
        renew_badge(by=cast.member, badge=renewed_to(made, date(2020, 4, 8)))


def renewed_to(badge: Badge, day: date) -> Badge:
    """The badge with another last day."""
    badge.valid_to = day
    return badge


def test_it_rejects_a_badge_that_was_renewed_already(cast: Cast, badge: Badge) -> None:
    renew_badge(by=cast.member, badge=badge)
    for by in (cast.member, cast.lead):
        with raises_refusal("badge.renewed"):
            renew_badge(by=by, badge=badge)
    assert Badge.objects.filter(revoked_at=None).count() == 1


@pytest.mark.parametrize("by", ["m_a1_2", "lead_a2", "lead_b", "counsellor", "administrator"])
def test_it_rejects_others(cast: Cast, badge: Badge, by: str) -> None:
    with raises_refusal("rights.refused"):
        renew_badge(by=cast.actor(by), badge=badge)
