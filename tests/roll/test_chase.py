"""A roll is chased by a ladder, and from when on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from muster.messages.models import Nudge
from muster.roll.actions import close_roll
from muster.roll.chasing import NewLadder, chase_roll, end_ladder, make_ladder, stop_chasing
from muster.roll.ladders import ASKED, Step
from muster.roll.models import Ladder, Roll
from tests.cast import DUE, Cast, at, raises_refusal
from tests.roll.chased import tick


def test_begun_anew_it_goes_on_from_now(cast: Cast, roll: Roll, ladder: Ladder) -> None:
    chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=ladder)
    tick(180)
    with at(190):
        stop_chasing(by=cast.clerk, holder=cast.root, roll=roll)
    assert tick(301) == 0
    with at(310):
        chase = chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=ladder)
    assert (chase.turn, chase.next_at) == (2, DUE + timedelta(minutes=120))
    tick(430)
    assert {one.step for one in Nudge.objects.all()} == {"ladder:1:1", "ladder:2:3"}


def test_it_rejects_a_roll_that_has_no_due_time_or_has_ended(cast: Cast, ladder: Ladder) -> None:
    order = cast.order(due_at=None)
    roll = cast.roll(order)
    with raises_refusal("ladder.needs_due"):
        chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=ladder)
    from_opening = make_ladder(by=cast.commander, new=NewLadder("From", [Step(30, ASKED)], from_opened=True))
    assert chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=from_opening).next_at is not None
    close_roll(by=cast.commander, holder=cast.root, roll=roll)
    with raises_refusal("roll.closed"):
        chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=from_opening)


def test_it_rejects_an_ended_ladder(cast: Cast, roll: Roll, ladder: Ladder) -> None:
    end_ladder(by=cast.commander, ladder=ladder)
    with raises_refusal("ladder.ended"):
        chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=ladder)


@pytest.mark.parametrize("number", ["lead_a", "lead_a1", "m_a1_1", "inspector", "administrator"])
def test_it_rejects_whoever_does_not_hold_the_roll(cast: Cast, roll: Roll, ladder: Ladder, number: str) -> None:
    actor = cast.actor(number)
    with raises_refusal("rights.refused"):
        chase_roll(by=actor, holder=cast.root, roll=roll, ladder=ladder)
    if number == "lead_a":
        with raises_refusal("rights.refused"):
            chase_roll(by=actor, holder=cast.town, roll=roll, ladder=ladder)
