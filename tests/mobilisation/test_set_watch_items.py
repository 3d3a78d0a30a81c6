"""A unit's list of things to watch."""

from __future__ import annotations

import pytest

from muster.mobilisation.actions import set_watch_items
from muster.mobilisation.models import WatchItem
from tests.cast import Cast, raises_refusal


def watched(cast: Cast) -> list[tuple[int, str, int, str]]:
    rows = WatchItem.objects.filter(unit=cast.town).order_by("position")
    return [(r.position, r.text, r.cadence_hours, r.owner.short_name) for r in rows]


def test_a_list_of_any_length_replaces_the_one_before(cast: Cast) -> None:
    order = cast.order()
    set_watch_items(by=cast.town_lead, unit=cast.town, order=None, items=[("the dam", 24, cast.village)])
    items = [("the dam", 12, cast.village), ("the school", 48, cast.neighbour)]
    set_watch_items(by=cast.town_lead, unit=cast.town, order=order, items=items)
    assert watched(cast) == [(1, "the dam", 12, "A1"), (2, "the school", 48, "A2")]
    set_watch_items(by=cast.commander, unit=cast.town, order=order, items=[])
    assert watched(cast) == []


@pytest.mark.parametrize(("words", "hours"), [("", 1), ("x" * 401, 1), ("the dam", 0), ("the dam", -1)])
def test_it_rejects_an_empty_or_long_text_and_no_hours(cast: Cast, words: str, hours: int) -> None:
    set_watch_items(by=cast.town_lead, unit=cast.town, order=None, items=[("kept", 1, cast.town)])
    with raises_refusal("watch_item.invalid"):
        set_watch_items(by=cast.town_lead, unit=cast.town, order=None, items=[(words, hours, cast.village)])
    assert watched(cast) == [(1, "kept", 1, "A")]


@pytest.mark.parametrize("by", ["clerk", "lead_a1", "lead_b", "m_a1_1"])
def test_it_rejects_whoever_does_not_lead_the_unit(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        set_watch_items(by=cast.actor(by), unit=cast.town, order=None, items=[])
