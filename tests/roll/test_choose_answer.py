"""Two answers differ: somebody says which one stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from muster.mobilisation.answers import correct_acknowledgement, withdraw_acknowledgement
from muster.mobilisation.models import Acknowledgement, Order
from muster.roll import coverage
from muster.roll.actions import choose_answer, close_roll
from muster.roll.models import Ruling
from tests.cast import REASON, START, Cast, at, raises_refusal


def differing(cast: Cast) -> tuple[Order, UUID, UUID]:
    """An order, the answer that stands (will do) and the one that differs (cannot)."""
    with at(-2):
        order = cast.order()
        cast.answer(order, "A1")
    with at(-1):
        cast.answer(order, "A1", "cannot", by=cast.town_lead)
    first, second = Acknowledgement.objects.order_by("recorded_at").values_list("pk", flat=True)
    return order, first, second


def choose(cast: Cast, order: Order, fact: UUID, by: str = "lead_a1", **more: Any) -> None:
    entry = cast.entry(order, "A1").pk
    wanted = {"unit": cast.village, "entry": entry, "reason": REASON, **more}
    choose_answer(by=cast.actor(by), fact_id=fact, **wanted)


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander", "clerk"])
def test_the_second_is_chosen(cast: Cast, by: str) -> None:
    order, _, second = differing(cast)
    with at(2):
        choose(cast, order, second, by)
    entry = cast.entry(order, "A1")
    assert (entry.state, entry.outcome, entry.unmet, entry.differs) == ("answered", "cannot", True, False)
    assert (entry.fact_kind, entry.fact_id) == (Acknowledgement.KIND, second)
    assert cast.coverage(order).unmet == 1
    assert Ruling.objects.get(what=Ruling.What.CHOSEN).reason == REASON


def test_the_first_is_confirmed(cast: Cast) -> None:
    order, first, _ = differing(cast)
    with at(2):
        choose(cast, order, first)
    entry = cast.entry(order, "A1")
    assert (entry.outcome, entry.differs, entry.fact_id) == ("will_do", False, first)


def test_choosing_cannot_asks_the_issuer_and_choosing_otherwise_asks_no_more(cast: Cast) -> None:
    order, _, second = differing(cast)
    assert cast.told(order, "A1") is None
    choose(cast, order, second)
    told = cast.told(order, "A1")
    assert told is not None
    assert (told.unit, told.state) == (cast.root, "outstanding")
    with at(1):
        cast.answer(order, "A1")
        choose(cast, order, Acknowledgement.objects.latest("recorded_at").pk)
    assert cast.told(order, "A1") is None
    assert cast.entry(order, "A1").outcome == "will_do"


def test_what_another_order_was_told_stays(cast: Cast) -> None:
    first = cast.order()
    cast.answer(first, "A1", "cannot")
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(first))
    second = cast.order(key="own", issuer=cast.town, by=cast.town_lead, passes_on=first, audience="under:A -unit:A")
    cast.answer(second, "A1", "cannot")
    with at(1):
        cast.answer(second, "A1", by=cast.town_lead)
    with at(2):
        choose(cast, second, Acknowledgement.objects.latest("recorded_at").pk)
    assert not cast.entry(second, "A1").unmet
    assert cast.told(second, "A1") is None
    assert cast.told(first, "A1") is not None, "to the first order it still cannot"


def test_confirming_the_first_asks_nobody(cast: Cast) -> None:
    order, first, _ = differing(cast)
    choose(cast, order, first)
    assert cast.told(order, "A1") is None


def test_of_three_answers_any_may_be_chosen(cast: Cast) -> None:
    order, _, second = differing(cast)
    with at(2):
        cast.answer(order, "A1", "cannot", by=cast.commander)
    third = Acknowledgement.objects.latest("recorded_at").pk
    assert third != second
    with at(3):
        choose(cast, order, third)
    assert cast.entry(order, "A1").fact_id == third


def test_names_show_the_answer_that_stood_and_not_the_one_that_differs(cast: Cast) -> None:
    order, first, second = differing(cast)
    with at(60):
        choose(cast, order, second)
    roll = cast.roll(order)
    with at(days=1):
        (before,) = coverage.names(roll, START.replace(minute=30), state="answered")
        (after,) = coverage.names(roll, START.replace(hour=3), state="answered")
    assert (before.outcome, before.fact_id) == ("will_do", first)
    assert (after.outcome, after.state) == ("cannot", "answered")


def test_it_rejects_an_entry_without_a_difference(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    with raises_refusal("entry.no_difference"):
        choose(cast, order, Acknowledgement.objects.get().pk)


def test_it_rejects_choosing_twice(cast: Cast) -> None:
    order, first, second = differing(cast)
    choose(cast, order, second)
    with raises_refusal("entry.no_difference"):
        choose(cast, order, first)


def test_it_rejects_an_answer_that_was_taken_back_before(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    taken_back = Acknowledgement.objects.get().pk
    withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    cast.answer(order, "A1")
    cast.answer(order, "A1", "cannot")
    with raises_refusal("entry.no_difference"):
        choose(cast, order, taken_back)


def test_it_rejects_an_answer_that_was_corrected_or_chosen_against_before(cast: Cast) -> None:
    order, first, second = differing(cast)
    choose(cast, order, second)
    correct_acknowledgement(by=cast.lead, unit=cast.village, order=order, outcome="will_do")
    cast.answer(order, "A1", "cannot")
    for over in (first, second):
        with raises_refusal("entry.no_difference"):
            choose(cast, order, over)


def test_it_rejects_the_answer_of_another_entry(cast: Cast) -> None:
    order, _, _ = differing(cast)
    cast.answer(order, "A2")
    other = Acknowledgement.objects.get(subject=cast.neighbour).pk
    with raises_refusal("entry.no_difference"):
        choose(cast, order, other)


def test_it_rejects_a_unit_that_is_not_accountable(cast: Cast) -> None:
    order, _, second = differing(cast)
    with raises_refusal("entry.unknown"):
        choose(cast, order, second, "lead_a2", unit=cast.neighbour)


@pytest.mark.parametrize("by", ["lead_a2", "lead_b", "m_a1_1"])
def test_it_rejects_whoever_does_not_lead_the_unit(cast: Cast, by: str) -> None:
    order, _, second = differing(cast)
    with raises_refusal("rights.refused"):
        choose(cast, order, second, by)


def test_it_rejects_an_unknown_reason(cast: Cast) -> None:
    order, _, second = differing(cast)
    with raises_refusal("reason.unknown"):
        choose(cast, order, second, reason="")
