"""What the tests of the pages begin with: an order to towns and villages that calls up the villages' members.

It is made once for a file of tests; whatever a test writes is undone after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from muster.mobilisation.models import Order
    from tests.cast import Cast

Visit = Callable[[str], "Client"]
WHO = "muster.website.who.DoorBackend"


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Cast, Order]]:
    """The cast, and the order with some answers."""
    from django.db import transaction

    from tests.cast import playing

    with django_db_blocker.unblock(), transaction.atomic():
        with playing() as made:
            yield made, _answered(made)
        transaction.set_rollback(True)


def _answered(made: Cast) -> Order:
    from muster.mobilisation.answers import acknowledge, report_in
    from tests.cast import DUE, REASON, at

    issued = made.order(call_up="kind:village", call_up_due_at=DUE)
    with at(20):
        made.answer(issued, "A1")
        made.answer(issued, "B")
    with at(30):
        acknowledge(by=made.sibling, unit=made.neighbour, order=issued, outcome="cannot", reason=REASON)
    with at(40):
        member = made.people["m_a1_1"]
        report_in(by=made.member, unit=made.village, person=member, order=issued, pledged=True)
    return issued


@pytest.fixture
def cast(standing: tuple[Cast, Order], db: None) -> Iterator[Cast]:
    """The district, an hour after the order was due."""
    from tests.cast import at

    with at(hours=6):
        yield standing[0]


@pytest.fixture
def order(cast: Cast, standing: tuple[Cast, Order]) -> Order:
    """The order: A1 and B will do it, A2 cannot, a member of A1 reported in."""
    return standing[1]


@pytest.fixture
def visit() -> Visit:
    """Signs somebody in, by their number; `visit("")` is nobody."""
    from django.test import Client

    from muster.organisation.models import Account

    def make(number: str) -> Client:
        client = Client(headers={"accept-language": "en"})
        if number:
            client.force_login(Account.objects.get(name=number), backend=WHO)
        return client

    return make
