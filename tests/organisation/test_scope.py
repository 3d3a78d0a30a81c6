"""A subtree is a range of paths: on random trees it agrees with a plain tree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.foundation.rights import Actor, house
from muster.organisation.models import Unit, UnitKind
from muster.organisation.scope import below, covers, may_act, may_see, outermost, seen_paths
from muster.organisation.tree import Tree, label_of
from tests.cast import START, Cast

Parents = list[int]
"""A tree: for each node after the root, the number of its parent."""


def trees(most: int = 60) -> st.SearchStrategy[Parents]:
    """Random trees whose labels are of one and of two characters."""
    return st.lists(st.integers(min_value=0), max_size=most).map(lambda rows: [n % (i + 1) for i, n in enumerate(rows)])


def ancestors(tree: Parents, node: int) -> set[int]:
    found = {node}
    while node:
        node = tree[node - 1]
        found.add(node)
    return found


def paths_of(tree: Parents) -> list[str]:
    paths = ["0."]
    for node, parent in enumerate(tree, start=1):
        paths.append(f"{paths[parent]}{label_of(node)}.")
    return paths


@given(trees())
def test_covers_is_standing_above_or_at(tree: Parents) -> None:
    paths = paths_of(tree)
    for node, path in enumerate(paths):
        above = ancestors(tree, node)
        assert [covers(scope, path) for scope in paths] == [n in above for n in range(len(paths))]


@given(trees(), st.sets(st.integers(min_value=0)))
def test_the_outermost_cover_all_and_no_other_of_them(tree: Parents, picked: set[int]) -> None:
    paths = paths_of(tree)
    nodes = {n % len(paths) for n in picked}
    kept = outermost(paths[n] for n in nodes)
    assert set(kept) == {paths[n] for n in nodes if not (ancestors(tree, n) - {n}) & nodes}


@given(trees())
def test_groups_gather_each_unit_under_the_child_that_it_belongs_to(tree: Parents) -> None:
    paths = paths_of(tree)
    drawn = Tree(START, dict(enumerate(paths)))  # type: ignore[arg-type]
    for top in range(len(paths)):
        groups: dict[Any, Any] = drawn.groups(paths[top])
        for node in range(len(paths)):
            if top not in ancestors(tree, node):
                assert node not in groups
            elif node != top:
                child = groups[node]
                assert child in ancestors(tree, node)
                assert tree[child - 1] == top
            else:
                assert groups[node] == top


@settings(max_examples=8)
@given(trees(30))
def test_below_finds_in_the_database_what_stands_below(db: None, tree: Parents) -> None:
    kind = UnitKind.objects.get_or_create(key="k", defaults={"name": "k", "rank": 1})[0]
    Unit.objects.all().delete()
    paths = paths_of(tree)
    Unit.objects.bulk_create(
        Unit(label=label_of(i), path=p, kind=kind, name="", short_name="", pinyin="", opened_at=START)
        for i, p in enumerate(paths)
    )
    for node, path in enumerate(paths):
        found = set(Unit.objects.filter(below(path)).values_list("path", flat=True))
        assert found == {paths[n] for n in range(len(paths)) if node in ancestors(tree, n)}


@given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=0, max_value=10**9))
def test_labels_are_different_and_short(one: int, other: int) -> None:
    assert (label_of(one) == label_of(other)) == (one == other)
    assert len(label_of(one)) <= 6
    assert label_of(one).isalnum()


def test_a_label_that_begins_as_another_is_not_covered() -> None:
    assert covers("0.1.", "0.1.")
    assert not covers("0.1.", "0.10.")
    assert not covers("0.1.", "0.11.5.")
    assert not covers("0.1.", "0.")


@pytest.mark.parametrize(
    ("number", "seen"),
    [
        ("commander", ["D"]),
        ("clerk", ["D"]),
        ("lead_a", ["A"]),
        ("lead_a1", ["A1"]),
        ("m_a1_1", []),
        ("counsellor", []),
        ("inspector", []),
        ("administrator", []),
    ],
)
def test_what_each_role_sees(cast: Cast, number: str, seen: list[str]) -> None:
    actor = cast.actor(number)
    assert seen_paths(actor) == [cast.units[code].path for code in seen]
    for unit in cast.units.values():
        assert may_see(actor, unit.path) == any(covers(cast.units[code].path, unit.path) for code in seen)


def test_the_house_sees_all(cast: Cast) -> None:
    assert all(may_see(house("x"), unit.path) for unit in cast.units.values())


def test_acting_needs_one_of_the_roles_at_or_above_the_unit(cast: Cast) -> None:
    roles = frozenset(("lead", "commander"))
    for number, codes in {
        "lead_a": "A A1 A2 A3",
        "lead_a1": "A1",
        "commander": " ".join(cast.units),
        "clerk": "",
    }.items():
        can = [code for code, unit in cast.units.items() if may_act(cast.actor(number), roles, unit)]
        assert sorted(can) == sorted(codes.split())
    assert may_act(cast.lead, roles, None)
    assert not may_act(cast.member, roles, None)
    assert not may_act(Actor(name="nobody"), roles, cast.root)
