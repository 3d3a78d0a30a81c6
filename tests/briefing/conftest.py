"""A small district a day after its order: some answered, one cannot, one is excused, one was mended.

It is made once for a file of tests; whatever a test writes is undone after it.

    acknowledge (due 14:00)   A, A1, B, B1 will do it; A2 cannot; A3, B2, B3 have not answered
    report in (due 14:00)     two of A1, two of B1, one of A2 (written down by the lead); one of A2 is excused
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from muster.mobilisation.models import Order
    from tests.cast import Cast

WHO = "muster.website.who.DoorBackend"
ACKNOWLEDGED = "mobilisation.organisations_acknowledged"
REPORTED_IN = "mobilisation.members_reported_in"
FIGURE = f"/office/figures/{ACKNOWLEDGED}/"
MEMBERS = f"/office/figures/{REPORTED_IN}/"


@dataclass
class Day:
    """The cast with the order that called it."""

    cast: Cast
    order: Order


def play(made: Cast) -> Order:
    """Eight units are to acknowledge, their villages' eighteen members to report in; half of it is done in an hour."""
    from muster.mobilisation.answers import acknowledge, report_in
    from muster.roll.actions import excuse
    from tests.cast import DUE, PEOPLE, REASON, REPORT_IN, at

    order = made.order(call_up="kind:village", call_up_due_at=DUE)
    for minutes, code in ((5, "A"), (6, "A1"), (9, "B"), (20, "B1")):
        with at(minutes):
            made.answer(order, code)
    with at(30):
        acknowledge(by=made.sibling, unit=made.neighbour, order=order, outcome="cannot", reason=REASON)
    for minutes, number in ((40, "lead_a1"), (41, "m_a1_1"), (50, "lead_b1"), (51, "m_b1_1")):
        with at(minutes):
            unit = made.units[PEOPLE[number][0]]
            report_in(by=made.actor(number), unit=unit, person=made.people[number], order=order)
    with at(55):
        report_in(by=made.sibling, unit=made.neighbour, person=made.people["m_a2_1"], order=order)
    with at(60):
        excuse(by=made.commander, entries=[made.entry(order, "m_a2_2", REPORT_IN).pk], reason=REASON)
    return order


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Day]:
    """The played day."""
    from django.db import transaction

    from muster.foundation import clock
    from muster.roll.closings import close_days
    from tests.cast import at, playing

    with django_db_blocker.unblock(), transaction.atomic():
        with playing() as made:
            order = play(made)
            with at(hours=25):
                close_days(clock.settled())
            yield Day(made, order)
        transaction.set_rollback(True)


@pytest.fixture
def day(standing: Day, db: None) -> Iterator[Day]:
    """Now is 10:00 of the day after."""
    from tests.cast import at

    with at(hours=25):
        yield standing


@pytest.fixture
def visit() -> Callable[[str], Client]:
    """Signs somebody in, by their number; `visit("")` is nobody."""
    from django.test import Client

    from muster.organisation.models import Account

    def make(number: str) -> Client:
        client = Client(headers={"accept-language": "en"})
        if number:
            client.force_login(Account.objects.get(name=number), backend=WHO)
        return client

    return make


@pytest.fixture
def commander(day: Day, visit: Callable[[str], Client]) -> Client:
    """The commander's browser."""
    return visit("commander")
