"""Names that are one when they are compared have one plain form: by its index a row of a sheet finds whom it means."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from muster.organisation.names import plain
from muster.organisation.saying import id_faults
from muster.sheets import cells

NAMES = st.text(st.sampled_from("\u5f20\u5f35\u9a6c\u99ac\u4f1f\u5049\u2022\u00b7\u30fb aAbB\uff21 .-"), max_size=8)


@given(NAMES, NAMES)
def test_what_folds_alike_has_one_plain_form(one: str, other: str) -> None:
    if cells.fold(one) == cells.fold(other):
        assert plain(one) == plain(other)


def test_traditional_and_spaced_names_have_the_same_plain_form() -> None:
    assert {plain(one) for one in ("\u5f20\u4f1f", "\u5f35\u5049", "\u5f20 \u4f1f")} == {"\u5f20\u4f1f"}


@given(st.dates(), st.integers(0, 999), st.sampled_from("0123456789X"))
def test_an_id_number_is_judged_as_the_standard_says(born: object, serial: int, check: str) -> None:
    from stdnum.cn import ric

    number = f"110101{born:%Y%m%d}{serial:03}{check}".rjust(18, "0")
    year = int(number[6:10])
    right = ric.calc_check_digit(number) == check and 1900 <= year <= 2100
    assert (id_faults(number) == []) == right


def test_a_day_that_does_not_exist_is_no_date_of_birth() -> None:
    from stdnum.cn import ric

    for day in ("19990230", "19991301", "19990100"):
        head = f"110101{day}001"
        assert [one.code for one in id_faults(head + str(ric.calc_check_digit(head + "0")))] == ["id.birth"]
