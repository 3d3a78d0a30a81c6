"""By what a name is found: plain form, pinyin, initials; surnames read as surnames are; written wherever a name is."""

from __future__ import annotations

import pytest
from django.db.models import Q
from hypothesis import given
from hypothesis import strategies as st

from muster.foundation.sql import begins
from muster.organisation.lives import correct_person
from muster.organisation.models import Person, Unit
from muster.organisation.names import FOLDED_MAX, INITIALS_MAX, PINYIN_MAX, person_columns, plain, unit_columns
from muster.organisation.proofs import prove_names
from tests.cast import Cast


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("\u5f20\u4e09", "zhangsan", "zs"),
        ("\u5f35\u4e09", "zhangsan", "zs"),
        ("\u6b27\u9633\u4fee", "ouyangxiu", "oyx"),
        ("\u6b50\u967d\u4fee", "ouyangxiu", "oyx"),
        ("\u5c09\u8fdf\u606d", "yuchigong", "ycg"),
        ("\u5355\u96c4\u4fe1", "shanxiongxin", "sxx"),
        ("\u66fe\u56fd\u85e9", "zengguofan", "zgf"),
        ("\u5415\u5e03", "lvbu", "lb"),
        ("\u53e4\u4e3d\u00b7\u4e70\u4e70\u63d0", "gulimaimaiti", "glmmt"),
        ("\u5f20San", "zhangsan", "zs"),
        ("Ada Brook", "adabrook", "ab"),
        ("Room A1", "rooma1", "ra1"),
        ("", "", ""),
    ],
)
def test_how_a_person_is_spelled(name: str, full: str, initials: str) -> None:
    made = person_columns(name)
    assert (made["pinyin"], made["initials"]) == (f"{full} {initials}".strip(), initials)


def test_a_surname_is_one_at_the_beginning_of_a_person_only() -> None:
    """A village named Jiefang is not read as the surname Xie."""
    assert unit_columns("\u89e3\u653e\u6751", "\u89e3\u653e")["pinyin"] == "jiefangcun jfc jiefang jf"
    assert person_columns("\u738b\u89e3\u653e")["pinyin"] == "wangjiefang wjf"


@given(st.text(max_size=80))
def test_any_name_has_columns_that_fit_and_no_sign_of_a_pattern(name: str) -> None:
    made = person_columns(name)
    assert [len(made[c]) <= most for c, most in (("pinyin", PINYIN_MAX), ("initials", INITIALS_MAX))] == [True, True]
    assert len(made["folded"]) <= FOLDED_MAX
    assert not set("%_\\! \u00b7") & set(made["folded"])
    assert plain(plain(name)) == plain(name)


@given(st.text(min_size=1, max_size=4), st.text(max_size=6))
def test_what_begins_so_lies_in_the_range_and_nothing_else(words: str, other: str) -> None:
    bounds = dict(begins("name", words).children)  # type: ignore[arg-type]
    low, high = bounds["name__gte"], bounds.get("name__lt")

    def within(name: str) -> bool:
        return name >= low and (high is None or name < high)

    assert within(words + other)
    # Only where no character follows the last one there is no upper bound.
    assert within(other) == other.startswith(words) or high is None


def test_whoever_is_called_otherwise_is_found_so(cast: Cast) -> None:
    correct_person(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"], name="\u6b50\u967d\u4fee")
    row = Person.objects.get(number="m_a1_1")
    assert (row.folded, row.initials) == ("\u6b27\u9633\u4fee", "oyx")


def test_verify_names_whoever_is_found_by_another_name(cast: Cast) -> None:
    assert prove_names() == []
    cast.tampered = True
    Person.objects.filter(number="m_a1_1").update(initials="zz")
    Unit.objects.filter(pk=cast.town.pk).update(folded="other")
    Person.objects.filter(number="m_a1_2").update(name="")
    wrong = {str(cast.people["m_a1_1"].pk), str(cast.people["m_a1_2"].pk), str(cast.town.pk)}
    assert {pk for pk in wrong if any(pk in line for line in prove_names())} == wrong
    assert len(prove_names()) == 3


def test_the_range_is_one_on_the_engine_too(cast: Cast) -> None:
    """As the database compares: byte by byte."""
    found = Person.objects.filter(begins("folded", "nameofma1")).values_list("number", flat=True)
    assert sorted(found) == ["m_a1_1", "m_a1_2"]
    assert not Person.objects.filter(begins("folded", "nameofma1") & Q(number="lead_a1")).exists()
