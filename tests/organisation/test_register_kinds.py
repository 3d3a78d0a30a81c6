"""The ranks and kinds of units are the district's own."""

from __future__ import annotations

import pytest

from muster.foundation.rights import house
from muster.organisation.actions import NewKind, register_kinds
from muster.organisation.models import UnitKind
from tests.cast import Cast, raises_refusal


def test_kinds_are_data(cast: Cast) -> None:
    register_kinds(
        by=house("set-up"), kinds=[NewKind("squad", "Squad", 4, team=True), NewKind("dyke", "Dyke watch", 5)]
    )
    assert list(UnitKind.objects.filter(rank__gt=3).order_by("rank").values_list("key", "name", "team")) == [
        ("squad", "Squad", True),
        ("dyke", "Dyke watch", False),
    ]


def test_the_technical_administrator_may(cast: Cast) -> None:
    register_kinds(by=cast.administrator, kinds=[NewKind("squad", "Squad", 4)])
    assert UnitKind.objects.filter(key="squad").exists()


@pytest.mark.parametrize("by", ["commander", "lead_a", "m_a1_1"])
def test_it_rejects_everybody_else(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        register_kinds(by=cast.actor(by), kinds=[])
