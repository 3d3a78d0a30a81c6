"""A ladder is not offered any more."""

from __future__ import annotations

import pytest

from muster.roll.chasing import end_ladder
from muster.roll.models import Ladder
from tests.cast import Cast, raises_refusal


def test_it_ends_once(cast: Cast, ladder: Ladder) -> None:
    end_ladder(by=cast.second, ladder=ladder)
    ladder.refresh_from_db()
    assert ladder.ended_at is not None
    with raises_refusal("ladder.ended"):
        end_ladder(by=cast.second, ladder=ladder)


@pytest.mark.parametrize("number", ["clerk", "lead_a", "lead_a1", "m_a1_1", "administrator"])
def test_it_rejects_whoever_does_not_command_the_district(cast: Cast, ladder: Ladder, number: str) -> None:
    actor = cast.actor(number)
    with raises_refusal("rights.refused"):
        end_ladder(by=actor, ladder=ladder)
