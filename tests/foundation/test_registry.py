"""What rooms offer stands in tables; numbers carry their unit of measure."""

from __future__ import annotations

import pytest

from muster.foundation.quantities import Measure, Quantity
from muster.foundation.registry import FACTS, ROLL_KINDS, Table
from muster.foundation.triggers import append_only_models
from muster.mobilisation.kinds import KINDS


def test_a_key_is_given_once() -> None:
    table: Table[object] = Table("things")
    one = object()
    table.add("a", one)
    table.add("a", one)
    with pytest.raises(ValueError, match="registered twice"):
        table.add("a", object())
    assert (table["a"], table.get("b"), "a" in table, list(table), len(table)) == (one, None, True, ["a"], 1)
    assert (table.items(), table.values()) == ([("a", one)], [one])


def test_every_fact_is_registered_under_its_kind() -> None:
    from muster.foundation.facts import Fact

    facts = {m.KIND: m for m in append_only_models() if issubclass(m, Fact)}
    assert dict(FACTS.items()) == facts


def test_the_kinds_of_roll_of_mobilisation_are_there() -> None:
    assert {kind.key for kind in KINDS} <= set(ROLL_KINDS)
    for kind in ROLL_KINDS.values():
        assert kind.outcomes


def test_two_measures_are_never_added_up_unasked() -> None:
    people, units = Measure("people", "people"), Measure("units", "units")
    assert Quantity(2, people) + Quantity(3, people) == Quantity(5, people)
    with pytest.raises(ValueError, match="not added up"):
        Quantity(2, people) + Quantity(3, units)
