"""Bad input: each is refused with a problem document that names the field, nothing is written, nothing breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from muster.foundation.models import AuditLine
from muster.mobilisation.models import Order
from muster.website.api import BODY_BYTES_MAX
from tests.api.asking import ASKING, REPORTED_IN
from tests.api.calls import NOBODY_KNOWS, Caller, assert_refused
from tests.cast import Cast

pytestmark = pytest.mark.django_db  # else nothing tells pytest-django so before the fixtures of the file

LONG = "漢" * 100_000
WRITES = ("acknowledge", "report-in")


def address(name: str, order: Order) -> str:
    """The address of an operation that writes."""
    return "report-in" if name == "report-in" else f"orders/{order.pk}/acknowledge"


@pytest.fixture
def order(asking_only: tuple[Cast, Order]) -> Order:
    """The order of the file."""
    return asking_only[1]


@pytest.fixture(autouse=True)
def _nothing_is_written(order: Order) -> Iterator[None]:
    before = AuditLine.objects.count()
    yield
    assert AuditLine.objects.count() == before


# -- bodies that are no JSON, or more than is read

MALFORMED = {
    "not json": b"outcome=will_do",
    "cut off": b'{"outcome": "will_do"',
    "two documents": b'{"outcome": "will_do"} {}',
    "no utf-8": b'{"outcome": "\xff\xfe"}',
    "utf-16": '{"outcome": "will_do"}'.encode("utf-16"),
    "gbk": '{"outcome": "完成"}'.encode("gbk"),
    "a mark of order": b'\xef\xbb\xbf{"outcome": "will_do"}',
    "nested": b"[" * 200_000 + b"]" * 200_000,
    "nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a number of 100,000 digits": b'{"outcome": ' + b"9" * 100_000 + b"}",
    "NUL in the text itself": b'{"outcome": "\x00"}',
    "only spaces": b"   ",
}


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_json(order: Order, operation: str, body: bytes) -> None:
    problem = assert_refused(Caller("lead_a1").post(address(operation, order), body=body), 400, "request.malformed")
    assert problem.next_step


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"outcome": NaN}', ["outcome"]),
        (b'{"order": -Infinity, "person": Infinity}', ["order", "person"]),
        (b'{"outcome": "will_do", "outcome": "cannot", "unit": "A"}', ["outcome"]),
        (b'{"a": {"b": 1, "b": NaN}}', ["b"]),
        (b"NaN", ["body"]),
        (b'{"\\ud800": NaN}', ["?"]),
    ],
)
def test_json_that_not_every_reader_takes_alike_is_named(
    order: Order, operation: str, body: bytes, fields: list[str]
) -> None:
    answer = Caller("lead_a1").post(address(operation, order), body=body)
    assert_refused(answer, 400, "request.malformed", *fields)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "[NaN]"])
def test_no_number_anywhere_gets_through(order: Order, value: str) -> None:
    body = f'{{"outcome": "cannot", "reason": [{value}]}}'
    assert_refused(Caller("lead_a1").post(address("acknowledge", order), body=body), 422, "request.invalid", "reason")
    answer = Caller("lead_a1").post(address("acknowledge", order), body=f"[{value}]")
    assert_refused(answer, 422, "request.invalid", "body")


def test_where_the_json_breaks_is_said(order: Order) -> None:
    body = b'{\n  "outcome": will_do\n}'
    problem = assert_refused(Caller("lead_a1").post(address("acknowledge", order), body=body), 400, "request.malformed")
    assert "line 2, column 14" in problem.detail


@pytest.mark.parametrize("operation", WRITES)
def test_10_mb_of_json_are_not_read(order: Order, operation: str) -> None:
    class Unread:
        def __init__(self, *_: Any) -> None: ...

        def read(self, *_: Any) -> bytes:
            raise AssertionError("it was read")

        readline = read

    client = Caller("lead_a1").client
    answer = client.post(
        f"/api/{address(operation, order)}",
        "{}",
        content_type="application/json",
        **{"wsgi.input": Unread(), "CONTENT_LENGTH": "10000000"},
    )
    assert_refused(answer, 413, "request.too_large")


def test_10_mb_of_json_sent_whole(order: Order) -> None:
    body = json.dumps({"outcome": "x" * 10_000_000})
    assert_refused(Caller("lead_a1").post(address("acknowledge", order), body=body), 413, "request.too_large")


def test_as_much_as_is_read_is_looked_at(order: Order) -> None:
    body = b'{"outcome": "will_do"' + b" " * (BODY_BYTES_MAX - 22) + b"x"
    assert len(body) == BODY_BYTES_MAX
    assert_refused(Caller("lead_a1").post(address("acknowledge", order), body=body), 400, "request.malformed")


@pytest.mark.parametrize("length", ["-1", "ten", "1e3", "٣", "9" * 400])
def test_a_length_that_is_none(order: Order, length: str) -> None:
    client = Caller("lead_a1").client
    path = f"/api/{address('acknowledge', order)}"
    answer = client.post(path, "{}", content_type="application/json", CONTENT_LENGTH=length)
    assert answer.status_code == (413 if length.startswith("9") else 400), answer.content


def test_a_body_of_no_stated_length(order: Order) -> None:
    client = Caller("lead_a1").client
    path = f"/api/{address('acknowledge', order)}"
    answer = client.post(
        path, "{}", content_type="application/json", CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked"
    )
    assert_refused(answer, 411, "request.no_length")


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/xml",
        "application/json-seq",
        "nonsense",
        "",
    ],
)
def test_another_kind_of_content(order: Order, operation: str, kind: str) -> None:
    answer = Caller("lead_a1").post(address(operation, order), body=b'{"outcome": "will_do"}', content_type=kind)
    assert_refused(answer, 415, "request.media_type")


def test_json_with_its_charset_is_json(order: Order) -> None:
    kind = "application/json; charset=utf-8"
    answer = Caller("lead_a1").post(address("acknowledge", order), body=b'{"outcome": 1}', content_type=kind)
    assert_refused(answer, 422, "request.invalid", "outcome")


# -- JSON of wrong types

WRONG_BODIES = {
    "nothing": (b"", "body"),
    "null": (b"null", "body"),
    "a list": (b"[]", "body"),
    "a list of pairs": (b'[["outcome", "will_do"]]', "body"),
    "a text": (b'"will_do"', "body"),
    "a number": (b"1", "body"),
    "true": (b"true", "body"),
}


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize(("body", "field"), WRONG_BODIES.values(), ids=WRONG_BODIES)
def test_json_that_is_no_object(order: Order, operation: str, body: bytes, field: str) -> None:
    assert_refused(Caller("lead_a1").post(address(operation, order), body=body), 422, "request.invalid", field)


WRONG_TEXTS: dict[str, Any] = {
    "a number": 1,
    "a huge number": 10**400,
    "a fraction": 1.5,
    "true": True,
    "a list": ["A1"],
    "an object": {"code": "A1"},
    "empty": "",
    "100,000 characters": LONG,
    "NUL": "A1\x00",
    "a line": "A1\nA2",
    "half a character": "\ud800",
    "an escape": "\x1b[31m",
}
FIELDS = {"acknowledge": ("unit", "subject", "reason"), "report-in": ("person",)}


@pytest.mark.parametrize("value", WRONG_TEXTS.values(), ids=WRONG_TEXTS)
@pytest.mark.parametrize(("operation", "field"), [(o, f) for o, fields in FIELDS.items() for f in fields])
def test_texts(order: Order, operation: str, field: str, value: Any) -> None:
    sent = {field: value} if operation == "report-in" else {"outcome": "cannot", field: value}
    assert_refused(Caller("lead_a1").post(address(operation, order), sent), 422, "request.invalid", field)


@pytest.mark.parametrize("value", [1, "true", None, [], "yes", 0], ids=repr)
@pytest.mark.parametrize("operation", WRITES)
def test_what_is_true_or_false(order: Order, operation: str, value: Any) -> None:
    sent = {"pledged": value} if operation == "report-in" else {"outcome": "will_do", "pledged": value}
    assert_refused(Caller("lead_a1").post(address(operation, order), sent), 422, "request.invalid", "pledged")


WRONG_IDS = {
    "a number": 1,
    "a word": "order",
    "empty": "",
    "one digit less": NOBODY_KNOWS[:-1],
    "one digit more": NOBODY_KNOWS + "0",
    "not hex": NOBODY_KNOWS.replace("4", "g"),
    "NUL": NOBODY_KNOWS[:-1] + "\x00",
    "long": LONG,
    "a list": [NOBODY_KNOWS],
}


@pytest.mark.parametrize("value", WRONG_IDS.values(), ids=WRONG_IDS)
def test_ids_in_a_body(order: Order, value: Any) -> None:
    assert_refused(Caller("m_a1_1").post("report-in", {"order": value}), 422, "request.invalid", "order")


@pytest.mark.parametrize("value", ["1", "order", NOBODY_KNOWS[:-1], "%00", "%ff%fe", "%F0%9F%98%80", "漢" * 500, "-1"])
def test_ids_in_an_address(order: Order, value: str) -> None:
    answer = Caller("lead_a1").post(f"orders/{value}/acknowledge", {"outcome": "will_do"})
    assert_refused(answer, 422, "request.invalid", "order")


@pytest.mark.parametrize("operation", WRITES)
def test_unknown_fields(order: Order, operation: str) -> None:
    sent = {"outcome": "will_do", "at": "now", "x" * 200: 1, "a.b": {"c": []}}
    if operation == "report-in":
        del sent["outcome"]
    answer = Caller("lead_a1").post(address(operation, order), sent)
    assert_refused(answer, 422, "request.invalid", "at", "x" * 80, "a.b")
    assert_refused(Caller("lead_a1").post(address(operation, order), {"\ud800": 1}), 422, "request.invalid", "body")


def test_more_errors_than_anybody_reads(order: Order) -> None:
    sent = {f"field {n}": n for n in range(20_000)}
    answer = Caller("lead_a1").post(address("acknowledge", order), sent)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 20


# -- parameters

CODES = {
    "NUL": "A\x00",
    "a line": "A\n",
    "long": "A" * 121,
    "100,000 characters": LONG,
    "empty": "",
    "no utf-8": b"\xff",
}
READABLE = {
    "a quote": "A' OR 1=1 --",
    "a wildcard": "%",
    "a format": "%s%(x)d%n",
    "braces": "{0}{x}",
    "other digits": "１２",
    "a smile": "😀",
    "a path": "../../etc/passwd",
}


@pytest.mark.parametrize("path", ASKING)
@pytest.mark.parametrize("name", ["unit", "incident", "as_of"])
def test_parameters_that_are_no_code(order: Order, path: str, name: str) -> None:
    caller = Caller("commander")
    for title, value in CODES.items():
        answer = caller.get(path, {name: value})
        if title == "no utf-8" and name == "incident":
            assert_refused(answer, 404, "incident.none")
        elif title == "no utf-8":
            # Django reads it as a mark that stands for what cannot be read.
            assert_refused(answer, 422, {"unit": "unit.unknown", "as_of": "as_of.no_time"}[name], name)
        else:
            assert_refused(answer, 422, "request.invalid", name)


@pytest.mark.parametrize("path", ASKING)
@pytest.mark.parametrize("value", READABLE.values(), ids=READABLE)
def test_codes_that_nothing_has(order: Order, path: str, value: str) -> None:
    assert_refused(Caller("commander").get(path, {"unit": value}), 422, "unit.unknown", "unit")
    assert_refused(Caller("lead_a").get(path, {"unit": value}), 404, "unit.unknown")
    assert_refused(Caller("commander").get(path, {"incident": value}), 404, "incident.none")
    assert_refused(Caller("commander").get(path, {"as_of": value}), 422, "as_of.no_time", "as_of")


@pytest.mark.parametrize("path", [*ASKING, "me"])
def test_parameters_that_the_operation_does_not_have(order: Order, path: str) -> None:
    caller = Caller("commander")
    assert_refused(caller.get(path, {"asof": "2020-01-29T09:30"}), 422, "request.invalid", "asof")
    assert_refused(caller.get(path, {"as_of[]": "2020-01-29T09:30", "": "x"}), 422, "request.invalid", "as_of[]", "")


@pytest.mark.parametrize("path", ASKING)
def test_a_parameter_that_stands_twice(order: Order, path: str) -> None:
    assert_refused(Caller("commander").get(path, {"unit": ["A", "B"]}), 422, "request.invalid", "unit")


def test_a_parameter_of_a_write(order: Order) -> None:
    assert_refused(Caller("m_a1_1").post("report-in?order=1", {}), 422, "request.invalid", "order")


@pytest.mark.parametrize("name", ["limit", "offset"])
@pytest.mark.parametrize("value", ["", "x", "1.5", "-1", "1e3", "9" * 5000, "NaN", "٣x", "\x00", "0x10"])
@pytest.mark.parametrize("path", [f"figures/{REPORTED_IN}/rows", f"rolls/{REPORTED_IN}/missing"])
def test_pages_that_are_no_number(order: Order, path: str, name: str, value: str) -> None:
    assert_refused(Caller("commander").get(path, {name: value}), 422, "request.invalid", name)


def test_more_parameters_than_anybody_sends(order: Order) -> None:
    query = "&".join(f"a{n}=1" for n in range(1500))
    problem = assert_refused(Caller("commander").get(f"figures?{query}"), 400, "request.refused", "query")
    assert problem.detail == "There are more than 1000 parameters."


@pytest.mark.parametrize("path", [f"figures/{REPORTED_IN}/rows", f"rolls/{REPORTED_IN}/missing"])
def test_a_number_that_stands_twice(order: Order, path: str) -> None:
    answer = Caller("commander").get(path, {"limit": ["1", "NaN"], "offset": "NaN"})
    assert_refused(answer, 422, "request.invalid", "limit")
    answer = Caller("commander").get(path, {"limit": "NaN", "offset": "Infinity"})
    assert_refused(answer, 422, "request.invalid", "limit", "offset")


@pytest.mark.parametrize("key", ["%00", "a%0Ab", "x" * 121, "x" * 100_000])
def test_keys_in_an_address(order: Order, key: str) -> None:
    caller = Caller("commander")
    assert_refused(caller.get(f"figures/{key}"), 422, "request.invalid", "key")
    assert_refused(caller.get(f"figures/{key}/rows"), 422, "request.invalid", "key")
    assert_refused(caller.get(f"rolls/{key}/missing"), 422, "request.invalid", "roll")


@pytest.mark.parametrize("key", ["%ff", "a b", "%25s", "..", "{}", NOBODY_KNOWS, "%F0%9F%98%80"])
def test_keys_that_nothing_has(order: Order, key: str) -> None:
    caller = Caller("commander")
    assert_refused(caller.get(f"figures/{key}"), 404, "figure.unknown")
    assert_refused(caller.get(f"rolls/{key}/missing"), 404, "roll.unknown")


# -- addresses and methods

ADDRESSES = ("", "x", "figures/", "figures/a/b/c", "orders/1", "docs", "%00", "openapi.json/", "me/", "rolls/a")


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("number", [None, "commander"])
def test_addresses_that_are_not_there(order: Order, path: str, number: str | None) -> None:
    assert_refused(Caller(number).get(path), 404, "request.no_operation")
    assert_refused(Caller(number).post(path, {}), 404, "request.no_operation")


@pytest.mark.parametrize("path", [*ASKING, "me"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_methods_that_an_address_does_not_have(order: Order, path: str, method: str) -> None:
    answer = getattr(Caller("commander").client, method)(f"/api/{path}", headers={"accept-language": "en"})
    assert_refused(answer, 405, "request.method")
    assert answer["Allow"] == "GET, HEAD"


def test_the_head_alone(order: Order) -> None:
    asked, told = (getattr(Caller("commander").client, method)("/api/figures") for method in ("get", "head"))
    assert told.status_code == 200
    assert told["ETag"]
    assert told["Content-Length"] == asked["Content-Length"]


@pytest.mark.parametrize("operation", WRITES)
def test_a_write_is_never_a_get(order: Order, operation: str) -> None:
    answer = Caller("lead_a1").get(address(operation, order))
    assert_refused(answer, 405, "request.method")
    assert answer["Allow"] == "POST"


# -- forged requests


@pytest.mark.parametrize("operation", WRITES)
def test_a_write_needs_the_token(order: Order, operation: str) -> None:
    caller = Caller("lead_a1", csrf=True)
    sent = {} if operation == "report-in" else {"outcome": "will_do"}
    assert_refused(caller.post(address(operation, order), sent), 403, "request.csrf")
    assert_refused(caller.post(address(operation, order), sent, X_CSRFToken="x" * 64), 403, "request.csrf")
    assert_refused(Caller(None, csrf=True).post(address(operation, order), sent), 401, "request.not_signed_in")


def test_in_the_reader_s_language(order: Order) -> None:
    english = Caller("commander").get("figures", {"as_of": "x"})
    other = Caller("commander", language="zh-hans").get("figures", {"as_of": "x"})
    third = Caller("commander", language="zh-TW").get("figures", {"as_of": "x"})
    said = [answer["Content-Language"] for answer in (english, other, third)]
    assert said == ["en", "zh-hans", "zh-hant"]
    assert other.json()["code"] == english.json()["code"] == "as_of.no_time"
    assert english.json()["detail"] == "“x” is no date and time. Write it like 2020-02-11T18:00."


@pytest.mark.parametrize("path", [*ASKING, "me", "x", ""])
@pytest.mark.parametrize("host", ["elsewhere.example", "localhost:x", "a b", "%s", "[::1"])
def test_a_host_that_is_not_ours(order: Order, host: str, path: str) -> None:
    asked = Client(headers={"host": host, "accept-language": "en"}, raise_request_exception=False)
    answer = asked.get(f"/api/{path}")
    assert_refused(answer, 400, "request.host", "Host")
    assert answer["Content-Language"] == "en"
    assert asked.post(f"/api/{path}", "{}", content_type="application/json").status_code == 400
    page = asked.get("/office/")
    assert (page.status_code, page["Content-Type"].split(";")[0]) == (400, "text/html")
