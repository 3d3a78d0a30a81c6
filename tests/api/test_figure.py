"""GET /api/figures/{key}"""

from __future__ import annotations

from muster.briefing.api import FigureOut
from muster.mobilisation.models import Order
from tests.api.asking import ACKNOWLEDGED, REPORTED_IN, figure_of, moment
from tests.api.calls import SEEING, Caller, assert_refused, ok
from tests.cast import Cast, at


def test_one_figure_is_the_one_of_the_list(order: Order, cast: Cast) -> None:
    cast.answer(order, "A1")
    with at(70):
        for number in SEEING:
            caller = Caller(number)
            for figure in ok(caller.get("figures", {"as_of": moment(65)})):
                found = figure_of(caller, figure["key"], as_of=moment(65))
                FigureOut.model_validate(found, extra="forbid")
                assert found == figure


def test_answered_excused_and_outstanding_are_all_that_is_expected(order: Order, cast: Cast) -> None:
    cast.answer(order, "B1")
    with at(70):
        for unit in ("D", "A", "B", "A1", "B1", "H"):
            for key in (ACKNOWLEDGED, REPORTED_IN):
                found = figure_of(Caller("commander"), key, unit=unit)
                assert found["answered"] + found["excused"] + found["outstanding"] == found["expected"]
                assert found["value"] == found["answered"]


def test_before_the_order_all_is_0(order: Order) -> None:
    found = figure_of(Caller("commander"), ACKNOWLEDGED, as_of=moment(-30))
    assert {found[part] for part in ("value", "expected", "answered", "excused", "outstanding", "late", "unmet")} == {0}


def test_a_key_that_no_figure_has(order: Order) -> None:
    assert_refused(Caller("commander").get("figures/mobilisation.none"), 404, "figure.unknown")
