"""A roll is not chased any more."""

from __future__ import annotations

import json

import pytest

from muster.foundation.models import AuditLine
from muster.messages.models import Nudge
from muster.roll.chasing import chase_roll, stop_chasing
from muster.roll.models import Ladder, Roll
from tests.cast import Cast, raises_refusal
from tests.roll.chased import tick


def test_nothing_is_told_any_more(cast: Cast, roll: Roll, ladder: Ladder) -> None:
    chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=ladder)
    stop_chasing(by=cast.clerk, holder=cast.root, roll=roll)
    assert tick(301) == 0
    assert not Nudge.objects.exists()


def test_the_log_says_by_which_ladder(cast: Cast, roll: Roll, ladder: Ladder) -> None:
    chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=ladder)
    stop_chasing(by=cast.clerk, holder=cast.root, roll=roll)
    begun, ended = AuditLine.objects.filter(verb__in=("roll.chase", "roll.stop_chasing")).order_by("id")
    assert json.loads(begun.change) == [["ladder", "", ladder.pk.hex]]
    assert json.loads(ended.change) == [["ladder", ladder.pk.hex, ""]]


def test_it_rejects_what_does_not_run(cast: Cast, roll: Roll) -> None:
    with raises_refusal("chase.none"):
        stop_chasing(by=cast.commander, holder=cast.root, roll=roll)


@pytest.mark.parametrize("number", ["lead_a", "lead_a1", "m_a1_1", "inspector", "administrator"])
def test_it_rejects_whoever_does_not_hold_the_roll(cast: Cast, roll: Roll, ladder: Ladder, number: str) -> None:
    chase_roll(by=cast.commander, holder=cast.root, roll=roll, ladder=ladder)
    actor = cast.actor(number)
    with raises_refusal("rights.refused"):
        stop_chasing(by=actor, holder=cast.root, roll=roll)
