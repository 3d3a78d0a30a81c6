"""The last step of a staged opening."""

from __future__ import annotations

import pytest

from muster.foundation import jobs
from muster.foundation.rights import house
from muster.roll import opening
from muster.roll.actions import close_roll
from muster.roll.opening import show
from tests.cast import Cast, at, raises_refusal


def test_it_shows_what_was_staged_and_nothing_twice(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "AT_ONCE_MAX", 7)
    order = cast.order()
    with at(1):
        jobs.work()
    opened_at = cast.roll(order).opened_at
    with at(2):
        show(by=house("clockwork"), roll=cast.roll(order))
    assert cast.roll(order).opened_at == opened_at


def test_it_opens_no_roll_that_has_ended(cast: Cast) -> None:
    order = cast.order()
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    show(by=house("clockwork"), roll=cast.roll(order))
    assert cast.roll(order).state == "closed"


def test_it_rejects_everybody_but_the_house(cast: Cast) -> None:
    order = cast.order()
    with raises_refusal("rights.refused"):
        show(by=cast.commander, roll=cast.roll(order))
