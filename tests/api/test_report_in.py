"""POST /api/report-in"""

from __future__ import annotations

import json
from typing import Any

import pytest

from muster.foundation.keys import public_signing_keys
from muster.foundation.models import AuditLine
from muster.mobilisation import badges
from muster.mobilisation.answers import revoke_badge
from muster.mobilisation.api import ReportedIn
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Badge, Order, ReportIn
from tests.api.calls import NOBODY_KNOWS, Caller, assert_refused, ok
from tests.cast import START, Cast, at


def test_a_member_reports_in_and_gets_a_badge(order: Order, cast: Cast) -> None:
    found = ok(Caller("m_a1_1").post("report-in", {"pledged": True}))
    ReportedIn.model_validate_json(json.dumps(found), extra="forbid")
    assert found["entry"] == str(cast.entry(order, "m_a1_1", REPORT_IN).pk)
    assert (found["result"], found["unit"], found["person"], found["state"]) == ("recorded", "A1", "m_a1_1", "answered")
    assert (found["order"], found["outcome"]) == (str(order.pk), "reported")
    fact = ReportIn.objects.get()
    assert (fact.channel, fact.pledged, fact.for_person) == ("api", True, None)
    checked = badges.check(found["badge"]["payload"], public_signing_keys(), [], START.date())
    assert (checked.verdict, checked.number, checked.unit) == ("valid", found["badge"]["number"], "Unit A1")
    assert "m_a1_1" not in found["badge"]["payload"]


def test_again_is_a_duplicate_with_the_same_badge(order: Order) -> None:
    member = Caller("m_a1_1")
    first = ok(member.post("report-in", {}))
    again = ok(member.post("report-in", {"order": str(order.pk)}))
    assert again == first | {"result": "duplicate"}
    assert Badge.objects.count() == 1


def test_a_revoked_badge_is_not_handed_out_again(order: Order, cast: Cast) -> None:
    ok(Caller("m_a1_1").post("report-in", {}))
    revoke_badge(by=cast.lead, unit=cast.village, badge=Badge.objects.get())
    assert ok(Caller("m_a1_1").post("report-in", {}))["badge"] is None


@pytest.mark.parametrize("number", ["lead_a1", "lead_a", "commander", "clerk"])
def test_whoever_leads_may_write_it_down_for_a_member(order: Order, cast: Cast, number: str) -> None:
    found = ok(Caller(number).post("report-in", {"person": "m_a1_1", "order": str(order.pk)}))
    assert (found["result"], found["person"]) == ("recorded", "m_a1_1")
    assert ReportIn.objects.get().for_person == cast.people["m_a1_1"].pk


def test_naming_oneself_is_reporting_in_oneself(order: Order) -> None:
    ok(Caller("m_a1_1").post("report-in", {"person": "m_a1_1"}))
    assert ReportIn.objects.get().for_person is None


def test_of_two_call_ups_one_is_named(order: Order, cast: Cast) -> None:
    with at(65):
        other = cast.order(key="second", founding=False, call_up="unit:A1")
    with at(70):
        member = Caller("m_a1_1")
        assert_refused(member.post("report-in", {}), 422, "order.needed", "order")
        assert ok(member.post("report-in", {"order": str(other.pk)}))["order"] == str(other.pk)
        assert cast.entry(order, "m_a1_1", REPORT_IN).state == "outstanding"


def test_a_later_version_stands_for_the_call_up_of_the_first(order: Order, cast: Cast) -> None:
    with at(65):
        newer = cast.order(version=2, text="Man the entrances by night too.")
    with at(70):
        found = ok(Caller("m_a1_1").post("report-in", {"order": str(newer.pk)}))
    assert found["entry"] == str(cast.entry(order, "m_a1_1", REPORT_IN).pk)


@pytest.mark.parametrize(
    ("number", "sent", "status", "code"),
    [
        (None, {}, 401, "request.not_signed_in"),
        ("m_a1_1", {"person": "m_a1_2"}, 404, "entry.unknown"),
        ("m_a1_1", {"person": "none"}, 404, "entry.unknown"),
        ("m_a1_1", {"order": NOBODY_KNOWS}, 404, "entry.unknown"),
        ("lead_a2", {"person": "m_a1_1"}, 404, "entry.unknown"),
        ("lead_b", {"person": "m_a1_1"}, 404, "entry.unknown"),
        ("counsellor", {"person": "m_a1_1"}, 404, "entry.unknown"),
        ("administrator", {"person": "m_a1_1"}, 404, "entry.unknown"),
        ("lead_h", {}, 404, "entry.unknown"),
        ("commander", {}, 404, "entry.unknown"),
    ],
)
def test_not_for_somebody_else(order: Order, number: str | None, sent: Any, status: int, code: str) -> None:
    before = AuditLine.objects.count()
    assert_refused(Caller(number).post("report-in", sent), status, code)
    assert (ReportIn.objects.count(), AuditLine.objects.count()) == (0, before)


def test_somebody_else_s_number_answers_as_one_that_is_not_there(order: Order) -> None:
    caller = Caller("lead_a2")
    one, other = (caller.post("report-in", {"person": n}) for n in ("m_a1_1", "none"))
    assert one.content == other.content
