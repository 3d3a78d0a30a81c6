"""What the tests of the API begin with: an order that calls up the villages, an hour ago."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from muster.mobilisation.models import Order
from tests.cast import Cast, at, playing


@pytest.fixture
def order(cast: Cast) -> Iterator[Order]:
    """The order to all towns and villages that calls up the members of the villages; the clock an hour later."""
    issued = cast.order(call_up="kind:village")
    with at(60):
        yield issued


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Cast, Order]]:
    """The same, made once for a whole file of tests, all of which only ask; see `asking_only`."""
    with django_db_blocker.unblock(), transaction.atomic():
        with playing() as cast:
            issued = cast.order(call_up="kind:village")
            with at(60):
                yield cast, issued
        transaction.set_rollback(True)


@pytest.fixture
def asking_only(standing: tuple[Cast, Order], db: None) -> Iterator[tuple[Cast, Order]]:
    """Whatever the test or its sign-ins wrote is undone after it."""
    with transaction.atomic():
        yield standing
        transaction.set_rollback(True)
