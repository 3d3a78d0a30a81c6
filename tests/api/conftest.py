"""What the tests of the API begin with: an order that calls up the villages, an hour ago."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from muster.mobilisation.models import Order
from tests.api.calls import Caller
from tests.cast import Cast, at


@pytest.fixture
def order(cast: Cast) -> Iterator[Order]:
    """The order to all towns and villages that calls up the members of the villages; the clock an hour later."""
    issued = cast.order(call_up="kind:village")
    with at(60):
        yield issued


@pytest.fixture
def caller(cast: Cast) -> Callable[[str | None], Caller]:
    """Somebody of the cast by their number, or nobody by None."""
    return Caller
