"""Somebody was written down who had not reported in: it is taken back, and the badge with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.translation import override

from muster.foundation import clock, keys
from muster.foundation.models import AuditLine
from muster.mobilisation import badges
from muster.mobilisation.answers import report_in, withdraw_report_in
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Badge, Order, ReportIn
from muster.mobilisation.renewal import renew_badge
from muster.roll.actions import close_roll
from muster.roll.models import Ruling
from tests.cast import REASON, START, Cast, at, raises_refusal


def reported(cast: Cast) -> Order:
    order = cast.order(call_up="kind:village")
    report_in(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"], order=order)
    return order


def withdraw(cast: Cast, order: Order, by: str = "lead_a1", reason: str = REASON) -> None:
    person = cast.people["m_a1_1"]
    withdraw_report_in(by=cast.actor(by), unit=cast.village, person=person, order=order, reason=reason)


@pytest.mark.parametrize("by", ["m_a1_1", "lead_a1", "lead_a", "commander"])
def test_they_are_outstanding_again(cast: Cast, by: str) -> None:
    order = reported(cast)
    with at(5):
        withdraw(cast, order, by)
    entry = cast.entry(order, "m_a1_1", REPORT_IN)
    assert (entry.state, entry.outcome, entry.fact_id) == ("outstanding", "", None)
    assert Ruling.objects.get(what=Ruling.What.WITHDRAWN).corrects == ReportIn.objects.get().pk
    assert cast.coverage(order, REPORT_IN).answered == 0


def test_a_badge_that_was_lost_before_ended_when_it_was_lost(cast: Cast) -> None:
    order = reported(cast)
    lost = Badge.objects.get()
    with at(5):
        new = renew_badge(by=cast.lead, badge=lost)
    with at(9):
        withdraw(cast, order)
    ended = dict(Badge.objects.values_list("no", "revoked_at"))
    assert ended == {lost.no: START + timedelta(minutes=5), new.no: START + timedelta(minutes=9)}


def test_the_badge_is_revoked(cast: Cast) -> None:
    order = reported(cast)
    with at(5):
        withdraw(cast, order)
    badge = Badge.objects.get()
    assert badges.revoked_numbers() == [badge.no]
    found = badges.check(badge.payload, keys.public_signing_keys(), badges.revoked_numbers(), clock.now().date())
    assert found.verdict == "revoked"


def test_reporting_in_again_makes_another_badge(cast: Cast) -> None:
    order = reported(cast)
    withdraw(cast, order)
    assert report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=order)
    assert Badge.objects.count() == 2
    assert Badge.objects.filter(revoked_at__isnull=True).count() == 1


@pytest.mark.parametrize("by", ["m_a1_2", "lead_a2", "lead_b"])
def test_it_rejects_somebody_else(cast: Cast, by: str) -> None:
    order = reported(cast)
    with raises_refusal("rights.refused"):
        withdraw(cast, order, by)


def test_it_rejects_an_unknown_reason(cast: Cast) -> None:
    order = reported(cast)
    with raises_refusal("reason.unknown"):
        withdraw(cast, order, reason="no_such_reason")


def test_it_rejects_taking_back_twice(cast: Cast) -> None:
    order = reported(cast)
    withdraw(cast, order)
    with raises_refusal("entry.not_answered"):
        withdraw(cast, order)


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander"])
def test_after_closing_a_lead_takes_it_back_and_the_badge_ends(cast: Cast, by: str) -> None:
    order = reported(cast)
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order, REPORT_IN))
    withdraw(cast, order, by)
    assert cast.entry(order, "m_a1_1", REPORT_IN).state == "outstanding"
    assert Badge.objects.get().revoked_at is not None


def test_it_rejects_the_member_themselves_after_closing(cast: Cast) -> None:
    order = reported(cast)
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order, REPORT_IN))
    with raises_refusal("roll.ask_lead") as caught:
        withdraw(cast, order, "m_a1_1")
    with override("en"):
        assert "Ask your lead" in str(caught.value)
    assert Badge.objects.get().revoked_at is None


def test_the_line_names_the_number_that_it_revoked(cast: Cast) -> None:
    order = reported(cast)
    lost = Badge.objects.get()
    new = renew_badge(by=cast.lead, badge=lost)
    with at(5):
        withdraw(cast, order)
    line = AuditLine.objects.latest("at", "id")
    assert line.verb == "mobilisation.withdraw_report_in"
    assert new.no in line.ids
    assert lost.no not in line.ids, "it ended before"
