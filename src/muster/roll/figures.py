"""What a figure is: declared once by the room that counts it, read by the board, the report, the API and its page.

A coverage figure is the roll behind it; any other is a count with a list of its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from muster.foundation.errors import Text, text
from muster.foundation.quantities import Measure
from muster.organisation.models import Incident, Unit
from muster.organisation.tree import Tree


@dataclass(frozen=True)
class Question:
    """What is asked: for which incident, over which unit's subtree, as of which settled moment."""

    incident: Incident
    unit: Unit
    as_of: datetime
    tree: Tree

    @property
    def path(self) -> str:
        """Where the unit stood at that moment; a unit that was not there yet covers nothing."""
        return self.tree.paths.get(self.unit.pk, "\x00.")

    def units(self) -> set[UUID]:
        """The units of the subtree at that moment."""
        return set(self.tree.under(self.path))


@dataclass(frozen=True)
class Row:
    """One row behind a figure: what it is, whose, when, and in a word how it stands."""

    id: UUID
    name: str
    unit: UUID
    at: datetime | None
    state: str
    value: int = 1


@dataclass(frozen=True)
class Figure:
    """A figure. Coverage figures leave `count` and `rows` out: both come from the roll with this figure's key."""

    key: str
    label: Text
    definition: Text
    measure: Measure
    stream: str = "mobilise"
    count: Callable[[Question], int] | None = None
    rows: Callable[[Question], Sequence[Row]] | None = None

    @property
    def is_coverage(self) -> bool:
        """Whether it is counted from a roll."""
        return self.count is None


@dataclass(frozen=True)
class FigureFamily:
    """Figures that data calls into being, one an order and the like.

    `members` lists those that concern the unit asked about: a label may name what others have no business to know.
    """

    key: str
    members: Callable[[Question], Sequence[Figure]]


UNITS = Measure("units", text("units"))
PEOPLE = Measure("people", text("people"))
ORDERS = Measure("orders", text("orders"))
