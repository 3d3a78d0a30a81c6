"""POST /api/orders/{order}/acknowledge"""

from __future__ import annotations

import json

import pytest

from muster.foundation.models import AuditLine
from muster.mobilisation.actions import withdraw_order
from muster.mobilisation.api import Acknowledged
from muster.mobilisation.models import Acknowledgement, Order
from muster.organisation.actions import merge_units
from muster.roll.actions import close_roll, excuse, hand_over_entries
from tests.api.calls import NOBODY_KNOWS, Caller, assert_refused, ok
from tests.cast import REASON, Cast, at


def path(order: Order | str) -> str:
    """The address of an answer to an order."""
    return f"orders/{order if isinstance(order, str) else order.pk}/acknowledge"


def nothing_new() -> tuple[int, int]:
    """What grows when anything is recorded."""
    return Acknowledgement.objects.count(), AuditLine.objects.count()


def test_the_lead_of_a_unit_answers_for_it(order: Order, cast: Cast) -> None:
    found = ok(Caller("lead_a1").post(path(order), {"outcome": "will_do", "pledged": True}))
    Acknowledged.model_validate_json(json.dumps(found), extra="forbid")
    assert found == {
        "result": "recorded",
        "order": str(order.pk),
        "unit": "A1",
        "subject": "A1",
        "entry": str(cast.entry(order, "A1").pk),
        "state": "answered",
        "outcome": "will_do",
        "late": False,
        "unmet": False,
        "differs": False,
    }
    fact = Acknowledgement.objects.get()
    assert (fact.channel, fact.pledged, fact.by_person) == ("api", True, cast.people["lead_a1"].pk)


def test_a_level_above_answers_for_a_unit_that_it_names(order: Order, cast: Cast) -> None:
    found = ok(Caller("lead_a").post(path(order), {"outcome": "cannot", "reason": REASON, "unit": "A2"}))
    assert (found["unit"], found["outcome"], found["unmet"]) == ("A2", "cannot", True)
    assert cast.told(order, "A2") is not None


def test_the_same_answer_is_a_duplicate_another_one_differs(order: Order) -> None:
    lead = Caller("lead_a1")
    ok(lead.post(path(order), {"outcome": "will_do"}))
    assert ok(lead.post(path(order), {"outcome": "will_do"}))["result"] == "duplicate"
    found = ok(lead.post(path(order), {"outcome": "cannot", "reason": REASON}))
    assert (found["result"], found["outcome"], found["differs"]) == ("recorded", "will_do", True)


def test_late_is_said(order: Order) -> None:
    with at(6 * 60):
        assert ok(Caller("lead_a1").post(path(order), {"outcome": "will_do"}))["late"] is True


def test_whoever_took_over_answers_for_the_other_as_its_subject(order: Order, cast: Cast) -> None:
    with at(65):
        hand_over_entries(by=cast.town_lead, parent=cast.town, unit=cast.neighbour, into=cast.village, reason=REASON)
        merge_units(by=cast.town_lead, parent=cast.town, unit=cast.neighbour, into=cast.village)
    with at(70):
        found = ok(Caller("lead_a1").post(path(order), {"outcome": "will_do", "subject": "A2"}))
        assert (found["unit"], found["subject"], found["state"]) == ("A1", "A2", "answered")
        assert cast.entry(order, "A1").state == "outstanding"


def test_whoever_took_over_need_not_be_addressed(cast: Cast) -> None:
    order = cast.order(audience="unit:A2")
    before = Caller("lead_a1").post(path(order), {"outcome": "will_do", "subject": "A2"})
    assert_refused(before, 404, "order.unknown")
    hand_over_entries(by=cast.town_lead, parent=cast.town, unit=cast.neighbour, into=cast.village, reason=REASON)
    assert ok(Caller("lead_a1").post(path(order), {"outcome": "will_do", "subject": "A2"}))["result"] == "recorded"


def test_a_version_that_asks_for_no_new_answer_is_answered_on_the_roll_before(order: Order, cast: Cast) -> None:
    with at(65):
        corrected = cast.order(version=2, re_acknowledge=False, text="Man the entrances. Ask who is ill!")
    with at(70):
        found = ok(Caller("lead_a1").post(path(corrected), {"outcome": "will_do"}))
    assert (found["order"], found["entry"]) == (str(corrected.pk), str(cast.entry(order, "A1").pk))


def test_an_excused_unit_may_answer_after_all(order: Order, cast: Cast) -> None:
    excuse(by=cast.commander, entries=[cast.entry(order, "A1").pk], reason=REASON)
    assert ok(Caller("lead_a1").post(path(order), {"outcome": "will_do"}))["state"] == "answered"


@pytest.mark.parametrize(
    ("sent", "code", "fields"),
    [
        ({}, "request.invalid", ["outcome"]),
        ({"outcome": "yes"}, "request.invalid", ["outcome"]),
        ({"outcome": "will_do", "reason": REASON}, "acknowledgement.reason", ["reason"]),
        ({"outcome": "cannot"}, "reason.unknown", ["reason"]),
        ({"outcome": "cannot", "reason": "no such"}, "reason.unknown", ["reason"]),
        ({"outcome": "will_do", "happened_at": "2020-01-29T09:00"}, "request.invalid", ["happened_at"]),
    ],
)
def test_what_is_sent_must_be_right(order: Order, sent: dict[str, str], code: str, fields: list[str]) -> None:
    before = nothing_new()
    assert_refused(Caller("lead_a1").post(path(order), sent), 422, code, *fields)
    assert nothing_new() == before


def test_a_reason_that_is_on_no_list_is_told_the_list(order: Order) -> None:
    problem = assert_refused(
        Caller("lead_a1").post(path(order), {"outcome": "cannot", "reason": "no such"}), 422, "reason.unknown", "reason"
    )
    assert REASON in problem.errors[0].detail


@pytest.mark.parametrize(
    ("number", "sent", "status", "code"),
    [
        (None, {}, 401, "request.not_signed_in"),
        ("lead_a1", {"unit": "A2"}, 404, "unit.unknown"),
        ("lead_a1", {"unit": "none"}, 404, "unit.unknown"),
        ("lead_a1", {"subject": "A2"}, 404, "order.not_addressed"),
        ("lead_a1", {"subject": "none"}, 404, "order.not_addressed"),
        ("lead_a1", {"subject": "H"}, 404, "order.not_addressed"),
        ("lead_b", {"unit": "A1"}, 404, "unit.unknown"),
        ("commander", {"unit": "none"}, 422, "unit.unknown"),
        ("commander", {"unit": "H"}, 404, "order.not_addressed"),
        ("lead_h", {}, 404, "order.unknown"),
        ("m_a1_1", {}, 404, "order.unknown"),
        ("counsellor", {}, 404, "order.unknown"),
        ("administrator", {}, 404, "order.unknown"),
    ],
)
def test_not_for_somebody_else(order: Order, number: str | None, sent: dict[str, str], status: int, code: str) -> None:
    before = nothing_new()
    answer = Caller(number).post(path(order), {"outcome": "will_do", **sent})
    assert_refused(answer, status, code, *(["unit"] if status == 422 else []))
    assert nothing_new() == before


def test_an_order_that_is_not_mine_answers_as_one_that_is_not_there(order: Order) -> None:
    caller = Caller("lead_h")
    assert caller.post(path(order), {"outcome": "will_do"}).content == (
        caller.post(path(NOBODY_KNOWS), {"outcome": "will_do"}).content
    )


def test_who_acts_for_several_units_names_one(order: Order, cast: Cast) -> None:
    from muster.organisation.actions import appoint
    from tests.cast import LONG_AGO

    appoint(by=cast.commander, person=cast.people["lead_a1"], unit=cast.neighbour, title="", leads=True, since=LONG_AGO)
    lead = Caller("lead_a1")
    assert_refused(lead.post(path(order), {"outcome": "will_do"}), 422, "unit.needed", "unit")
    assert ok(lead.post(path(order), {"outcome": "will_do", "unit": "A2"}))["unit"] == "A2"


def test_what_has_ended_takes_no_answer(order: Order, cast: Cast) -> None:
    with at(65):
        newer = cast.order(version=2, text="Man the entrances by night too.")
    with at(70):
        lead = Caller("lead_a1")
        assert_refused(lead.post(path(order), {"outcome": "will_do"}), 409, "roll.superseded")
        close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(newer))
        problem = assert_refused(lead.post(path(newer), {"outcome": "will_do"}), 409, "roll.closed")
        assert problem.next_step


def test_a_withdrawn_order_takes_no_answer(order: Order, cast: Cast) -> None:
    with at(65):
        withdraw_order(by=cast.commander, order=order)
    with at(70):
        assert_refused(Caller("lead_a1").post(path(order), {"outcome": "will_do"}), 409, "roll.withdrawn")
