"""A small district a day after its order: some have answered, one cannot, one is excused, one corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.test import Client

from muster.mobilisation.answers import acknowledge, report_in
from muster.mobilisation.models import Order
from muster.organisation.models import Account
from muster.roll.actions import excuse
from muster.roll.closings import close_days
from muster.foundation import clock
from tests import cast
from tests.cast import Cast, at

CALL_UP = "kind:village"


@dataclass
class Day:
    """The cast with the order that calls it, at two moments: LATER is the test's now."""

    cast: Cast
    order: Order


def play(made: Cast) -> Order:
    """An order to eight units with 18 members called up; half of it is answered in two hours."""
    order = made.order(call_up=CALL_UP, call_up_due_at=cast.DUE)
    for minutes, code in ((5, "A"), (6, "A1"), (9, "B"), (20, "B1")):
        with at(minutes):
            made.answer(order, code)
    with at(30):
        acknowledge(by=made.actor("lead_a2"), unit=made.units["A2"], order=order, outcome="cannot", reason=cast.REASON)
    for minutes, number in ((40, "lead_a1"), (41, "m_a1_1"), (50, "lead_b1"), (51, "m_b1_1")):
        with at(minutes):
            person = made.people[number]
            report_in(by=made.actor(number), unit=made.units[cast.PEOPLE[number][0]], person=person, order=order)
    with at(55):
        lead = made.actor("lead_a2")
        report_in(by=lead, unit=made.units["A2"], person=made.people["m_a2_1"], order=order)
    with at(60):
        from tests.cast import REPORT_IN

        excuse(by=made.commander, entries=[made.entry(order, "m_a2_2", REPORT_IN).pk], reason=cast.REASON)
    return order


@pytest.fixture
def day(db: None) -> Iterator[Day]:
    """Now is 10:00 of the day after the order."""
    made = cast.make()
    with at():
        order = play(made)
    with at(hours=25):
        close_days(clock.settled())
        yield Day(made, order)


@pytest.fixture
def signed_in(day: Day) -> Callable[[str], Client]:
    """A browser of somebody, by their number."""

    def sign_in(number: str) -> Client:
        client = Client(raise_request_exception=True)
        client.force_login(Account.objects.get(name=number))
        return client

    return sign_in


@pytest.fixture
def commander(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("commander")
