"""GET /api/search"""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from muster.foundation.models import AuditLine
from muster.mobilisation.models import Order
from muster.organisation import phone_ends
from muster.organisation.api import SearchOut
from tests.api.calls import Caller, assert_refused, ok
from tests.cast import Cast
from tests.organisation.test_open_phone import phone_of, with_phones


def test_what_is_found_where_and_why(order: Order) -> None:
    found = ok(Caller("lead_a").get("search", {"q": "m a1", "limit": 1}))
    TypeAdapter(SearchOut).validate_python(found, extra="forbid")
    (people,) = found["kinds"]
    assert (people["kind"], people["label"], people["is_more"]) == ("people", "People", True)
    one = people["found"][0]
    assert (one["title"], one["where"], one["why"]) == ("Name of m_a1_1", "Unit A1", "holds")
    assert one["more"] == "m_a1_1"
    (village,) = ok(Caller("lead_a").get("search", {"q": "a1"}))["kinds"][0]["found"]
    assert (village["title"], village["where"], village["why"], village["more"]) == ("Unit A1", "Unit A", "code", "A1")


def test_one_kind_only(order: Order) -> None:
    found = ok(Caller("commander").get("search", {"q": "posts", "kind": "orders"}))
    assert [(one["kind"], one["found"][0]["why"]) for one in found["kinds"]] == [("orders", "holds")]
    assert found["kinds"][0]["found"][0]["address"] == f"/office/orders/{order.pk}/"


def test_the_last_four_digits_are_counted_and_bounded(
    order: Order, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_phones(cast)
    monkeypatch.setattr(phone_ends, "LOOKS_MAX", 1)
    caller, digits = Caller("lead_a1"), phone_of("m_a1_1", cast)[-4:]
    found = ok(caller.get("search", {"q": digits}))
    assert found["kinds"][0]["found"][0]["why"] == "phone_end"
    line = AuditLine.objects.latest("id")
    assert (line.verb, line.channel, line.ids) == ("organisation.find_by_phone_end", "api", '["count:1"]')
    again = ok(caller.get("search", {"q": digits}))
    assert again["kinds"] == []
    assert "looked through" in again["told"][0]


def test_signs_only_find_nothing(order: Order) -> None:
    for words in ("%", "  ", "\u00b7", "\\", "'\""):
        assert ok(Caller("commander").get("search", {"q": words}))["kinds"] == []


def test_it_rejects_who_has_no_role_of_the_office(order: Order) -> None:
    for number in ("m_a1_1", "administrator", "counsellor"):
        assert_refused(Caller(number).get("search", {"q": "Name"}), 403, "search.refused")


def test_it_rejects_what_it_cannot_read(order: Order) -> None:
    caller = Caller("commander")
    assert_refused(caller.get("search"), 422, "request.invalid", "q")
    assert_refused(caller.get("search", {"q": "x" * 81}), 422, "request.invalid", "q")
    assert_refused(caller.get("search", {"q": "x", "limit": 0}), 422, "request.invalid", "limit")
    assert_refused(caller.get("search", {"q": "x", "kind": "residents"}), 404, "search.kind")
