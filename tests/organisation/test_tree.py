"""The tree as of any moment."""

from __future__ import annotations

from datetime import date, timedelta

from muster.foundation.rights import house
from muster.organisation import tree
from muster.organisation.actions import NewUnit, merge_units, register_units
from muster.organisation.models import Unit, UnitCode, UnitPath
from muster.organisation.tree import Tree, towards_root, unit_by_code
from muster.roll import coverage
from tests.cast import START, Cast, at, raises_refusal


def move(cast: Cast, code: str, parent: str, minutes: float) -> None:
    """As a verb that moves a unit will: another parent, another path, the old one kept."""
    unit = cast.units[code]
    unit.parent = cast.units[parent]
    unit.path = f"{unit.parent.path}{unit.label}."
    unit.save()
    UnitPath.objects.create(unit=unit, since=START + timedelta(minutes=minutes), path=unit.path)


def under(cast: Cast, code: str, minutes: float) -> set[str]:
    found = Tree.as_of(START + timedelta(minutes=minutes))
    codes = {unit.pk: name for name, unit in cast.units.items()}
    return {codes[pk] for pk in found.under(found.paths[cast.units[code].pk])}


def test_nothing_stood_before_it_was_registered(cast: Cast) -> None:
    registered = START - timedelta(days=1)
    assert Tree.as_of(registered - timedelta(seconds=1)).paths == {}
    assert len(Tree.as_of(registered).paths) == 10


def test_a_unit_born_in_the_incident(cast: Cast) -> None:
    row = NewUnit("N1", "test", "New", "N1", "village", "A", date(2020, 1, 29))
    with at(60):
        ids = register_units(by=house("x"), units=[row], opened_at=START)
    assert ids["N1"] not in Tree.as_of(START).paths
    assert Tree.as_of(START + timedelta(hours=1)).paths[ids["N1"]].startswith(cast.town.path)


def test_a_moved_unit_stood_where_it_stood(cast: Cast) -> None:
    move(cast, "A1", "B", 60)
    move(cast, "A1", "A", 120)
    assert "A1" in under(cast, "A", 59)
    assert "A1" in under(cast, "B", 60)
    assert "A1" not in under(cast, "A", 119)
    assert under(cast, "A", 120) == {"A", "A1", "A2", "A3"}
    assert tree.prove() == []


def test_coverage_is_summed_over_the_tree_of_its_moment(cast: Cast) -> None:
    order = cast.order(audience="kind:village")
    roll = cast.roll(order)
    with at(30):
        cast.answer(order, "A1")
    move(cast, "A1", "B", 60)
    for minutes, answered in ((31, {"A": 1, "B": 0}), (61, {"A": 0, "B": 1})):
        moment = START + timedelta(minutes=minutes)
        with at(days=2):
            drawn = Tree.as_of(moment)
            counted = coverage.count([roll], moment)[roll.pk]
        for code, count in answered.items():
            assert counted.under(drawn, drawn.paths[cast.units[code].pk]).answered == count


def test_a_merged_unit_keeps_its_place(cast: Cast) -> None:
    with at(60):
        merge_units(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour)
    assert under(cast, "A", 59) == under(cast, "A", 61) == {"A", "A1", "A2", "A3"}


def test_groups_are_the_children(cast: Cast) -> None:
    found = Tree.as_of(START)
    groups = found.groups(cast.root.path)
    assert groups[cast.village.pk] == groups[cast.town.pk] == cast.town.pk
    assert groups[cast.root.pk] == cast.root.pk


def test_towards_the_root(cast: Cast) -> None:
    assert [u.short_name for u in towards_root(cast.village)] == ["D", "A", "A1"]


def test_a_code_means_the_unit_that_has_it_now(cast: Cast) -> None:
    assert unit_by_code("A1") == cast.village
    UnitCode.objects.filter(code="A1").update(valid_to=date(2020, 1, 1))
    with raises_refusal("unit.unknown"):
        unit_by_code("A1")
    UnitCode.objects.create(scheme="test", code="A1", unit=cast.neighbour, valid_from=date(2020, 1, 1))
    assert unit_by_code("A1") == cast.neighbour
    UnitCode.objects.create(scheme="other", code="A1", unit=cast.town, valid_from=date(2020, 1, 1))
    with raises_refusal("unit.ambiguous"):
        unit_by_code("A1")


def test_verify_finds_a_path_that_is_not_the_one_recorded(cast: Cast) -> None:
    cast.tampered = True
    Unit.objects.filter(pk=cast.village.pk).update(path=f"{cast.units['B'].path}{cast.village.label}.")
    found = tree.prove()
    assert len(found) == 2
    assert all(str(cast.village.pk) in words for words in found)
