"""Where somebody who stands in the register twice is still asked, the one who goes on is asked instead, once."""

from __future__ import annotations

from typing import Any

import pytest

from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from muster.roll.actions import remove_entry
from muster.roll.following import expect_instead
from muster.roll.models import Entry
from tests.cast import DUE, REASON, Cast, at, raises_refusal


def instead(cast: Cast, by: str = "town_lead", **changes: Any) -> int:
    wanted = {"parent": cast.town, "person": cast.people["m_a1_1"], "into": cast.people["m_a2_1"], "reason": REASON}
    return expect_instead(by=getattr(cast, by), **(wanted | changes))


def called(cast: Cast, units: str = "kind:village") -> Order:
    return cast.order(call_up=units, call_up_due_at=DUE)


def test_where_both_stand_one_is_taken_off(cast: Cast) -> None:
    order = called(cast)
    with at(5):
        assert instead(cast) == 1
    assert cast.entry(order, "m_a1_1", REPORT_IN).state is None
    assert cast.entry(order, "m_a2_1", REPORT_IN).state == "outstanding"
    assert cast.coverage(order, REPORT_IN).expected == 17


def test_where_only_one_stood_the_other_comes_on_due_as_before(cast: Cast) -> None:
    order = called(cast, "unit:A1")
    with at(5):
        assert instead(cast) == 1
    entry = cast.entry(order, "m_a2_1", REPORT_IN)
    assert (entry.state, entry.unit, entry.due_at, entry.assignee_id) == (
        "outstanding",
        cast.village,
        DUE,
        cast.people["m_a2_1"].pk,
    )
    assert cast.coverage(order, REPORT_IN).expected == 3


def test_whoever_had_been_taken_off_comes_back(cast: Cast) -> None:
    order = called(cast)
    there = cast.entry(order, "m_a2_1", REPORT_IN)
    remove_entry(by=cast.commander, holder=cast.root, entry=there.pk, reason=REASON)
    with at(5):
        instead(cast)
    assert Entry.objects.get(pk=there.pk).state == "outstanding"


def test_it_rejects_a_reason_that_is_none_and_a_unit_beyond(cast: Cast) -> None:
    called(cast)
    with raises_refusal("reason.unknown"):
        instead(cast, reason="whim")
    with raises_refusal("unit.not_under"):
        instead(cast, into=cast.people["m_b1_1"])


@pytest.mark.parametrize("by", ["lead", "sibling", "outsider", "member"])
def test_it_rejects_whoever_is_not_above_both(cast: Cast, by: str) -> None:
    called(cast)
    with raises_refusal("rights.refused"):
        instead(cast, by=by)
