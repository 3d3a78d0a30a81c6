"""GET /api/rolls/{roll}/missing"""

from __future__ import annotations

from muster.briefing.api import MissingOut
from muster.mobilisation.models import Order
from tests.api.asking import ACKNOWLEDGED, REPORTED_IN, figure_of, moment
from tests.api.calls import NOBODY_KNOWS, SEEING, Caller, assert_refused, ok
from tests.api.commands import printed
from tests.cast import Cast, at


def test_the_missing_are_those_that_the_command_prints(order: Order, cast: Cast) -> None:
    cast.answer(order, "A1")
    with at(400):
        for number in ("commander", "lead_a1"):
            for roll in (ACKNOWLEDGED, REPORTED_IN, "call-v1.acknowledge", str(cast.roll(order).pk)):
                for when in (moment(65), moment(390)):
                    found = ok(Caller(number).get(f"rolls/{roll}/missing", {"as_of": when}))
                    MissingOut.model_validate(found, extra="forbid")
                    assert found == printed("missing", number, roll, as_of=when)


def test_they_are_exactly_the_outstanding(order: Order, cast: Cast) -> None:
    cast.answer(order, "A1")
    with at(70):
        for number in SEEING:
            found = ok(Caller(number).get(f"rolls/{ACKNOWLEDGED}/missing"))
            assert found["outstanding"] == len(found["rows"]) == figure_of(Caller(number), ACKNOWLEDGED)["outstanding"]


def test_with_the_lead_and_the_hours(order: Order) -> None:
    with at(6 * 60, seconds=10):
        (row,) = ok(Caller("lead_a1").get(f"rolls/{ACKNOWLEDGED}/missing"))["rows"]
    assert row == {
        "subject": "A1",
        "name": "Unit A1",
        "unit": "A1",
        "lead": "Name of lead_a1",
        "hours_overdue": 1.0,
    }


def test_a_part_is_a_part_of_the_whole(order: Order) -> None:
    caller = Caller("commander")
    whole = ok(caller.get(f"rolls/{REPORTED_IN}/missing"))["rows"]
    answer = caller.get(f"rolls/{REPORTED_IN}/missing", {"limit": 5, "offset": 10})
    assert ok(answer)["rows"] == whole[10:15]
    assert ok(answer)["outstanding"] == len(whole) == 18
    assert "offset=15" in answer["Link"]
    assert ok(caller.get(f"rolls/{REPORTED_IN}/missing", {"offset": 16}))["rows"] == whole[16:]
    assert "Link" not in caller.get(f"rolls/{REPORTED_IN}/missing", {"limit": 5, "offset": 15})


def test_a_roll_that_is_not_mine_answers_as_one_that_is_not_there(order: Order, cast: Cast) -> None:
    cast.answer(order, "A1", "cannot")
    with at(70):
        lead = Caller("lead_a1")
        answers = [
            lead.get(f"rolls/{roll}/missing")
            for roll in ("call-v1.cannot", "none", NOBODY_KNOWS, str(cast.roll(order, "mobilisation.cannot").pk))
        ]
        assert ok(Caller("commander").get("rolls/call-v1.cannot/missing"))["outstanding"] == 1
    for answer in answers:
        assert_refused(answer, 404, "roll.unknown")
        assert answer.content == answers[0].content
