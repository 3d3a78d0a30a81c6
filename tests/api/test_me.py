"""GET /api/me"""

from __future__ import annotations

from muster.mobilisation.models import Order
from muster.roll.api import Me
from tests.api.calls import Caller, assert_refused, ok
from tests.cast import Cast, at


def test_who_i_am_and_what_is_asked_of_me(order: Order, cast: Cast) -> None:
    found = ok(Caller("lead_a1").get("me"))
    Me.model_validate_json(Caller("lead_a1").get("me").content, extra="forbid")
    assert (found["account"], found["number"], found["name"]) == ("lead_a1", "lead_a1", "Name of lead_a1")
    assert {(g["role"], g["unit"], g["unit_name"]) for g in found["grants"]} == {
        ("member", "A1", "Unit A1"),
        ("lead", "A1", "Unit A1"),
    }
    mine = [(e["kind"], e["subject"], e["state"], e["overdue"], e["source_id"]) for e in found["entries"]]
    assert mine == [
        ("mobilisation.acknowledgement", "A1", "outstanding", False, str(order.pk)),
        ("mobilisation.report_in", "lead_a1", "outstanding", False, str(order.pk)),
    ]
    assert found["entries"][0]["due_at"] == "2020-01-29T14:00:00+08:00"


def test_what_i_read_there_is_enough_to_answer(order: Order) -> None:
    lead = Caller("lead_a1")
    told, called = ok(lead.get("me"))["entries"]
    sent = {"outcome": "will_do", "unit": told["unit"], "subject": told["subject"]}
    ok(lead.post(f"orders/{told['source_id']}/acknowledge", sent))
    ok(lead.post("report-in", {"order": called["source_id"]}))
    assert [e["state"] for e in ok(lead.get("me"))["entries"]] == ["answered", "answered"]


def test_overdue_goes_by_now(order: Order) -> None:
    with at(6 * 60):
        assert ok(Caller("lead_a1").get("me"))["entries"][0]["overdue"] is True


def test_a_member_sees_only_their_own(order: Order) -> None:
    found = ok(Caller("m_a1_1").get("me"))
    assert [(e["kind"], e["subject"]) for e in found["entries"]] == [("mobilisation.report_in", "m_a1_1")]
    assert "lead_a1" not in str(found)


def test_the_issuer_finds_who_cannot(order: Order, cast: Cast) -> None:
    cast.answer(order, "A1", "cannot")
    assert [(e["kind"], e["subject"]) for e in ok(Caller("commander").get("me"))["entries"]] == [
        ("mobilisation.cannot", "A1")
    ]


def test_without_a_session(order: Order) -> None:
    found = Caller(None).get("me")
    assert_refused(found, 401, "request.not_signed_in")
    assert found["WWW-Authenticate"]
