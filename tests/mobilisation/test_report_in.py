"""A member who was called up reports in, or their lead writes it down."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from muster.foundation import clock, keys
from muster.foundation.ids import new_id
from muster.mobilisation import badges
from muster.mobilisation.actions import withdraw_order
from muster.mobilisation.answers import report_in, withdraw_report_in
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Badge, Order, ReportIn
from muster.roll.actions import close_roll, excuse, hand_over_entries
from tests.cast import REASON, START, Cast, at, raises_refusal

CALL_UP = {"call_up": "kind:village", "call_up_due_at": START + timedelta(hours=8)}


def called(cast: Cast, **more: Any) -> Order:
    return cast.order(**{**CALL_UP, **more})


def report(cast: Cast, order: Order, number: str = "m_a1_1", code: str = "A1", **more: Any) -> bool:
    by = more.pop("by", None) or cast.actor(number)
    return report_in(by=by, unit=cast.units[code], person=cast.people[number], order=order, **more)


def test_everybody_whose_place_is_at_a_unit_called_up_is_expected(cast: Cast) -> None:
    order = called(cast)
    assert cast.coverage(order, REPORT_IN).expected == 6 * 3
    entry = cast.entry(order, "m_a1_1", REPORT_IN)
    assert (entry.unit, entry.assignee, entry.due_at) == (
        cast.village,
        cast.people["m_a1_1"],
        CALL_UP["call_up_due_at"],
    )


def test_a_member_reports_in_without_any_grant_but_their_own(cast: Cast) -> None:
    order = called(cast)
    with at(5):
        assert report(cast, order, pledged=True)
    entry, fact = cast.entry(order, "m_a1_1", REPORT_IN), ReportIn.objects.get()
    assert (entry.state, entry.outcome, entry.fact_id) == ("answered", "reported", fact.pk)
    assert (fact.by_person, fact.for_person, fact.pledged) == (cast.people["m_a1_1"].pk, None, True)
    assert cast.coverage(order, REPORT_IN).answered == 1


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander", "clerk"])
def test_the_lead_or_somebody_above_writes_it_down_and_both_names_are_kept(cast: Cast, by: str) -> None:
    order = called(cast)
    assert report(cast, order, by=cast.actor(by))
    fact = ReportIn.objects.get()
    assert (fact.by_person, fact.for_person) == (cast.people[by].pk, cast.people["m_a1_1"].pk)


@pytest.mark.parametrize("by", ["m_a1_2", "lead_a2", "lead_b", "counsellor"])
def test_it_rejects_an_answer_for_somebody_else(cast: Cast, by: str) -> None:
    order = called(cast)
    with raises_refusal("rights.refused"):
        report(cast, order, by=cast.actor(by))


def test_it_rejects_the_unit_of_somebody_else(cast: Cast) -> None:
    order = called(cast)
    with raises_refusal("entry.unknown"):
        report(cast, order, code="A2")
    with raises_refusal("entry.unknown"):
        report(cast, order, code="A2", by=cast.sibling)


def test_it_rejects_somebody_who_was_not_called(cast: Cast) -> None:
    order = called(cast)
    with raises_refusal("entry.unknown"):
        report(cast, order, "inspector", "H")
    calls_nobody_up = cast.order(key="another")
    with raises_refusal("entry.unknown"):
        report(cast, calls_nobody_up)


def test_a_badge_is_made_that_anybody_can_check(cast: Cast) -> None:
    report(cast, called(cast))
    badge = Badge.objects.get()
    found = badges.check(badge.payload, keys.public_signing_keys(), badges.revoked_numbers(), clock.now().date())
    assert (found.verdict, found.number, found.unit, found.role) == ("valid", badge.no, "Unit A1", "on_duty")
    assert found.valid_to == badge.valid_to == START.date() + timedelta(days=60)
    assert badge.person == cast.people["m_a1_1"]


def test_the_last_day_is_one_of_the_districts_zone_wherever_it_is_called_from(cast: Cast) -> None:
    assert timezone.get_current_timezone_name() == "UTC", "as on the command line"
    with at(hours=21):  # 22:00 of the 29th in UTC, 6 o'clock of the 30th there
        report(cast, called(cast))
    assert Badge.objects.get().valid_to == date(2020, 3, 30)


def test_a_badge_holds_no_name(cast: Cast) -> None:
    report(cast, called(cast))
    body = badges._unpacked(Badge.objects.get().payload.split(".")[2]).decode()
    assert "Name of" not in body
    assert "m_a1_1" not in body


def test_twice_is_a_duplicate_and_makes_one_badge(cast: Cast) -> None:
    order = called(cast)
    assert report(cast, order)
    with at(5):
        assert not report(cast, order, by=cast.lead)
    assert ReportIn.objects.count() == Badge.objects.count() == 1


def test_the_same_id_is_a_duplicate_after_it_was_taken_back_or_handed_over(cast: Cast) -> None:
    order, id = called(cast), new_id()
    report(cast, order, id=id)
    withdraw_report_in(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"], order=order, reason=REASON)
    assert not report(cast, order, id=id)
    hand_over_entries(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour, reason=REASON)
    assert not report(cast, order, id=id)
    assert cast.entry(order, "m_a1_1", REPORT_IN).state == "outstanding"


def test_after_a_hand_over_they_report_in_at_the_unit_that_goes_on(cast: Cast) -> None:
    order = called(cast)
    hand_over_entries(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour, reason=REASON)
    assert report(cast, order, code="A2")


def test_whoever_was_excused_may_come_all_the_same(cast: Cast) -> None:
    order = called(cast)
    excuse(by=cast.town_lead, entries=[cast.entry(order, "m_a1_1", REPORT_IN).pk], reason=REASON)
    assert report(cast, order)
    found = cast.coverage(order, REPORT_IN)
    assert (found.answered, found.excused) == (1, 0)


def test_it_is_late_after_it_was_due(cast: Cast) -> None:
    order = called(cast)
    with at(9 * 60):
        report(cast, order)
    assert cast.entry(order, "m_a1_1", REPORT_IN).late


def test_a_new_version_leaves_the_call_up_as_it_is(cast: Cast) -> None:
    first = called(cast)
    report(cast, first)
    second = called(cast, version=2)
    assert cast.coverage(first, REPORT_IN).answered == 1
    assert not report(cast, second)
    assert report(cast, second, "m_a1_2")
    assert cast.coverage(first, REPORT_IN).answered == 2
    third = cast.order(version=3)
    assert report(cast, third, "m_a2_1", "A2")


def test_it_rejects_a_withdrawn_order_and_a_closed_roll(cast: Cast) -> None:
    order, other = called(cast), called(cast, key="other")
    withdraw_order(by=cast.commander, order=order)
    with raises_refusal("roll.withdrawn"):
        report(cast, order)
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(other, REPORT_IN))
    with raises_refusal("roll.closed"):
        report(cast, other)
