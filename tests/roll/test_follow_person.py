"""Somebody was transferred: their own open entries go along when it is said so."""

from __future__ import annotations

from typing import Any

import pytest

from muster.mobilisation.answers import report_in
from muster.mobilisation.kinds import REPORT_IN
from muster.roll.following import follow_person
from tests.cast import REASON, Cast, at, raises_refusal


def follow(cast: Cast, by: str = "town_lead", **changes: Any) -> int:
    wanted = {"parent": cast.town, "person": cast.people["m_a1_1"], "unit": cast.village, "into": cast.neighbour}
    return follow_person(by=getattr(cast, by), **({"reason": REASON} | wanted | changes))


def test_only_theirs_go_along_and_every_count_stays(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    before = cast.coverage(order, REPORT_IN)
    with at(5):
        assert follow(cast) == 1
    assert cast.entry(order, "m_a1_1", REPORT_IN).unit == cast.neighbour
    assert cast.entry(order, "m_a1_2", REPORT_IN).unit == cast.village
    assert cast.coverage(order, REPORT_IN) == before


def test_what_is_settled_stays(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=order)
    assert follow(cast) == 0
    assert cast.entry(order, "m_a1_1", REPORT_IN).unit == cast.village


def test_it_rejects_a_reason_that_is_none_and_a_unit_beyond(cast: Cast) -> None:
    cast.order(call_up="kind:village")
    with raises_refusal("reason.unknown"):
        follow(cast, reason="whim")
    with raises_refusal("unit.not_under"):
        follow(cast, into=cast.units["B1"])


@pytest.mark.parametrize("by", ["lead", "sibling", "outsider", "member"])
def test_it_rejects_whoever_is_not_above_both(cast: Cast, by: str) -> None:
    cast.order(call_up="kind:village")
    with raises_refusal("rights.refused"):
        follow(cast, by=by)
