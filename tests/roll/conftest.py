"""An order that calls people up, its roll, and the ready-made ladder."""

from __future__ import annotations

import pytest

from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from muster.roll.chasing import make_ladder, ready_made
from muster.roll.models import Ladder, Roll
from tests.cast import DUE, Cast


@pytest.fixture
def order(cast: Cast) -> Order:
    """An order that calls up the members of the villages by DUE, five hours after START."""
    return cast.order(call_up="kind:village", call_up_due_at=DUE)


@pytest.fixture
def roll(cast: Cast, order: Order) -> Roll:
    return cast.roll(order, REPORT_IN)


@pytest.fixture
def ladder(cast: Cast) -> Ladder:
    return make_ladder(by=cast.commander, new=ready_made())
