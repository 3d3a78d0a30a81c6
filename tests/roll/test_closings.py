"""A closing a roll and reporting day, so that the past is counted from there."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from muster.foundation import clock
from muster.organisation.models import District
from muster.roll import closings, coverage
from muster.roll.actions import close_roll
from muster.roll.models import Closing
from tests.cast import START, Cast, at

MIDNIGHT = datetime(2020, 1, 29, 16, tzinfo=UTC)
"""The first end of a day after START, in the district's zone."""


def test_a_day_ends_at_its_start_of_the_next_in_the_districts_zone(cast: Cast) -> None:
    district = District.objects.get()
    ends = closings.day_ends(START, START + timedelta(days=2), district)
    assert ends == [MIDNIGHT, MIDNIGHT + timedelta(days=1)]
    assert closings.day_ends(MIDNIGHT, MIDNIGHT, district) == []
    assert closings.day_ends(MIDNIGHT - timedelta(seconds=1), MIDNIGHT, district) == [MIDNIGHT]
    district.day_starts_at = time(8)
    assert closings.day_ends(START, START + timedelta(days=1), district) == [START + timedelta(hours=23)]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"])
def test_a_day_more_or_less_an_hour_ends_too(cast: Cast, zone: str) -> None:
    district = District.objects.get()
    district.zone = zone
    year = datetime(2020, 1, 1, tzinfo=UTC)
    ends = closings.day_ends(year, year + timedelta(days=364), district)
    assert len(ends) in (364, 365)
    assert ends == sorted(set(ends))


def test_each_roll_is_closed_once_a_day(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    with at(days=2):
        assert closings.close_days(clock.settled()) == 2
        assert closings.close_days(clock.settled()) == 0
    with at(days=3):
        assert closings.chore() == 1
    moments = sorted(set(Closing.objects.values_list("closed_at", flat=True)))
    assert moments == [MIDNIGHT + timedelta(days=d) for d in range(3)]
    row = Closing.objects.get(unit=cast.village, closed_at=MIDNIGHT)
    assert (row.outstanding, row.answered) == (0, 1)


def test_a_moment_that_is_not_settled_is_not_closed(cast: Cast) -> None:
    cast.order()
    with clock.played_at(MIDNIGHT + timedelta(seconds=9)):
        assert closings.close_days(MIDNIGHT + timedelta(days=9)) == 0
    with clock.played_at(MIDNIGHT + timedelta(seconds=10)):
        assert closings.close_days(MIDNIGHT + timedelta(days=9)) == 1


def test_a_roll_that_ended_is_closed_to_its_end(cast: Cast) -> None:
    order = cast.order()
    with at(60):
        close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    with at(days=9):
        assert closings.close_days(clock.settled()) == 1
        assert cast.coverage(order).outstanding == 8


def test_nothing_is_closed_where_no_district_is_set_up(db: None) -> None:
    assert closings.close_days(START) == 0


def test_a_past_moment_is_the_same_with_closings_and_without(cast: Cast) -> None:
    order = cast.order()
    moments = []
    for day in range(4):
        for hour in (1, 5, 20):
            with at(days=day, hours=hour):
                code = f"{'AB'[hour % 2]}{day % 3 + 1}"
                cast.answer(order, code, "cannot")
            moments.append(START + timedelta(days=day, hours=hour))
    roll = cast.roll(order)
    with at(days=9):
        without = [coverage.count([roll], m)[roll.pk].units for m in moments]
        closings.close_days(clock.settled())
        assert Closing.objects.exists()
        assert [coverage.count([roll], m)[roll.pk].units for m in moments] == without
    assert cast.coverage(order).late > 0
