"""How a unit numbers its orders."""

from __future__ import annotations

import pytest

from muster.mobilisation.actions import set_series
from muster.mobilisation.models import Series
from tests.cast import Cast, at, raises_refusal


def test_a_series_is_set_once_and_changed_later(cast: Cast) -> None:
    before = Series.objects.count()
    set_series(by=cast.commander, issuer=cast.units["B"], pattern="B {n}", needs_signature=True)
    set_series(by=cast.commander, issuer=cast.units["B"], pattern="B {n}/{year}", needs_signature=False)
    assert Series.objects.count() == before + 1
    series = Series.objects.get(issuer=cast.units["B"])
    assert (series.pattern, series.needs_signature, series.last_number) == ("B {n}/{year}", False, 0)


def test_the_numbers_go_on_under_a_changed_pattern(cast: Cast) -> None:
    assert cast.order().number == "No. 1/2020"
    set_series(by=cast.commander, issuer=cast.root, pattern="Order {n} of {year}", needs_signature=False)
    assert cast.order(key="next").number == "Order 2 of 2020"


def test_the_count_starts_anew_each_year_of_the_districts_zone(cast: Cast) -> None:
    assert cast.order(key="one").number == "No. 1/2020"
    with at(days=337, hours=14, minutes=59):
        assert cast.order(key="two").number == "No. 2/2020"
    with at(days=337, hours=15):
        assert cast.order(key="three").number == "No. 1/2021"


def test_a_pattern_that_does_not_tell_the_years_apart_goes_on(cast: Cast) -> None:
    set_series(by=cast.commander, issuer=cast.root, pattern="No. {n}", needs_signature=False)
    assert cast.order(key="one").number == "No. 1"
    with at(days=366):
        assert cast.order(key="two").number == "No. 2"


@pytest.mark.parametrize("pattern", ["", "No. {year}", "{n}" + "x" * 64])
def test_it_rejects_a_pattern_without_a_number_or_too_long(cast: Cast, pattern: str) -> None:
    with raises_refusal("series.pattern"):
        set_series(by=cast.commander, issuer=cast.root, pattern=pattern, needs_signature=False)


@pytest.mark.parametrize("pattern", ["{n} {x}", "{n} {", "}{n}", "{n}/{Year}", "{{n}}", "{n}{}", "{n!r} {n}"])
def test_it_rejects_other_braces(cast: Cast, pattern: str) -> None:
    before = Series.objects.get(issuer=cast.root).pattern
    with raises_refusal("series.pattern") as refused:
        set_series(by=cast.commander, issuer=cast.root, pattern=pattern, needs_signature=False)
    assert set(refused.value.fields) == {"pattern"}
    assert Series.objects.get(issuer=cast.root).pattern == before


@pytest.mark.parametrize("by", ["clerk", "lead_a", "m_a1_1"])
def test_it_rejects_whoever_does_not_command(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        set_series(by=cast.actor(by), issuer=cast.town, pattern="{n}", needs_signature=False)
