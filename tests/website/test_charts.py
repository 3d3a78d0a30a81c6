"""The history chart holds what it promises: whole levels, holes for what nobody reported, labels apart."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from muster.website import charts

START = datetime(2020, 1, 28, tzinfo=UTC)


@given(st.integers(0, 10_000_000))
def test_levels_are_whole_and_cover_the_highest_value(highest: int) -> None:
    levels = charts.nice_levels(highest)
    assert levels[0] == 0
    assert levels[-1] >= highest
    assert 2 <= len(levels) <= 7
    assert len({after - before for before, after in pairwise(levels)}) == 1


def test_a_value_that_nobody_reported_leaves_a_hole() -> None:
    points = [(START + timedelta(days=day), value) for day, value in enumerate([1, None, 3, 4])]
    line = charts.chart([charts.Series("a", points)]).lines[0]
    assert line.path.count("M") == 2


def test_the_line_holds_its_value_until_the_moment_of_asking() -> None:
    drawn = charts.chart([charts.Series("a", [(START, 412)])], until=START + timedelta(days=3))
    assert drawn.lines[0].end_x == 100
    assert drawn.lines[0].last == 412


def test_labels_at_the_end_do_not_lie_on_one_another() -> None:
    points = [(START, 0), (START + timedelta(days=3), 412)]
    lines = charts.chart([charts.Series("answered", points), charts.Series("expected", points, dashed=True)]).lines
    assert abs(lines[0].label_y - lines[1].label_y) >= charts.LABEL_GAP


def test_nothing_to_draw() -> None:
    assert charts.chart([]).lines == []


def test_few_days_on_the_axis() -> None:
    drawn = charts.chart([charts.Series("a", [(START, 0), (START + timedelta(days=14), 9)])])
    assert 3 <= len(drawn.days) <= 5
