"""Ladders: at which moments whoever is outstanding is told, and whom. Pure; docs/rules/chasing.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from muster.foundation.errors import Refusal, Text, invalid, text

ASKED = "asked"
LEAD = "lead"
ABOVE = "above"
GROUP = "group"
WHOM: dict[str, Text] = {
    ASKED: text("who must answer"),
    LEAD: text("who must answer, and the lead of the unit"),
    ABOVE: text("the level above, with counts only"),
    GROUP: text("the group of the unit, with counts only"),
}
"""Whom a step tells, in words."""

STEPS_MOST = 6
TELLINGS_MOST = 12
REPEAT_LEAST = 30
"""Minutes between two repeats."""
APART_LEAST = 15
"""Minutes between any two tellings."""
FAR_MOST = 30 * 24 * 60
"""Minutes before or after: beyond it a ladder would as good as never end."""


@dataclass(frozen=True)
class Step:
    """One line of a ladder. minutes: after the due time or the opening, negative for before. repeats: so often more."""

    minutes: int
    whom: str
    repeats: int = 0
    every_minutes: int = 0

    def times(self) -> list[int]:
        """The minutes of all its tellings."""
        return [self.minutes + n * self.every_minutes for n in range(self.repeats + 1)]


DEFAULT = (Step(-120, ASKED), Step(0, LEAD), Step(120, ABOVE))
"""What is offered to a district that has none: remind, remind and lead, tell the level above."""


@dataclass(frozen=True)
class Telling:
    """One time at which a ladder tells. n: counted from 1. meant: by the step alone; at: with the night kept."""

    n: int
    whom: str
    meant: datetime
    at: datetime


@dataclass(frozen=True)
class Rung:
    """What is to be done: the telling that is due, those that are passed over, the one that comes next."""

    due: Telling | None
    passed: tuple[Telling, ...]
    next: Telling | None


def require_sound(steps: Sequence[Step], *, from_opened: bool) -> None:
    """Refuse a ladder that never ends, goes backwards or crowds."""
    if not steps:
        raise invalid("steps", text("A ladder has at least one step."), "ladder.empty")
    for step in steps:
        _require_step(step, from_opened=from_opened)
    count = sum(step.repeats + 1 for step in steps)
    if len(steps) > STEPS_MOST or count > TELLINGS_MOST:
        raise invalid(
            "steps",
            text("A ladder must end: it has at most %(steps)s steps and tells %(most)s times at most."),
            "ladder.unending",
            steps=STEPS_MOST,
            most=TELLINGS_MOST,
        )
    minutes = [at for step in steps for at in step.times()]
    gaps = [after - before for before, after in pairwise(minutes)]
    if any(gap < 0 for gap in gaps):
        raise invalid("steps", text("A step comes after all tellings of the one before it."), "ladder.order")
    if any(gap < APART_LEAST for gap in gaps):
        raise invalid(
            "steps", text("Between two tellings lie at least %(least)s minutes."), "ladder.crowded", least=APART_LEAST
        )
    if minutes[-1] > FAR_MOST or minutes[0] < -FAR_MOST:
        raise invalid(
            "steps", text("A ladder must end: it tells within 30 days before and 30 days after."), "ladder.unending"
        )


def _require_step(step: Step, *, from_opened: bool) -> None:
    if step.whom not in WHOM:
        raise invalid("whom", text("Choose whom the step tells."), "ladder.whom")
    if from_opened and step.minutes < 0:
        raise invalid("minutes", text("Nothing is told before a roll is opened."), "ladder.before_opening")
    if step.repeats < 0 or step.every_minutes < 0 or step.repeats > TELLINGS_MOST:
        raise invalid("repeats", text("A step repeats a few times and then ends."), "ladder.unending")
    if step.repeats and step.every_minutes < REPEAT_LEAST:
        raise invalid(
            "every_minutes",
            text("A step that repeats says how far apart: %(least)s minutes at least."),
            "ladder.repeats",
            least=REPEAT_LEAST,
        )


def tellings(
    steps: Sequence[Step],
    opened_at: datetime,
    due_at: datetime | None,
    *,
    from_opened: bool = False,
    not_at_night: Callable[[datetime], datetime] = lambda at: at,
) -> list[Telling]:
    """All tellings of a ladder on a roll, in order.

    not_at_night: the moment itself, or the end of the night in which it lies. Raises: Refusal `ladder.needs_due`.
    """
    begin = opened_at if from_opened else due_at
    if begin is None:
        raise needs_due()
    times = [(begin + timedelta(minutes=at), step.whom) for step in steps for at in step.times()]
    return [Telling(n, whom, meant, not_at_night(meant)) for n, (meant, whom) in enumerate(times, start=1)]


def due_tellings(told: Sequence[Telling], since: datetime, now: datetime) -> Rung:
    """Which telling is due: the latest whose time has come; those before it are passed over. None before `since`."""
    counted = [telling for telling in told if telling.meant >= since]
    come = [telling for telling in counted if telling.at <= now]
    later = next((telling for telling in counted if telling.at > now), None)
    return Rung(come[-1] if come else None, tuple(come[:-1]), later)


def needs_due() -> Refusal:
    """A ladder that counts from the due time says nothing about a roll that has none."""
    return invalid(
        "ladder",
        text("This roll has no due time. Choose a ladder that counts from the opening."),
        "ladder.needs_due",
    )
