"""GET /api/rolls"""

from __future__ import annotations

from pydantic import TypeAdapter

from muster.briefing.api import RollOut
from muster.mobilisation.models import Order
from tests.api.asking import moment
from tests.api.calls import Caller, ok
from tests.api.commands import printed
from tests.cast import Cast, at


def test_the_rolls_are_those_that_the_command_prints(order: Order, cast: Cast) -> None:
    cast.answer(order, "A1", "cannot")
    with at(70):
        for number in ("commander", "lead_a", "lead_a1", "lead_h"):
            for when in (moment(-10), moment(59), moment(65)):
                found = ok(Caller(number).get("rolls", {"as_of": when}))
                TypeAdapter(list[RollOut]).validate_python(found, extra="forbid")
                assert found == printed("rolls", number, as_of=when)


def test_a_roll_of_which_nothing_is_mine_is_not_there(order: Order, cast: Cast) -> None:
    cast.answer(order, "A1", "cannot")
    with at(70):
        seen = {n: {r["key"] for r in ok(Caller(n).get("rolls"))} for n in ("commander", "lead_a1", "lead_h")}
    assert seen["commander"] == {"call-v1.acknowledge", "call.report_in", "call-v1.cannot"}
    assert seen["lead_a1"] == {"call-v1.acknowledge", "call.report_in"}
    assert seen["lead_h"] == set()


def test_expected_counts_within_the_unit_and_the_state_is_of_the_moment(order: Order, cast: Cast) -> None:
    with at(65):
        cast.order(version=2, text="Man the entrances by night too.")
    with at(70):
        now = {r["key"]: r for r in ok(Caller("commander").get("rolls", {"unit": "B"}))}
        before = {r["key"]: r for r in ok(Caller("commander").get("rolls", {"as_of": moment(64)}))}
    assert (now["call-v1.acknowledge"]["state"], now["call-v2.acknowledge"]["state"]) == ("superseded", "open")
    assert (now["call-v2.acknowledge"]["expected"], now["call.report_in"]["expected"]) == (4, 9)
    assert before["call-v1.acknowledge"]["state"] == "open"
    assert "call-v2.acknowledge" not in before
