"""A unit passes an order on to its own units, with a covering note."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from muster.mobilisation.actions import issue_order, pass_on_order, set_series, sign_order, withdraw_order
from muster.mobilisation.models import Order
from tests.cast import DRAFT, Cast, raises_refusal

OWN = replace(DRAFT, key="own", audience="under:A -unit:A", covering_note="By noon.", founding=False, pledges=())


def pass_on(cast: Cast, order: Order, by: str = "lead_a", code: str = "A", **changes: Any) -> Order:
    return pass_on_order(by=cast.actor(by), issuer=cast.units[code], order=order, draft=replace(OWN, **changes))


@pytest.mark.parametrize("by", ["lead_a", "commander"])
def test_it_is_an_order_of_its_own_that_names_the_first(cast: Cast, by: str) -> None:
    first = cast.order()
    own = pass_on(cast, first, by)
    assert (own.passes_on, own.issuer, own.number, own.covering_note) == (first, cast.town, "A-2020-1", "By noon.")
    assert (cast.roll(own).held_by, cast.roll(own).figure) == (cast.town, "mobilisation.acknowledged.own")
    assert cast.coverage(own).expected == 3
    assert cast.coverage(first).expected == 8


@pytest.mark.parametrize("by", ["clerk", "lead_a1", "lead_b", "m_a1_1"])
def test_it_rejects_whoever_does_not_lead_the_unit(cast: Cast, by: str) -> None:
    first = cast.order()
    with raises_refusal("rights.refused"):
        pass_on(cast, first, by)


def test_it_rejects_units_that_are_not_ones_own(cast: Cast) -> None:
    first = cast.order()
    with raises_refusal("rights.refused"):
        pass_on(cast, first, audience="kind:village")


def test_it_rejects_an_order_that_one_does_not_see(cast: Cast) -> None:
    first = cast.order(audience="under:B")
    with raises_refusal("order.unknown"):
        pass_on(cast, first)


def test_a_town_passes_on_what_is_addressed_to_its_villages_only(cast: Cast) -> None:
    assert pass_on(cast, cast.order(audience="kind:village"))


def test_it_rejects_an_order_that_was_withdrawn_or_superseded(cast: Cast) -> None:
    first, other = cast.order(), cast.order(key="other")
    cast.order(version=2)
    with raises_refusal("order.superseded"):
        pass_on(cast, first)
    withdraw_order(by=cast.commander, order=other)
    with raises_refusal("order.withdrawn"):
        pass_on(cast, other)


def test_where_a_second_signature_is_wanted_it_is_drafted_signed_and_issued(cast: Cast) -> None:
    set_series(by=cast.commander, issuer=cast.town, pattern="{n}/{year}", needs_signature=True)
    first = cast.order()
    with raises_refusal("order.not_signed"):
        pass_on(cast, first)
    draft = cast.draft(by=cast.town_lead, issuer=cast.town, passes_on=first, key="own", audience="under:A")
    sign_order(by=cast.commander, draft=draft)
    assert issue_order(by=cast.town_lead, draft=draft).passes_on == first
