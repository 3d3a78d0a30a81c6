"""GET /api/figures"""

from __future__ import annotations

from pydantic import TypeAdapter

from muster.briefing.api import FigureOut
from muster.mobilisation.models import Order
from tests.api.asking import ACKNOWLEDGED, REPORTED_IN, moment, same_moment
from tests.api.calls import Caller, ok
from tests.cast import Cast, at


def test_every_figure_with_its_parts(order: Order, cast: Cast) -> None:
    cast.answer(order, "A1")
    cast.answer(order, "A2", "cannot")
    with at(70):
        found = ok(Caller("commander").get("figures"))
    TypeAdapter(list[FigureOut]).validate_python(found, extra="forbid")
    by_key = {figure["key"]: figure for figure in found}
    told = by_key[ACKNOWLEDGED]
    assert (told["value"], told["expected"], told["outstanding"], told["unmet"]) == (2, 8, 6, 1)
    assert by_key[REPORTED_IN]["expected"] == 18
    issued = by_key["mobilisation.orders_issued"]
    assert issued["value"] == 1
    assert "expected" not in issued
    assert same_moment(told["as_of"], 70 - 1 / 6)


def test_within_a_unit_and_as_of_a_moment(order: Order, cast: Cast) -> None:
    cast.answer(order, "A1")
    with at(70):
        town = {f["key"]: f for f in ok(Caller("commander").get("figures", {"unit": "A"}))}
        before = {f["key"]: f for f in ok(Caller("commander").get("figures", {"as_of": moment(59)}))}
        own = {f["key"]: f for f in ok(Caller("lead_a1").get("figures"))}
    assert (town[ACKNOWLEDGED]["value"], town[ACKNOWLEDGED]["expected"]) == (1, 4)
    assert (before[ACKNOWLEDGED]["value"], before[ACKNOWLEDGED]["expected"]) == (0, 8)
    assert (own[ACKNOWLEDGED]["value"], own[ACKNOWLEDGED]["expected"]) == (1, 1)


def test_a_town_hears_of_no_order_that_is_not_its_own(order: Order, cast: Cast) -> None:
    with at(61):
        own = cast.order(key="town", by=cast.town_lead, issuer=cast.town, audience="under:A -unit:A", founding=False)
    key = "mobilisation.acknowledged.town"
    with at(70):
        for number, sees in (("commander", True), ("lead_a", True), ("lead_a1", True), ("lead_b", False)):
            answer = Caller(number).get("figures")
            assert (own.number in answer.content.decode()) == sees, number
            assert (key in {f["key"] for f in ok(answer)}) == sees, number
        assert Caller("lead_b").get(f"figures/{key}").content == Caller("lead_b").get("figures/none").content


def test_in_the_reader_s_language(order: Order) -> None:
    english = Caller("commander").get("figures")
    other = Caller("commander", language="zh-hans").get("figures")
    assert english["Content-Language"] == "en"
    assert other["Content-Language"] == "zh-hans"
    assert [f["value"] for f in ok(english)] == [f["value"] for f in ok(other)]
