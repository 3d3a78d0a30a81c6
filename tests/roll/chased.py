"""A roll that is chased, and what the tests of chasing ask of it."""

from __future__ import annotations

from muster.foundation.ids import new_id
from muster.messages.models import Channel, Nudge
from muster.organisation.models import Unit
from muster.roll import telling
from muster.roll.chasing import NewLadder, chase_roll, make_ladder
from muster.roll.ladders import Step
from muster.roll.models import Chase, Ladder, Roll
from tests.cast import START, Cast, at


def channel(unit: Unit, kind: str = Channel.Kind.SMS) -> Channel:
    """A channel, as the room of messages makes it; its address plays no part here."""
    return Channel.objects.create(id=new_id(), unit=unit, kind=kind, name=kind, made_at=START)


def chased(cast: Cast, roll: Roll, *steps: Step, **more: object) -> Chase:
    made = make_ladder(by=cast.commander, new=NewLadder(f"L{Ladder.objects.count()}", steps, **more))  # type: ignore[arg-type]
    return chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=made)


def tick(minutes: float) -> int:
    """The clockwork, so long after START."""
    with at(minutes):
        return telling.chore()


def nudged(step: str) -> list[Nudge]:
    return list(Nudge.objects.filter(step=step))


def people(cast: Cast, step: str) -> set[str]:
    names = {person.pk: number for number, person in cast.people.items()}
    return {names[one.to] for one in nudged(step)}


VILLAGE_LEADS = {f"lead_{t}{n}" for t in "ab" for n in (1, 2, 3)}
