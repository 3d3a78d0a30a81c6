"""A set joins units beside the tree."""

from __future__ import annotations

import pytest

from muster.foundation.rights import house
from muster.organisation.actions import register_set
from muster.organisation.models import UnitSet
from tests.cast import Cast, raises_refusal


def test_a_set_reaches_over_the_branches(cast: Cast) -> None:
    made = register_set(by=house("x"), key="health", name="Health", units=[cast.village.pk, cast.units["H"].pk])
    assert sorted(u.short_name for u in made.units.all()) == ["A1", "H"]
    assert sorted(cast.village.sets.values_list("key", flat=True)) == ["first", "health"]
    assert UnitSet.objects.count() == 2


@pytest.mark.parametrize("by", ["commander", "lead_a", "m_a1_1"])
def test_it_rejects_everybody_but_the_house_and_the_administrator(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        register_set(by=cast.actor(by), key="x", name="x", units=[])
