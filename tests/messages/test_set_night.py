"""The district says when its night is."""

from __future__ import annotations

from datetime import time

from muster.messages import night
from muster.messages.channels import set_night
from tests.cast import Cast, raises_refusal


def test_it_holds_from_now_on(cast: Cast) -> None:
    assert night.hours() == night.USUAL
    set_night(by=cast.commander, begins=time(21, 30), ends=time(6))
    set_night(by=cast.administrator, begins=time(23), ends=time(6))
    assert night.hours() == night.Hours(time(23), time(6))


def test_it_rejects_a_lead(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        set_night(by=cast.town_lead, begins=time(0), ends=time(0))
