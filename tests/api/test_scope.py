"""Every operation, as an outsider, a sibling unit, a lower role and nobody: each sees its own and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from muster.foundation.models import AuditLine
from muster.mobilisation.answers import report_in
from muster.mobilisation.models import Order
from muster.roll.actions import excuse
from muster.website.api import api
from tests.api.asking import ACKNOWLEDGED, REPORTED_IN
from tests.api.calls import Caller, assert_refused, ok
from tests.cast import REASON, Cast, at

pytestmark = pytest.mark.django_db  # else nothing tells pytest-django so before the fixtures of the file

Answer = Callable[[Caller, Order, dict[str, str]], Any]


def _get(path: str) -> Answer:
    return lambda caller, order, query: caller.get(path, query)


OPERATIONS: dict[tuple[str, str], Answer] = {
    ("get", "/api/figures"): _get("figures"),
    ("get", "/api/figures/{key}"): _get(f"figures/{REPORTED_IN}"),
    ("get", "/api/figures/{key}/rows"): _get(f"figures/{REPORTED_IN}/rows"),
    ("get", "/api/rolls"): _get("rolls"),
    ("get", "/api/rolls/{roll}/missing"): _get(f"rolls/{ACKNOWLEDGED}/missing"),
    ("get", "/api/report"): _get("report"),
    ("get", "/api/me"): lambda caller, order, query: caller.get("me"),
    ("get", "/api/search"): lambda caller, order, query: caller.get("search", {"q": "n", "limit": 100}),
    ("get", "/api/health"): lambda caller, order, query: caller.get("health"),
    ("post", "/api/orders/{order}/acknowledge"): lambda caller, order, query: caller.post(
        f"orders/{order.pk}/acknowledge", {"outcome": "will_do", **query}
    ),
    ("post", "/api/report-in"): lambda caller, order, query: caller.post(
        "report-in", {"person": f"m_{query.get('unit', 'none').lower()}_1"}
    ),
}
TAKES_UNIT = {key: call for key, call in OPERATIONS.items() if key[1] not in ("/api/me", "/api/search", "/api/health")}
FOR_SOME = ("/api/search", "/api/health")
BELOW_A = ("Unit A", '"A"', '"A1"', "lead_a", "m_a1_1", "m_a2_1", "Only for A", "A-2020-1")
NOT_THEIRS = {
    "lead_b": BELOW_A,
    "lead_b1": (*BELOW_A, "lead_b2", "m_b2_1", "Unit B2"),
    "lead_a2": ("Unit A1", '"A1"', "lead_a1", "m_a1_1", "lead_b", "Unit B"),
    "lead_h": (*BELOW_A, "m_b1_1", "Unit B"),
    "m_a1_2": ("m_a1_1", "lead_a1", "Unit A2"),
    "counsellor": BELOW_A,
    "inspector": BELOW_A,
    "administrator": BELOW_A,
}
"""Somebody of the cast -> words that no answer to them may hold."""


@pytest.fixture(scope="module")
def told(standing: tuple[Cast, Order]) -> Iterator[Order]:
    """Answers of all kinds below town A, and an order of the town's own."""
    cast, order = standing
    with at(61):
        cast.answer(order, "A1", "cannot")
        cast.answer(order, "A2")
        report_in(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"], order=order)
        excuse(by=cast.commander, entries=[cast.entry(order, "A3").pk], reason=REASON)
        cast.order(
            key="town",
            by=cast.town_lead,
            issuer=cast.town,
            title="Only for A",
            audience="under:A -unit:A",
            call_up="unit:A1",
            founding=False,
        )
    with at(70):
        yield order


@pytest.fixture
def order(told: Order, asking_only: object) -> Order:
    """The order of the file."""
    return told


def test_all_operations_are_walked() -> None:
    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    assert {(method, path) for path, methods in paths.items() for method in methods} == set(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
def test_nobody(order: Order, operation: tuple[str, str]) -> None:
    before = AuditLine.objects.count()
    for query in ({}, {"unit": "A1"}, {"unit": "none"}):
        assert_refused(OPERATIONS[operation](Caller(None), order, query), 401, "request.not_signed_in")
    assert AuditLine.objects.count() == before


@pytest.mark.parametrize("number", NOT_THEIRS)
@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o[0] == "get"], ids=" ".join)
def test_nothing_of_others_is_in_an_answer(order: Order, operation: tuple[str, str], number: str) -> None:
    answer = OPERATIONS[operation](Caller(number), order, {})
    # The search is for who has a role of the office, the server's health for who keeps it.
    assert answer.status_code in ((200, 403) if operation[1] in FOR_SOME else (200, 404))
    words = f"{answer.content.decode()} {dict(answer.headers)}"
    assert [word for word in NOT_THEIRS[number] if word in words] == []


@pytest.mark.parametrize("number", NOT_THEIRS)
@pytest.mark.parametrize("operation", TAKES_UNIT, ids=" ".join)
def test_a_foreign_unit_answers_as_one_that_is_not_there(order: Order, operation: tuple[str, str], number: str) -> None:
    before = AuditLine.objects.count()
    foreign = "A2" if number == "m_a1_2" else "A1"
    one, other = (OPERATIONS[operation](Caller(number), order, {"unit": unit}) for unit in (foreign, "none"))
    assert one.status_code == 404
    assert one.content == other.content
    assert dict(one.headers) == dict(other.headers)
    assert AuditLine.objects.count() == before


@pytest.mark.parametrize("number", ["m_a1_1", "counsellor", "inspector", "administrator"])
@pytest.mark.parametrize("operation", [o for o in TAKES_UNIT if o[0] == "get"], ids=" ".join)
def test_a_role_that_sees_no_subtree_is_told_nothing(order: Order, operation: tuple[str, str], number: str) -> None:
    assert_refused(OPERATIONS[operation](Caller(number), order, {}), 404, "unit.unknown")


def test_a_tag_of_somebody_else_s_confirms_nothing(order: Order) -> None:
    asked = {"unit": "A1", "as_of": "2020-01-29T10:05"}
    for path in ("figures", f"figures/{REPORTED_IN}", "report"):
        tag = Caller("lead_a1").get(path, asked)["ETag"]
        foreign = Caller("lead_a2").get(path, asked, **{"If-None-Match": tag})
        assert_refused(foreign, 404, "unit.unknown")
        assert "ETag" not in foreign
        assert Caller("lead_a").get(path, asked, **{"If-None-Match": tag}).status_code == 200
        assert_refused(Caller(None).get(path, asked, **{"If-None-Match": tag}), 401, "request.not_signed_in")


def test_each_counts_its_own(order: Order) -> None:
    counted = {}
    for number in ("commander", "lead_a", "lead_a1", "lead_a2", "lead_b", "lead_h"):
        figure = ok(Caller(number).get(f"figures/{ACKNOWLEDGED}"))
        counted[number] = (figure["expected"], figure["answered"], figure["excused"], figure["unmet"])
    assert counted == {
        "commander": (8, 2, 1, 1),
        "lead_a": (4, 2, 1, 1),
        "lead_a1": (1, 1, 0, 1),
        "lead_a2": (1, 1, 0, 0),
        "lead_b": (4, 0, 0, 0),
        "lead_h": (0, 0, 0, 0),
    }


def test_a_grant_that_ended_shows_nothing(order: Order) -> None:
    from muster.foundation import clock
    from muster.organisation.models import Grant

    lead = Caller("lead_a1")
    ok(lead.get("figures"))
    Grant.objects.filter(account__name="lead_a1", role="lead").update(until=clock.now())
    assert_refused(lead.get("figures"), 404, "unit.unknown")


def test_a_disabled_account_is_not_signed_in(order: Order) -> None:
    from muster.foundation import clock
    from muster.organisation.models import Account

    lead = Caller("lead_a1")
    Account.objects.filter(name="lead_a1").update(disabled_at=clock.now())
    assert_refused(lead.get("figures"), 401, "request.not_signed_in")
