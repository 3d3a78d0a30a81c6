"""An answer that was given by mistake is taken back."""

from __future__ import annotations

import pytest

from muster.mobilisation.answers import answer_cannot, withdraw_acknowledgement
from muster.mobilisation.models import Acknowledgement
from muster.roll.actions import close_roll
from muster.roll.models import Ruling
from tests.cast import REASON, Cast, at, raises_refusal


def test_the_unit_is_outstanding_again(cast: Cast) -> None:
    order = cast.order()
    with at(400):
        cast.answer(order, "A1", "cannot")
        withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    entry = cast.entry(order, "A1")
    assert (entry.state, entry.outcome, entry.late, entry.unmet) == ("outstanding", "", False, False)
    assert (entry.fact_id, entry.settled_at) == (None, None)
    found = cast.coverage(order)
    assert (found.answered, found.late, found.unmet, found.outstanding) == (0, 0, 0, 8)


def test_the_ruling_names_the_answer(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    ruling = Ruling.objects.get(what=Ruling.What.WITHDRAWN)
    assert (ruling.corrects, ruling.reason) == (Acknowledgement.objects.get().pk, REASON)


def test_another_answer_may_follow(cast: Cast) -> None:
    order = cast.order()
    for minute, outcome in enumerate(("will_do", "cannot", "will_do")):
        with at(minute):
            assert cast.answer(order, "A1", outcome)
            withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    assert Acknowledgement.objects.count() == 3


def test_the_issuer_need_not_see_to_it_any_more(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    assert cast.told(order, "A1") is None


def test_what_the_issuer_answered_stays_answered(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    answer_cannot(by=cast.commander, order=order, subject=cast.village.pk, outcome="helped")
    withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    told = cast.told(order, "A1")
    assert told is not None
    assert told.state == "answered"


def test_it_is_taken_back_on_both_levels_of_a_passed_on_order(cast: Cast) -> None:
    first = cast.order()
    second = cast.order(key="own", issuer=cast.town, by=cast.town_lead, passes_on=first, audience="under:A -unit:A")
    cast.answer(second, "A1")
    withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=first, reason=REASON)
    assert cast.entry(first, "A1").state == "outstanding"
    assert cast.entry(second, "A1").state == "outstanding"
    assert Ruling.objects.filter(what=Ruling.What.WITHDRAWN).count() == 1


def test_an_answer_of_its_own_on_the_other_level_stays(cast: Cast) -> None:
    first = cast.order()
    cast.answer(first, "A1")
    second = cast.order(key="own", issuer=cast.town, by=cast.town_lead, passes_on=first, audience="under:A -unit:A")
    cast.answer(second, "A1")
    withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=second, reason=REASON)
    assert cast.entry(first, "A1").state == "answered"
    assert cast.entry(second, "A1").state == "outstanding"


@pytest.mark.parametrize("by", ["lead_a2", "m_a1_1", "lead_b"])
def test_it_rejects_whoever_does_not_lead_the_unit(cast: Cast, by: str) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    with raises_refusal("rights.refused"):
        withdraw_acknowledgement(by=cast.actor(by), unit=cast.village, order=order, reason=REASON)


def test_it_rejects_an_unknown_reason(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    with raises_refusal("reason.unknown"):
        withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason="")


def test_it_rejects_taking_back_nothing(cast: Cast) -> None:
    order = cast.order()
    with raises_refusal("entry.not_answered"):
        withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander", "clerk"])
def test_after_closing_a_lead_takes_back(cast: Cast, by: str) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    with at(400):
        withdraw_acknowledgement(by=cast.actor(by), unit=cast.village, order=order, reason=REASON)
        assert cast.entry(order, "A1").state == "outstanding"
        found = cast.coverage(order)
    assert (found.answered, found.outstanding, found.overdue) == (0, 8, 0)


def test_an_answer_that_counts_on_a_closed_roll_too_is_taken_back_on_both(cast: Cast) -> None:
    first = cast.order()
    second = cast.order(key="own", issuer=cast.town, by=cast.town_lead, passes_on=first, audience="under:A -unit:A")
    cast.answer(second, "A1")
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(first))
    withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=second, reason=REASON)
    assert cast.entry(first, "A1").state == "outstanding"
    assert cast.entry(second, "A1").state == "outstanding"


def test_it_rejects_taking_back_after_closing_without_a_reason_or_by_who_leads_nothing(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    with raises_refusal("reason.unknown"):
        withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason="")
    with raises_refusal("rights.refused"):
        withdraw_acknowledgement(by=cast.member, unit=cast.village, order=order, reason=REASON)


def test_it_rejects_taking_back_nothing_after_closing_and_an_answer_after_it(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    with raises_refusal("roll.closed"):
        withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    with raises_refusal("roll.closed"):
        cast.answer(order, "A1")


def test_it_rejects_taking_back_what_was_said_to_the_version_before(cast: Cast) -> None:
    first = cast.order()
    cast.answer(first, "A1")
    cast.order(version=2)
    with raises_refusal("roll.superseded"):
        withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=first, reason=REASON)


def test_who_still_cannot_comply_with_another_order_stays_on_its_list(cast: Cast) -> None:
    first = cast.order()
    cast.answer(first, "A1")
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(first))
    second = cast.order(key="own", issuer=cast.town, by=cast.town_lead, passes_on=first, audience="under:A -unit:A")
    cast.answer(second, "A1", "cannot")
    with at(4):
        withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=first, reason=REASON)
    assert cast.entry(first, "A1").state == "outstanding"
    told = cast.told(second, "A1")
    assert told is not None
    assert told.state == "outstanding"
