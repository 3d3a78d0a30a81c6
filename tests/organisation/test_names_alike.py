"""Names that are one when they are compared have one pinyin: by its index a row of a sheet finds whom it means."""

from __future__ import annotations

import importlib

from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from muster.organisation.models import Person
from muster.organisation.people import pinyin_of
from muster.organisation.saying import id_faults
from muster.sheets import cells
from tests.cast import Cast

NAMES = st.text(st.sampled_from("\u5f20\u5f35\u9a6c\u99ac\u4f1f\u5049\u2022\u00b7\u30fb aAbB\uff21 .-"), max_size=8)


@given(NAMES, NAMES)
def test_what_folds_alike_has_one_pinyin(one: str, other: str) -> None:
    if cells.fold(one) == cells.fold(other):
        assert pinyin_of(one) == pinyin_of(other)


def test_traditional_and_spaced_names_have_the_same_pinyin() -> None:
    assert {pinyin_of(one) for one in ("\u5f20\u4f1f", "\u5f35\u5049", "\u5f20 \u4f1f")} == {"zhangwei zw"}


def test_the_migration_writes_the_pinyin_of_names_anew_and_of_blanked_ones_nothing(cast: Cast) -> None:
    kept, blanked = cast.people["m_a1_1"], cast.people["m_a1_2"]
    Person.objects.filter(pk=kept.pk).update(name="\u5f35 \u5049", pinyin="zhang wei z w")
    Person.objects.filter(pk=blanked.pk).update(name="", pinyin="")
    importlib.import_module("muster.organisation.migrations.0007_pinyin_of_names").write_anew(apps, None)
    assert Person.objects.get(pk=kept.pk).pinyin == "zhangwei zw"
    assert Person.objects.get(pk=blanked.pk).pinyin == ""


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
