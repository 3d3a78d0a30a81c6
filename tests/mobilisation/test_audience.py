"""The rule by which an order finds its addressees."""

from __future__ import annotations

import re

import pytest

from muster.mobilisation import audience
from muster.mobilisation.forms import TERMS, NewOrderForm
from muster.organisation.actions import merge_units
from muster.organisation.models import UnitCode, UnitKind
from tests.cast import START, Cast, raises_refusal


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("", ""),
        ("unit:A1", "A1"),
        ("under:A", "A A1 A2 A3"),
        ("kind:town", "A B"),
        ("set:first", "A1 B1"),
        ("kind:town set:first", "A A1 B B1"),
        ("under:D -under:B -kind:department", "D A A1 A2 A3"),
        ("-unit:A1 under:A", "A A2 A3"),
        ("under:A under:A1", "A A1 A2 A3"),
        ("-under:A", ""),
    ],
)
def test_terms_are_joined_and_taken_away(cast: Cast, selector: str, found: str) -> None:
    assert sorted(u.short_name for u in audience.resolve(cast.commander, selector)) == sorted(found.split())


def test_every_kind_that_the_form_offers_is_found(cast: Cast) -> None:
    UnitKind.objects.filter(key="town").update(name="market town")
    UnitKind.objects.filter(key="village").update(name="hamlet")
    help_text = NewOrderForm(issuers=[cast.root], founded=True).fields["audience"].help_text
    said = str(help_text).removeprefix(str(TERMS))
    offered = re.findall(r"kind:\S+", said)
    assert offered == ["kind:District", "kind:Department", "kind:town", "kind:hamlet"]
    assert "kind:town (market town)" in said
    for term in offered:
        assert audience.resolve(cast.commander, term)


def test_units_come_in_the_order_of_the_tree(cast: Cast) -> None:
    assert [u.short_name for u in audience.resolve(cast.commander, "kind:village kind:town")][:2] == ["A", "B"]


def test_a_closed_unit_is_not_found(cast: Cast) -> None:
    merge_units(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour)
    assert sorted(u.short_name for u in audience.resolve(cast.commander, "under:A set:first")) == [
        "A",
        "A2",
        "A3",
        "B1",
    ]


@pytest.mark.parametrize("term", ["set:unknown", "kind:unknown", "under:", "unit:", "all", ":", "-", "-set:unknown"])
def test_it_rejects_a_term_that_finds_nothing_known(cast: Cast, term: str) -> None:
    with raises_refusal("audience.term"):
        audience.resolve(cast.commander, f"unit:A1 {term}")


def test_it_rejects_a_code_that_no_unit_has(cast: Cast) -> None:
    with raises_refusal("unit.unknown"):
        audience.resolve(cast.commander, "unit:A9")


def test_it_rejects_a_unit_that_is_not_theirs_like_one_that_is_not_there(cast: Cast) -> None:
    for term in ("unit:B1", "under:B", "under:D", "-unit:B1", "unit:Z9"):
        with raises_refusal("unit.unknown"):
            audience.resolve(cast.town_lead, f"unit:A1 {term}")


def test_it_rejects_a_code_that_two_units_beyond_have_like_one_that_is_not_there(cast: Cast) -> None:
    for code in ("B1", "B2"):
        UnitCode.objects.create(scheme=f"other-{code}", code="ZZ", unit=cast.units[code], valid_from=START.date())
    with raises_refusal("unit.unknown"):
        audience.resolve(cast.town_lead, "unit:ZZ")
    with raises_refusal("unit.ambiguous"):
        audience.resolve(cast.commander, "unit:ZZ")
