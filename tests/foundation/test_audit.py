"""The audit log: one line an action, in its transaction, of ids and digests only."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from typing import Any

import pytest
from django.db import connections

from muster.foundation import keys
from muster.foundation.action import AlreadyDone
from muster.foundation.audit import IDS_MAX, input_hmac, mac_of
from muster.foundation.errors import Refusal
from muster.foundation.ids import new_id
from muster.foundation.models import AuditLine
from muster.mobilisation.actions import Attachment
from muster.mobilisation.answers import acknowledge, report_in
from muster.roll.actions import excuse
from muster.roll.models import Ruling
from tests.cast import REASON, START, Cast, at
from tests.foundation.verbs import BY, do, record


def test_one_line_an_action(cast: Cast) -> None:
    before = AuditLine.objects.count()
    order = cast.order()
    with at(5):
        cast.answer(order, "A1")
    lines = list(AuditLine.objects.order_by("id"))[before:]
    assert [line.verb for line in lines] == [
        "mobilisation.draft_order",
        "mobilisation.issue_order",
        "mobilisation.acknowledge",
    ]
    assert [(line.actor, line.channel) for line in lines] == [("commander", "web")] * 2 + [("lead_a1", "web")]
    assert [line.unit_path for line in lines] == [cast.root.path] * 2 + [cast.village.path]
    assert lines[2].actor_account == cast.lead.account_id
    assert (lines[2].at - START).total_seconds() == 300


def test_a_batch_is_one_line(cast: Cast) -> None:
    order = cast.order()
    before = AuditLine.objects.count()
    excuse(by=cast.commander, entries=[cast.entry(order, c).pk for c in ("A1", "A2", "A3")], reason=REASON)
    assert AuditLine.objects.count() == before + 1
    assert AuditLine.objects.latest("id").witnessed == 6


def test_a_failing_action_leaves_none(cast: Cast) -> None:
    before = AuditLine.objects.count()

    def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        record(by=BY, unit=cast.root, what=fails)
    assert AuditLine.objects.count() == before
    assert not Ruling.objects.exists()


def test_it_holds_no_name_no_text_and_no_number(cast: Cast) -> None:
    order = cast.order(
        title="The Secret Title", text="The secret text", covering_note="The secret note", call_up="under:A"
    )
    report_in(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"], order=order)
    cast.answer(order, "A1", "cannot")
    written = json.dumps([{k: str(v) for k, v in row.items()} for row in AuditLine.objects.values()])
    for word in ("Name of", "Secret", "secret", "Because", "Unit A1", "I go first", "Flood"):
        assert word not in written


def test_what_was_asked_is_kept_as_a_keyed_hash(cast: Cast) -> None:
    one, two = ({"unit": cast.root, "word": w, "when": START, "ids": {new_id()}, "file": b"x"} for w in ("a", "b"))
    assert input_hmac(one) == input_hmac({**one, "by": cast.lead})
    assert input_hmac(one) != input_hmac(two)
    assert len(input_hmac(one)) == 64


def test_a_large_attachment_costs_no_large_text(cast: Cast) -> None:
    attachments = (Attachment("a.bin", "application/octet-stream", bytes(5_000_000)),)
    cast.draft(attachments=attachments)
    assert len(input_hmac({"draft": attachments[0]})) == 64


@pytest.mark.django_db
def test_it_names_fifty_ids_and_no_more() -> None:
    from muster.foundation.action import current_line

    do(by=BY, what=lambda: current_line().note(*(new_id() for _ in range(60))))
    assert len(json.loads(AuditLine.objects.get().ids)) == IDS_MAX


@pytest.mark.django_db
def test_its_mac_needs_the_key_that_lies_outside_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    do(by=BY)
    line = AuditLine.objects.get()
    assert mac_of(line) == line.mac
    monkeypatch.setattr(keys, "key", lambda purpose, key_id=None: ("0002", bytes(32)))
    assert mac_of(line) != line.mac


# -- the same request


@pytest.mark.django_db
def test_the_same_request_is_done_once() -> None:
    request, calls = new_id(), []
    do(by=BY, what=lambda: calls.append(1), request=request)  # type: ignore[call-arg]
    with pytest.raises(AlreadyDone) as caught:
        do(by=BY, what=lambda: calls.append(1), request=request)  # type: ignore[call-arg]
    line = AuditLine.objects.get()
    assert (line.request, caught.value.line, caught.value.status) == (request, line.pk, 200)
    assert calls == [1]


@pytest.mark.django_db
def test_a_request_that_failed_may_be_sent_again() -> None:
    request = new_id()
    with pytest.raises(ZeroDivisionError):
        do(by=BY, what=lambda: 1 / 0, request=request)  # type: ignore[call-arg]
    assert do(by=BY, what=lambda: "done", request=request) == "done"  # type: ignore[call-arg]


def test_a_request_of_a_real_verb(cast: Cast) -> None:
    order, request = cast.order(), new_id()
    asked: dict[str, Any] = {"by": cast.lead, "unit": cast.village, "order": order, "outcome": "will_do"}
    assert acknowledge(**asked, request=request)
    with pytest.raises(Refusal):
        acknowledge(**asked, request=request)


@pytest.mark.django_db(transaction=True)
def test_the_same_request_sent_twice_at_once_is_done_once() -> None:
    request, results = new_id(), []
    both = threading.Barrier(2, timeout=2)

    def meet() -> str:
        # On SQLite the second waits outside until the first has committed.
        with suppress(threading.BrokenBarrierError):
            both.wait()
        return "done"

    def send() -> None:
        try:
            results.append(do(by=BY, what=meet, request=request))  # type: ignore[call-arg]
        except Exception as error:
            results.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == ["AlreadyDone", "done"]
    assert AuditLine.objects.count() == 1
