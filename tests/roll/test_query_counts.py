"""What an answer and a count cost in statements: the same whether one name stands on the roll or very many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from muster.briefing.missing import missing
from muster.foundation import clock
from muster.foundation.rights import house
from muster.mobilisation.answers import acknowledge, report_in, withdraw_report_in
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from muster.organisation.actions import NewPerson, register_people
from muster.organisation.tree import Tree
from muster.roll import coverage
from muster.roll.actions import excuse
from muster.roll.closings import close_days
from muster.roll.figures import Question
from muster.roll.kinds import Expected
from muster.roll.models import Roll
from tests.cast import LONG_AGO, REASON, START, Cast, at, make
from tests.roll.visits import open_visits

PINNED = {
    # lock, rolls, fact, mark, entry, tally, line
    "acknowledge": 7,
    # whether this very fact marked the entry before, and no write but the line
    "acknowledge again": 4,
    # and the badge
    "report in": 8,
    # and whether this very fact marked the entry before
    "report in after a withdrawal": 9,
    # reason, lock, rolls, paths, fact, mark, entry, tally, line
    "excuse": 9,
    "one roll now": 1,
    "thirty rolls now": 1,
    # each roll's last closing and the marks after it, in one
    "one roll of the past": 1,
    "thirty rolls of the past": 1,
    "names now": 1,
    "names of the past": 1,
    # names on the roll, units with their codes and leads, people with their numbers
    "missing": 3,
}
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def cost(do: Callable[[], object]) -> int:
    """Statements of a call, without those that begin and end its transaction."""
    with CaptureQueriesContext(connection) as found:
        do()
    return sum(not query["sql"].startswith(TRANSACTION) for query in found.captured_queries)


@contextmanager
def district(members: int) -> Iterator[tuple[Cast, Order, list[Roll]]]:
    """The cast with more members in village A1, called up by an order, and 30 rolls of visits."""
    with transaction.atomic():
        made = make()
        rows = [NewPerson(f"x{n}", f"Extra {n}", made.village.pk, "") for n in range(members)]
        with at(minutes=-10):
            register_people(by=house("set-up"), people=rows, since=LONG_AGO)
        with at():
            order = made.order(call_up="kind:village")
            expected = [Expected(made.village.pk, "person", person.id) for person in rows]
            expected.append(Expected(made.village.pk, "unit", made.village.pk))
            visits = {"by": made.commander, "holder": made.root, "incident": made.incident, "expected": expected}
            rolls = [open_visits(**visits, key=f"visits{n}") for n in range(30)]
        with at(5):
            yield made, order, rolls
        transaction.set_rollback(True)


def costs(members: int) -> dict[str, int]:
    """What each question costs in a district of that size."""
    with district(members) as (cast, order, rolls):
        village, person = cast.village, cast.people["m_a1_1"]
        ask = {"by": cast.lead, "unit": village, "order": order, "outcome": "will_do"}
        report = {"by": cast.member, "unit": village, "person": person, "order": order}
        acknowledge(
            by=cast.sibling, unit=cast.neighbour, order=order, outcome="will_do"
        )  # reads the clock and the keys
        found = {
            "acknowledge": cost(lambda: acknowledge(**ask)),
            "acknowledge again": cost(lambda: acknowledge(**ask)),
            "report in": cost(lambda: report_in(**report)),
        }
        withdraw_report_in(**report, reason=REASON)
        found["report in after a withdrawal"] = cost(lambda: report_in(**report))
        entry = cast.entry(order, "m_a2_1", REPORT_IN).pk
        commander = cast.commander
        found["excuse"] = cost(lambda: excuse(by=commander, entries=[entry], reason=REASON))
        with at(hours=40):
            close_days(clock.settled())
            found |= _questions(cast, order, rolls)
        return found


def _questions(cast: Cast, order: Order, rolls: list[Roll]) -> dict[str, int]:
    roll, now, past = cast.roll(order, REPORT_IN), clock.settled(), START + timedelta(hours=30)
    asked = Question(cast.incident, cast.root, now, Tree.as_of(now))
    assert len(coverage.names(roll, now)) == len(missing(roll, asked))
    assert coverage.count([roll], past)[roll.pk].units
    return {
        "one roll now": cost(lambda: coverage.count([roll], now)),
        "thirty rolls now": cost(lambda: coverage.count(rolls, now)),
        "one roll of the past": cost(lambda: coverage.count([roll], past)),
        "thirty rolls of the past": cost(lambda: coverage.count(rolls, past)),
        "names now": cost(lambda: coverage.names(roll, now)),
        "names of the past": cost(lambda: coverage.names(roll, past)),
        "missing": cost(lambda: missing(roll, asked)),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("members", [0, 150])
def test_an_answer_and_a_count_cost_the_same_in_a_district_of_any_size(members: int) -> None:
    assert costs(members) == PINNED
