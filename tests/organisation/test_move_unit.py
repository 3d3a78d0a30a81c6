"""A unit is put under another one, with all below it, while rolls are open: coverage is exact at both ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from muster.foundation import clock
from muster.organisation.models import Unit, UnitKind
from muster.organisation.tree import Tree
from muster.organisation.units import move_unit
from muster.roll import coverage
from tests.cast import START, Cast, at, raises_refusal


def under(cast: Cast, order: object, code: str, minutes: int) -> coverage.Coverage:
    """The coverage of a branch as of so many minutes after the start."""
    moment = START + timedelta(minutes=minutes)
    roll = cast.roll(order)  # type: ignore[arg-type]
    tree = Tree.as_of(moment)
    counted = coverage.count([roll], moment)[roll.pk]
    return counted.under(tree, tree.paths[cast.units[code].pk])


def test_the_branches_sums_change_from_then_on_and_never_before(cast: Cast) -> None:
    with at(1):
        order = cast.order()
    with at(5):
        cast.answer(order, "A1")
    with at(10):
        assert move_unit(by=cast.commander, parent=cast.root, unit=cast.village, under=cast.units["B"]) == 1
    with at(15):
        cast.answer(order, "A2")
        cast.answer(order, "B1", by=cast.commander)
    with at(30):
        before, after = 8, 20
        assert (under(cast, order, "A", before).expected, under(cast, order, "B", before).expected) == (4, 4)
        assert (under(cast, order, "A", after).expected, under(cast, order, "B", after).expected) == (3, 5)
        assert (under(cast, order, "A", after).answered, under(cast, order, "B", after).answered) == (1, 2)
        assert under(cast, order, "D", before).expected == under(cast, order, "D", after).expected == 8
        assert cast.coverage(order).answered == 3


def test_a_branch_goes_along_whole(cast: Cast) -> None:
    UnitKind.objects.create(key="region", name="Region", rank=2)
    Unit.objects.filter(pk=cast.units["B"].pk).update(kind="region")
    UnitKind.objects.filter(key="town").update(rank=3)
    UnitKind.objects.filter(key="village").update(rank=4)
    with at(10):
        assert move_unit(by=cast.commander, parent=cast.root, unit=cast.town, under=cast.units["B"]) == 4
    b = Unit.objects.get(pk=cast.units["B"].pk)
    assert {u.path.startswith(b.path) for u in Unit.objects.filter(short_name__in=("A", "A1", "A2", "A3"))} == {True}
    assert Unit.objects.get(pk=cast.village.pk).parent_id == cast.town.pk
    assert Tree.as_of(clock.now()).paths[cast.village.pk] == cast.village.path, "before, it stood where it stood"


def test_its_new_superiors_see_it_and_the_old_ones_no_longer(cast: Cast) -> None:
    with at(10):
        move_unit(by=cast.commander, parent=cast.root, unit=cast.village, under=cast.units["B"])
    found = {
        actor: Unit.objects.visible_to(cast.actor(actor)).filter(pk=cast.village.pk).exists()
        for actor in ("lead_a", "lead_b", "lead_a1")
    }
    assert found == {"lead_a": False, "lead_b": True, "lead_a1": True}


def test_to_where_it_stands_moves_nothing(cast: Cast) -> None:
    assert move_unit(by=cast.commander, parent=cast.root, unit=cast.village, under=cast.town) == 0


@pytest.mark.parametrize(
    ("unit", "under", "code"), [("A", "A1", "unit.circle"), ("A1", "A2", "unit.rank"), ("A", "A", "unit.circle")]
)
def test_it_rejects_itself_what_is_below_and_a_lower_rank(cast: Cast, unit: str, under: str, code: str) -> None:
    with raises_refusal(code):
        move_unit(by=cast.commander, parent=cast.root, unit=cast.units[unit], under=cast.units[under])


def test_it_rejects_whoever_is_not_above_both(cast: Cast) -> None:
    with raises_refusal("unit.not_under"):
        move_unit(by=cast.town_lead, parent=cast.town, unit=cast.village, under=cast.units["B"])
    with raises_refusal("rights.refused"):
        move_unit(by=cast.town_lead, parent=cast.root, unit=cast.village, under=cast.units["B"])
    with raises_refusal("unit.not_under"):
        move_unit(by=cast.commander, parent=cast.root, unit=cast.root, under=cast.town)


def test_it_rejects_what_is_closed(cast: Cast) -> None:
    Unit.objects.filter(pk=cast.units["B"].pk).update(closed_at=START)
    with raises_refusal("unit.closed"):
        move_unit(by=cast.commander, parent=cast.root, unit=cast.village, under=cast.units["B"])
