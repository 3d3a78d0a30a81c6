"""The header Idempotency-Key: a request that is sent again is done once."""

from __future__ import annotations

import threading
from uuid import UUID, uuid4

import pytest
from django.db import connection

from muster.foundation import clock
from muster.foundation.models import AuditLine
from muster.mobilisation.models import Acknowledgement, Order, ReportIn
from tests.api.calls import Caller, assert_refused, ok
from tests.cast import START, Cast, playing

KEY = "0190d3c0-1111-7abc-8def-0123456789ab"


def test_a_repeat_is_a_duplicate(order: Order) -> None:
    lead, path = Caller("lead_a1"), f"orders/{order.pk}/acknowledge"
    first = ok(lead.post(path, {"outcome": "will_do"}, idempotency_key=KEY))
    lines = AuditLine.objects.count()
    again = ok(lead.post(path, {"outcome": "will_do"}, idempotency_key=KEY))
    assert (first["result"], again) == ("recorded", first | {"result": "duplicate"})
    assert AuditLine.objects.get(request=UUID(KEY)).verb == "mobilisation.acknowledge"
    assert (AuditLine.objects.count(), Acknowledgement.objects.count()) == (lines, 1)


def test_a_repeat_of_reporting_in_gives_the_badge_again(order: Order) -> None:
    member = Caller("m_a1_1")
    first, again = (ok(member.post("report-in", {}, idempotency_key=f'"{KEY}"')) for _ in range(2))
    assert again == first | {"result": "duplicate"}
    assert ReportIn.objects.count() == 1


def test_a_repeat_after_the_answer_was_taken_back_records_nothing(order: Order, cast: Cast) -> None:
    from muster.mobilisation.answers import withdraw_acknowledgement
    from tests.cast import REASON

    lead, path = Caller("lead_a1"), f"orders/{order.pk}/acknowledge"
    ok(lead.post(path, {"outcome": "will_do"}, idempotency_key=KEY))
    withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    again = ok(lead.post(path, {"outcome": "will_do"}, idempotency_key=KEY))
    assert (again["result"], again["state"]) == ("duplicate", "outstanding")


def test_a_key_stands_for_one_request_of_one_account(order: Order) -> None:
    path = f"orders/{order.pk}/acknowledge"
    ok(Caller("lead_a1").post(path, {"outcome": "will_do"}, idempotency_key=KEY))
    others = [
        Caller("lead_a1").post(path, {"outcome": "will_do", "pledged": True}, idempotency_key=KEY),
        Caller("lead_a1").post("report-in", {}, idempotency_key=KEY),
        Caller("lead_a2").post(path, {"outcome": "will_do"}, idempotency_key=KEY),
        Caller("lead_a").post(path, {"outcome": "will_do", "unit": "A1"}, idempotency_key=KEY),
    ]
    for answer in others:
        assert_refused(answer, 422, "request.reused", "Idempotency-Key")
    assert (Acknowledgement.objects.count(), ReportIn.objects.count()) == (1, 0)


def test_a_request_that_was_refused_may_be_mended_and_sent_again(order: Order) -> None:
    lead, path = Caller("lead_a1"), f"orders/{order.pk}/acknowledge"
    assert_refused(lead.post(path, {"outcome": "cannot"}, idempotency_key=KEY), 422, "reason.unknown", "reason")
    assert ok(lead.post(path, {"outcome": "will_do"}, idempotency_key=KEY))["result"] == "recorded"


@pytest.mark.parametrize("key", ["", "1", "not-an-id", "0190d3c0-1111-7abc-8def-0123456789a", "x" * 5000, "\udcff"])
def test_a_key_that_is_no_id(order: Order, key: str) -> None:
    lead = Caller("lead_a1")
    words = key.encode(errors="surrogateescape").decode("latin-1")
    answer = lead.post(f"orders/{order.pk}/acknowledge", {"outcome": "will_do"}, idempotency_key=words)
    assert_refused(answer, 422, "request.invalid", "Idempotency-Key")
    assert not Acknowledgement.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_one_key_record_one() -> None:
    with playing() as cast:
        order = cast.order(call_up="kind:village")
        key = str(uuid4())
        told: list[str] = []
        start = threading.Barrier(4)

        def send() -> None:
            try:
                with clock.played_at(START):
                    lead = Caller("lead_a1")
                    start.wait(timeout=20)
                    path = f"orders/{order.pk}/acknowledge"
                    told.append(ok(lead.post(path, {"outcome": "will_do"}, idempotency_key=key))["result"])
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert sorted(told) == ["duplicate", "duplicate", "duplicate", "recorded"]
        assert Acknowledgement.objects.count() == 1
