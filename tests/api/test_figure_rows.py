"""GET /api/figures/{key}/rows"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from muster.briefing.api import FigureRows
from muster.mobilisation.answers import report_in
from muster.mobilisation.models import Order
from muster.roll.actions import excuse
from tests.api.asking import ACKNOWLEDGED, REPORTED_IN, figure_of, moment, rows_of
from tests.api.calls import SEEING, Caller, assert_refused, ok
from tests.cast import REASON, Cast, at


def test_the_rows_are_what_was_counted(order: Order, cast: Cast) -> None:
    cast.answer(order, "A1")
    cast.answer(order, "A2", "cannot")
    excuse(by=cast.commander, entries=[cast.entry(order, "A3").pk], reason=REASON)
    with at(70):
        for number in SEEING:
            for key in (ACKNOWLEDGED, REPORTED_IN):
                figure = figure_of(Caller(number), key)
                for state in ("answered", "excused", "outstanding"):
                    found = ok(Caller(number).get(f"figures/{key}/rows", {"state": state}))
                    FigureRows.model_validate(found, extra="forbid")
                    assert found["count"] == len(found["rows"]) == figure[state], (number, key, state)
                    assert {row["state"] for row in found["rows"]} <= {state}
        rows = {row["subject"]: row for row in rows_of(Caller("commander"), ACKNOWLEDGED)}
    assert len(rows) == 8
    assert [rows["A1"][name] for name in ("name", "outcome", "reason", "by")] == ["Unit A1", "will_do", "", "lead_a1"]
    assert [rows["A2"][name] for name in ("outcome", "by")] == ["cannot", "lead_a2"]
    assert [rows["A3"][name] for name in ("state", "outcome", "reason", "by")] == ["excused", "", REASON, "commander"]


def test_a_second_answer_that_differs_is_shown_and_the_first_stands(order: Order, cast: Cast) -> None:
    cast.answer(order, "A1")
    with at(65):
        cast.answer(order, "A1", "cannot", by=cast.town_lead)
    with at(70):
        (row,) = rows_of(Caller("lead_a1"), ACKNOWLEDGED)
        (then,) = rows_of(Caller("lead_a1"), ACKNOWLEDGED, as_of=moment(64))
    assert (row["outcome"], row["reason"], row["differs"]) == ("will_do", "", True)
    assert (then["outcome"], then["reason"], then["differs"]) == ("will_do", "", False)


def test_pages_follow_one_another_as_of_the_first(order: Order, cast: Cast) -> None:
    caller = Caller("commander")
    with at(70):
        whole = rows_of(caller, REPORTED_IN)
        answer = caller.get(f"figures/{REPORTED_IN}/rows", {"limit": 7})
    found = list(ok(answer)["rows"])
    with at(75):
        report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=order)
    with at(80):
        while "Link" in answer:
            link = re.fullmatch(r'<(/api/[^>]+)>; rel="next"', answer["Link"])
            assert link is not None
            parts = urlsplit(link[1])
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            answer = caller.get(parts.path.removeprefix("/api/"), query)
            assert ok(answer)["count"] == 18
            found += ok(answer)["rows"]
    assert found == whole
    assert len(found) == 18


def test_beyond_the_end_is_nothing(order: Order) -> None:
    answer = Caller("commander").get(f"figures/{REPORTED_IN}/rows", {"offset": 18})
    assert ok(answer)["rows"] == []
    assert "Link" not in answer


def test_rows_of_a_figure_that_is_no_coverage(order: Order, cast: Cast) -> None:
    report_in(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"], order=order)
    with at(70):
        found = ok(Caller("commander").get("figures/mobilisation.orders_issued/rows"))
        by_lead = rows_of(Caller("lead_a1"), "mobilisation.reported_in_by_lead")
        assert rows_of(Caller("lead_a2"), "mobilisation.reported_in_by_lead") == []
    FigureRows.model_validate(found, extra="forbid")
    assert found["count"] == 1
    assert found["rows"][0]["name"] == f"{order.number} {order.title}"
    assert [row["name"] for row in by_lead] == ["Name of m_a1_1"]


def test_refusals(order: Order) -> None:
    caller = Caller("commander")
    address = f"figures/{ACKNOWLEDGED}/rows"
    assert_refused(caller.get(address, {"state": "gone"}), 422, "request.invalid", "state")
    assert_refused(caller.get(address, {"limit": 0}), 422, "request.invalid", "limit")
    assert_refused(caller.get(address, {"limit": 1001, "offset": -1}), 422, "request.invalid", "limit", "offset")
    assert_refused(caller.get("figures/none/rows"), 404, "figure.unknown")
    assert_refused(
        caller.get("figures/mobilisation.orders_issued/rows", {"state": "answered"}), 422, "figure.no_state", "state"
    )
