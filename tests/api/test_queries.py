"""How many queries an operation costs: 12 to ask at most, 16 to search all kinds, as many for one row as for all.

More than the number here is a mistake; fewer is a new number here.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.mobilisation.models import Order
from tests.api.asking import ACKNOWLEDGED, REPORTED_IN, moment
from tests.api.calls import Caller, ok
from tests.cast import Cast, at

SEARCH = "search?q=name"
ASKING = {
    "figures": 10,
    f"figures/{REPORTED_IN}": 7,
    f"figures/{ACKNOWLEDGED}/rows": 10,
    f"figures/{REPORTED_IN}/rows": 10,
    "rolls": 7,
    f"rolls/{ACKNOWLEDGED}/missing": 8,
    f"rolls/{REPORTED_IN}/missing": 9,
    "report": 10,
    "me": 10,
    SEARCH: 16,
}


def cost(call: Any) -> int:
    """How many statements that read or write a call costs; those that only frame a transaction aside."""
    with CaptureQueriesContext(connection) as found:
        ok(call())
    return sum(
        not one["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "SET LOCAL"))
        for one in found.captured_queries
    )


@pytest.mark.parametrize(("path", "most"), ASKING.items())
def test_asking(order: Order, cast: Cast, path: str, most: int) -> None:
    cast.answer(order, "A1", "cannot")
    cast.answer(order, "A2")
    queries: list[dict[str, str]] = [{}] if path in ("me", SEARCH) else [{}, {"as_of": moment(65)}, {"unit": "A1"}]
    with at(70):
        callers = [Caller(number) for number in ("commander", "lead_a", "lead_a1")]
        found = {cost(lambda c=c, q=q: c.get(path, q)) for c in callers for q in queries}
    assert max(found) == most


@pytest.mark.parametrize("path", [path for path in ASKING if path.endswith(("rows", "missing"))])
def test_one_row_costs_as_much_as_all(order: Order, cast: Cast, path: str) -> None:
    cast.answer(order, "A1", "cannot")
    with at(70):
        caller = Caller("commander")
        asked = {"state": "outstanding"} if "rows" in path else {}
        assert cost(lambda: caller.get(path, {"limit": 1} | asked)) == cost(
            lambda: caller.get(path, {"limit": 1000} | asked)
        )


def test_answering(order: Order) -> None:
    lead, member = Caller("lead_a1"), Caller("m_a1_1")
    path = f"orders/{order.pk}/acknowledge"
    first = cost(lambda: lead.post(path, {"outcome": "will_do", "unit": "A1"}))
    again = cost(lambda: lead.post(path, {"outcome": "will_do", "unit": "A1"}))
    reported = cost(lambda: member.post("report-in", {"order": str(order.pk)}))
    assert (first, again, reported) == (14, 11, 16)
