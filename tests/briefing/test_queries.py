"""What a page costs: so many queries, however many members, rolls and reports there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from muster.briefing.actions import issue_report
from muster.foundation import clock
from muster.foundation.rights import house
from muster.organisation.actions import NewPerson, register_people
from muster.roll.closings import close_days
from tests.briefing.conftest import FIGURE, MEMBERS, play
from tests.cast import LONG_AGO, START, at, make

Visit = Callable[[str], Client]
PAST = "?as_of=2020-01-30T12:00"

# Of these the middlewares cost two: the session; the account with its grants and its place.
PINNED = {
    "/office/": 12,
    f"/office/{PAST}": 11,
    "/office/?unit=A": 12,
    "/office/?wall=1": 12,
    "/office/figures/": 10,
    FIGURE: 12,
    f"{FIGURE}{PAST}": 12,
    MEMBERS: 12,
    f"{MEMBERS}?show=answered": 11,
    f"{MEMBERS}?history=table": 12,
    "/office/figures/mobilisation.orders_issued/": 9,
    "/office/reports/": 8,
    "/office/reports/new/": 12,
}
AT_MOST = {f"{MEMBERS}?show=excused": 12, f"{MEMBERS}?unit=A&show=expected": 12}
"""Pages that ask for the words of reasons only where a name on the page is excused."""
UNCHANGED = 7
"""Queries of a board that has nothing new to say."""


@contextmanager
def district(members: int, orders: int, reports: int) -> Iterator[None]:
    """The cast two days after its order, with more members in a village, more orders, more reports."""
    with transaction.atomic():
        made = make()
        rows = [NewPerson(f"x{n}", f"Extra {n}", made.village.pk, "") for n in range(members)]
        with at(minutes=-10):
            register_people(by=house("set-up"), people=rows, since=LONG_AGO)
        with at():
            play(made)
        for n in range(orders):
            with at(70 + n):
                further = made.order(key=f"further{n}", founding=False)
                made.answer(further, "A1")
        with at(hours=49):
            close_days(clock.settled())
            for n in range(reports):
                as_of = START + timedelta(minutes=80 + n)
                issue_report(by=made.commander, unit=made.root, incident=made.incident, as_of=as_of)
            yield
        transaction.set_rollback(True)


def costs(client: Client, address: str, **headers: str) -> int:
    """Queries of one page, when it is asked for the second time."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address, headers=headers)
    assert answer.status_code in (200, 304)
    return len(queries)


@pytest.mark.django_db
def test_pages_cost_the_same_whatever_their_district_holds(visit: Visit) -> None:
    found = []
    for size in ((0, 1, 1), (150, 6, 5)):
        with district(*size):
            client = visit("commander")
            found.append({address: costs(client, address) for address in PINNED})
            assert all(costs(client, address) <= most for address, most in AT_MOST.items())
            tag = client.get("/office/")["ETag"]
            assert costs(client, "/office/", **{"if-none-match": tag}) == UNCHANGED
    small, large = found
    assert small == large
    assert large == PINNED
