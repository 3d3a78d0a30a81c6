"""An order is withdrawn: nobody need answer any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from muster.mobilisation.actions import withdraw_order
from muster.mobilisation.kinds import CANNOT, REPORT_IN
from muster.mobilisation.models import OrderWithdrawal
from muster.roll import coverage
from muster.roll.actions import close_roll
from tests.cast import START, Cast, at, raises_refusal


def test_its_rolls_end_with_their_figures_as_they_are(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    cast.answer(order, "A1", "cannot")
    with at(60):
        withdraw_order(by=cast.second, order=order)
    rolls = [cast.roll(order, kind) for kind in ("mobilisation.acknowledgement", REPORT_IN, CANNOT)]
    assert {r.state for r in rolls} == {"withdrawn"}
    assert {r.closed_at for r in rolls} == {START + timedelta(hours=1)}
    assert (cast.coverage(order).answered, cast.coverage(order).outstanding) == (1, 7)
    assert OrderWithdrawal.objects.get().order == order


def test_nothing_is_overdue_any_more(cast: Cast) -> None:
    order = cast.order()
    with at(60):
        withdraw_order(by=cast.commander, order=order)
    with at(days=2):
        assert cast.coverage(order).overdue == 0
        assert coverage.state_at(cast.roll(order), START) == "open"


def test_withdrawing_one_version_withdraws_the_order(cast: Cast) -> None:
    first = cast.order()
    second = cast.order(version=2)
    withdraw_order(by=cast.commander, order=first)
    assert (cast.roll(first).state, cast.roll(second).state) == ("superseded", "withdrawn")


def test_a_roll_that_was_closed_stays_closed(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    withdraw_order(by=cast.commander, order=order)
    assert (cast.roll(order).state, cast.roll(order, REPORT_IN).state) == ("closed", "withdrawn")


def test_it_rejects_withdrawing_twice(cast: Cast) -> None:
    first = cast.order()
    second = cast.order(version=2)
    withdraw_order(by=cast.commander, order=second)
    for order in (first, second):
        with raises_refusal("order.withdrawn"):
            withdraw_order(by=cast.commander, order=order)


@pytest.mark.parametrize("by", ["clerk", "lead_a", "lead_a1", "m_a1_1"])
def test_it_rejects_whoever_may_not_issue(cast: Cast, by: str) -> None:
    order = cast.order()
    with raises_refusal("rights.refused"):
        withdraw_order(by=cast.actor(by), order=order)
