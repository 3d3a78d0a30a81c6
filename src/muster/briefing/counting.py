"""The coverages of a scope whose rolls are open: what the board, its tiles and its list of the missing share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from muster.briefing.addresses import Way
from muster.briefing.figures import all_figures
from muster.briefing.history import Places, behind
from muster.foundation.rights import Actor
from muster.organisation.models import Incident
from muster.organisation.scope import may_see
from muster.roll import coverage
from muster.roll.coverage import NOTHING, Coverage
from muster.roll.faces import face_of
from muster.roll.figures import UNITS, Figure, Question
from muster.roll.kinds import RollKind, kind_of
from muster.roll.models import Mark, Roll


@dataclass(frozen=True)
class Counting:
    """A coverage figure whose roll is open at the moment, with its counts in the scope, now and before.

    units: the counts by accountable unit. before: None where no roll stood behind the figure then.
    """

    figure: Figure
    roll: Roll
    kind: RollKind
    total: Coverage
    units: Mapping[UUID, Coverage]
    href: str
    before: Coverage | None = None

    @property
    def key(self) -> str:
        """The figure's key."""
        return self.figure.key

    @property
    def words(self) -> str:
        """The key of the words in its bar."""
        return face_of(self.roll.kind).words

    @property
    def of_units(self) -> bool:
        """Whether a name on the roll is a unit that answers for itself."""
        return self.figure.measure.key == UNITS.key


def rolls_of(incident: Incident, as_of: datetime) -> list[Roll]:
    """The rolls opened by a moment that make a figure, each with its newest mark up to it. One query."""
    newest = Mark.objects.filter(roll=OuterRef("pk"), recorded_at__lte=as_of).order_by("-recorded_at")
    rolls = Roll.objects.filter(incident=incident, opened_at__lte=as_of).exclude(figure="")
    known = rolls.annotate(newest=Subquery(newest.values("recorded_at")[:1])).select_related("held_by")
    return list(known.order_by("opened_at", "pk"))


def state_of(rolls: Iterable[Roll], as_of: datetime) -> list[str]:
    """What the counts of a moment depend on, in words that change when they may: marks, states, what fell due.

    The minute is part of it, since a page says how long something has been overdue.
    """
    found = [as_of.replace(second=0, microsecond=0).isoformat()]
    for roll in rolls:
        newest = getattr(roll, "newest", None)
        found.append(f"{roll.pk} {newest} {coverage.state_at(roll, as_of)} {coverage.is_due(roll, as_of)}")
    return found


def count_open(
    actor: Actor, asked: Question, rolls: Sequence[Roll], places: Places, before: datetime, way: Way
) -> list[Counting]:
    """The coverages with an open roll on which somebody of the scope stands, in the order of the figures.

    Counted at the question's moment and at one before.
    """
    rolls = [roll for roll in rolls if is_shown(roll, actor)]
    now, earlier = behind(rolls, asked.as_of), behind(rolls, before)
    figures = [f for f in all_figures(asked) if f.is_coverage and _is_open(now.get(f.key), asked.as_of)]
    counted = coverage.count([now[f.key] for f in figures], asked.as_of)
    past = [earlier[f.key] for f in figures if f.key in earlier]
    counted_before = coverage.count(past, before)
    here, here_before = asked.units(), places.units_under(asked.unit.pk, before)
    found = []
    for figure in figures:
        roll, was = now[figure.key], earlier.get(figure.key)
        units = {unit: part for unit, part in counted[roll.pk].units.items() if unit in here}
        total = sum(units.values(), NOTHING)
        if total.expected:
            then = counted_before[was.pk].of(here_before) if was else None
            found.append(Counting(figure, roll, kind_of(roll.kind), total, units, way.figure(figure.key), then))
    return found


def is_shown(roll: Roll, actor: Actor) -> bool:
    """Whether a reader may see anything of a roll in their scope: a holder's own is for the holder (decision 8)."""
    return not kind_of(roll.kind).holder_only or may_see(actor, roll.held_by.path)


def _is_open(roll: Roll | None, as_of: datetime) -> bool:
    return roll is not None and coverage.state_at(roll, as_of) == Roll.State.OPEN
