"""The coverage bar's geometry holds its rules for any counts."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from muster.website import bar


@dataclass(frozen=True)
class Counts:
    """A coverage of the tests' own: the bar asks only for these attributes."""

    answered: int = 0
    excused: int = 0
    outstanding: int = 0
    overdue: int = 0
    unmet: int = 0

    @property
    def expected(self) -> int:
        return self.answered + self.excused + self.outstanding


numbers = st.one_of(st.integers(0, 12), st.integers(0, 10_000_000))


@st.composite
def coverages(draw: st.DrawFn) -> Counts:
    answered, outstanding = draw(numbers), draw(numbers)
    return Counts(
        answered=answered,
        excused=draw(numbers),
        outstanding=outstanding,
        overdue=draw(st.integers(0, outstanding)),
        unmet=draw(st.integers(0, answered)),
    )


@given(coverages())
@example(Counts(answered=8162, outstanding=1))
@example(Counts(answered=1, excused=1, outstanding=9_999_999, overdue=1))
def test_parts_fill_the_bar_in_the_fixed_order(coverage: Counts) -> None:
    drawn = bar.parts(coverage)
    order = [bar.MET, bar.UNMET, bar.EXCUSED, bar.OVERDUE, bar.WAITING]
    assert [part.kind for part in drawn] == [kind for kind in order if kind in {part.kind for part in drawn}]
    assert sum(part.count for part in drawn) == coverage.expected
    at = 0.0
    for part in drawn:
        assert part.start == pytest.approx(at)
        at = part.end
    assert at == pytest.approx(100 if coverage.expected else 0)


@given(coverages())
def test_one_name_is_visible_and_a_bar_is_full_only_when_nobody_is_short(coverage: Counts) -> None:
    drawn = bar.parts(coverage)
    assert all(part.width >= bar.LEAST - 1e-9 for part in drawn)
    if coverage.expected and coverage.answered < coverage.expected:
        assert bar.width_of(drawn, bar.MET, bar.UNMET) <= 100 - bar.LEAST + 1e-9


@given(coverages())
def test_more_names_are_never_drawn_thinner(coverage: Counts) -> None:
    drawn = sorted(bar.parts(coverage), key=lambda part: part.count)
    for fewer, more in pairwise(drawn):
        assert fewer.width <= more.width + 1e-9


def test_bars_near_full_do_not_look_alike() -> None:
    one = bar.parts(Counts(answered=137_999, outstanding=1))[-1].width
    many = bar.parts(Counts(answered=136_630, outstanding=1370))[-1].width
    assert one == pytest.approx(bar.LEAST)
    assert many > one * 1.5


def test_wide_parts_are_in_proportion() -> None:
    drawn = bar.parts(Counts(answered=50, excused=25, outstanding=25, overdue=25))
    assert [part.width for part in drawn] == pytest.approx([50, 25, 25])


def test_nobody_expected_draws_nothing() -> None:
    assert bar.parts(Counts()) == []


@given(st.integers(0, 10_000_000), st.integers(0, 10_000_000))
@example(8162, 1)
def test_percent_is_a_hundred_only_when_whole(part: int, rest: int) -> None:
    shown = bar.percent(part, part + rest)
    assert (shown == 100.0) == (part > 0 and rest == 0)
    assert (shown == 0.0) == (part == 0)


def test_chinese_is_wider_than_latin() -> None:
    assert bar.text_width("\u5df2\u62a5\u5230") > bar.text_width("abc") > 0
