"""GET /api/report"""

from __future__ import annotations

from muster.briefing.api import ReportOut
from muster.mobilisation.models import Order
from tests.api.asking import moment
from tests.api.calls import SEEING, Caller, ok
from tests.api.commands import printed
from tests.cast import Cast, at


def test_the_report_is_the_one_that_the_command_prints(order: Order, cast: Cast) -> None:
    cast.answer(order, "A1")
    with at(70):
        for number in SEEING:
            for when in (moment(-10), moment(65)):
                found = ok(Caller(number).get("report", {"as_of": when}))
                ReportOut.model_validate(found, extra="forbid")
                assert found == printed("report", number, as_of=when)
        town = ok(Caller("commander").get("report", {"unit": "A", "incident": "flood", "as_of": moment(65)}))
        assert town == printed("report", "commander", unit="A", incident="flood", as_of=moment(65))
    assert (town["incident"], town["unit"]) == ("flood", "A")


def test_without_a_unit_it_is_of_the_highest_that_one_sees(order: Order) -> None:
    assert [ok(Caller(n).get("report"))["unit"] for n in SEEING] == ["D", "A", "A1"]
