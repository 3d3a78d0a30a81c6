"""An order reached a unit: it stood in somebody's list, somebody opened it."""

from __future__ import annotations

import pytest

from muster.foundation.rights import house
from muster.mobilisation.answers import receive_order
from muster.mobilisation.models import Order, Receipt
from muster.roll.actions import hand_over_entries
from tests.cast import REASON, Cast, at, raises_refusal


def receipts(order: Order) -> list[tuple[str, str]]:
    return sorted((r.at_unit.short_name, r.what) for r in Receipt.objects.filter(order=order))


def test_reading_is_delivery_too(cast: Cast) -> None:
    order = cast.order()
    assert receive_order(by=cast.lead, unit=cast.village, order=order, what="read")
    assert receipts(order) == [("A1", "delivered"), ("A1", "read")]
    assert cast.entry(order, "A1").state == "outstanding"


def test_each_is_written_down_once(cast: Cast) -> None:
    order = cast.order()
    assert receive_order(by=cast.lead, unit=cast.village, order=order, what="delivered")
    with at(1):
        assert not receive_order(by=cast.town_lead, unit=cast.village, order=order, what="delivered")
        assert receive_order(by=cast.lead, unit=cast.village, order=order, what="read")
        assert not receive_order(by=cast.lead, unit=cast.village, order=order, what="read")
    assert receipts(order) == [("A1", "delivered"), ("A1", "read")]


def test_the_house_may_deliver(cast: Cast) -> None:
    assert receive_order(by=house("clockwork"), unit=cast.village, order=cast.order(), what="delivered")


def test_the_unit_that_took_an_entry_over_reads_it(cast: Cast) -> None:
    order = cast.order(audience="unit:A1")
    with raises_refusal("order.not_addressed"):
        receive_order(by=cast.sibling, unit=cast.neighbour, order=order, what="read")
    hand_over_entries(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour, reason=REASON)
    assert receive_order(by=cast.sibling, unit=cast.neighbour, order=order, what="read")


@pytest.mark.parametrize("by", ["m_a1_1", "lead_a2", "lead_b", "counsellor"])
def test_it_rejects_whoever_does_not_lead_the_unit(cast: Cast, by: str) -> None:
    order = cast.order()
    with raises_refusal("rights.refused"):
        receive_order(by=cast.actor(by), unit=cast.village, order=order, what="read")


def test_it_rejects_a_unit_that_the_order_is_not_addressed_to(cast: Cast) -> None:
    order = cast.order(audience="under:B")
    with raises_refusal("order.not_addressed"):
        receive_order(by=cast.lead, unit=cast.village, order=order, what="read")


def test_it_rejects_anything_but_delivered_and_read(cast: Cast) -> None:
    order = cast.order()
    with raises_refusal("receipt.what"):
        receive_order(by=cast.lead, unit=cast.village, order=order, what="eaten")
