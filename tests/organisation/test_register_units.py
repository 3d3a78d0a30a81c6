"""Units are added to the tree by their codes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from muster.foundation.rights import house
from muster.organisation.actions import NewUnit, register_units
from muster.organisation.models import Unit, UnitCode, UnitPath
from muster.organisation.tree import Tree, unit_by_code
from tests.cast import LONG_AGO, START, Cast, raises_refusal

HOUSE = house("set-up")


def new(code: str, parent: str, **more: Any) -> NewUnit:
    wanted = {"name": f"Unit {code}", "short_name": code, "kind": "village", "scheme": "test", **more}
    return NewUnit(code=code, parent=parent, opened_on=date(2020, 1, 1), **wanted)


def register(*units: NewUnit) -> None:
    register_units(by=HOUSE, units=units, opened_at=START)


def test_a_path_is_its_parents_with_a_label_that_is_no_code(cast: Cast) -> None:
    register(new("N1", "A"), new("N2", "N1"))
    upper, lower = unit_by_code("N1"), unit_by_code("N2")
    assert lower.path == f"{upper.path}{lower.label}." == f"{cast.town.path}{upper.label}.{lower.label}."
    assert "N" not in lower.path
    assert UnitPath.objects.get(unit=lower).path == lower.path
    assert UnitCode.objects.get(code="N2").valid_from == date(2020, 1, 1)


def test_no_tree_of_the_past_changes(cast: Cast) -> None:
    before = Tree.as_of(START - timedelta(hours=1)).paths
    row = NewUnit("N1", "test", "New", "New", "village", "A", date(2019, 1, 1))
    register_units(by=house("x"), units=[row], opened_at=LONG_AGO)
    assert Tree.as_of(START - timedelta(hours=1)).paths == before
    assert len(Tree.as_of(START).paths) == len(before) + 1


def test_rows_come_in_any_order(cast: Cast) -> None:
    register(new("N3", "N2"), new("N2", "N1"), new("N1", "D"))
    assert unit_by_code("N3").path.count(".") == 4


def test_the_names_short_form_and_pinyin_are_filled_in(cast: Cast) -> None:
    register(new("N1", "A", name="\u6751\u59d4", short_name=""))
    unit = unit_by_code("N1")
    assert (unit.short_name, unit.pinyin) == ("\u6751\u59d4", "cunwei cw")


def test_a_district_of_a_thousand_units(cast: Cast) -> None:
    register(*(new(f"N{n}", "A" if n < 10 else f"N{n % 10}") for n in range(1000)))
    paths = set(Unit.objects.values_list("path", flat=True))
    assert len(paths) == Unit.objects.count() == 1000 + 10


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("unit.code_twice", [("N1", "A"), ("N1", "B")]),
        ("unit.code_twice", [("A1", "A")]),
        ("unit.unknown", [("N1", "XYZ")]),
        ("unit.unknown", [("N1", "N2"), ("N2", "XYZ")]),
        ("unit.circle", [("N1", "N1")]),
        ("unit.circle", [("N1", "N2"), ("N2", "N3"), ("N3", "N2")]),
        ("unit.second_root", [("N1", "")]),
        ("unit.second_root", [("N1", ""), ("N2", "N1")]),
    ],
)
def test_it_rejects(cast: Cast, code: str, rows: list[tuple[str, str]]) -> None:
    before = Unit.objects.count()
    with raises_refusal(code):
        register(*(new(*row) for row in rows))
    assert Unit.objects.count() == before


def test_a_refused_circle_names_a_unit_in_it(cast: Cast) -> None:
    with raises_refusal("unit.circle") as caught:
        register(new("N1", "N2"), new("N2", "N3"), new("N3", "N2"))
    assert caught.value.details["unit_code"] in ("N2", "N3")


def test_it_rejects_an_unknown_kind(cast: Cast) -> None:
    with raises_refusal("unit.kind"):
        register(new("N1", "A", kind="planet"))


def test_it_rejects_two_roots_of_an_empty_district(db: None) -> None:
    from muster.organisation.actions import NewKind, register_kinds

    register_kinds(by=HOUSE, kinds=[NewKind("village", "Village", 1)])
    with raises_refusal("unit.second_root"):
        register(new("N1", ""), new("N2", ""))


@pytest.mark.parametrize("by", ["commander", "lead_a", "m_a1_1"])
def test_it_rejects_everybody_but_the_house_and_the_administrator(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        register_units(by=cast.actor(by), units=[new("N1", "A")], opened_at=START)
    assert register_units(by=cast.administrator, units=[new("N1", "A")], opened_at=START)
