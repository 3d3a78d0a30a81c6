"""Numbers with their unit of measure. Two units are never added up unasked."""

from __future__ import annotations

from dataclasses import dataclass

from muster.foundation.errors import Text


@dataclass(frozen=True)
class Measure:
    """A unit of measure: `key` for programs, `label` for people."""

    key: str
    label: Text


@dataclass(frozen=True)
class Quantity:
    """A whole number of one measure."""

    value: int
    measure: Measure

    def __add__(self, other: Quantity) -> Quantity:
        if other.measure.key != self.measure.key:
            raise ValueError(f"{self.measure.key} and {other.measure.key} are not added up")
        return Quantity(self.value + other.value, self.measure)
