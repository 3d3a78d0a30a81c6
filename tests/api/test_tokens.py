"""Asking by a token: as its owner and never more, for what it is scoped to, without a cookie, on no page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings

from muster.foundation.api import scope_of
from muster.foundation.models import AuditLine
from muster.mobilisation.models import Order
from muster.organisation import tokens
from muster.organisation.accounts import end_account, end_token
from muster.organisation.granting import grant_role
from muster.organisation.guessing import TRIES_MAX
from muster.organisation.models import ApiToken, LockOut
from muster.organisation.scopes import SCOPES
from muster.organisation.tokens import NewToken, make_token
from muster.website.api import api
from tests.access.routes import OPERATIONS
from tests.api.calls import Caller, assert_refused, ok
from tests.api.test_document import operation
from tests.api.test_queries import cost
from tests.cast import START, Cast, at
from tests.organisation.ways import account

ALL = tuple(SCOPES)
NEW = NewToken("For a screen", "", ALL, START + timedelta(days=30), two_factors=True)


class ByToken(Caller):
    """A program that shows a token, and has no cookie."""

    def __init__(self, words: str, kind: str = "Bearer") -> None:
        self.client = Client(
            enforce_csrf_checks=True, headers={"accept-language": "en", "authorization": f"{kind} {words}"}
        )


def shown(cast: Cast, number: str, keys: Iterable[str] = ALL, **more: Any) -> str:
    """A new token of somebody."""
    words = tokens.make()
    with at(-1):
        new = replace(NEW, hash=tokens.hash_of(words), scopes=tuple(keys), **more)
        make_token(by=cast.actor(number), account=account(number), token=new)
    return words


@pytest.mark.parametrize("number", ["commander", "lead_a", "lead_a1", "m_a1_1", "inspector"])
@pytest.mark.parametrize("path", ["figures", "rolls", "report", "me"])
def test_it_opens_what_its_owner_sees(order: Order, cast: Cast, number: str, path: str) -> None:
    by_token, signed_in = ByToken(shown(cast, number)).get(path), Caller(number).get(path)
    assert (by_token.status_code, by_token.content) == (signed_in.status_code, signed_in.content)
    assert not by_token.cookies


def test_it_writes_without_a_cookie_and_the_line_names_it(order: Order, cast: Cast) -> None:
    caller = ByToken(shown(cast, "lead_a1"))
    answered = caller.post(f"orders/{order.pk}/acknowledge", {"outcome": "will_do", "unit": "A1"})
    assert ok(answered)["result"] == "recorded"
    line = AuditLine.objects.latest("id")
    assert (line.verb, line.actor, line.channel) == ("mobilisation.acknowledge", "lead_a1", "api")
    assert line.token == ApiToken.objects.get().pk


def test_each_operation_is_refused_without_its_scope_and_opens_with_it(order: Order, cast: Cast) -> None:
    made = SimpleNamespace(cast=cast, own_order=order)
    assert len(api.operations()) == len(OPERATIONS)
    for (method, path), make in OPERATIONS.items():
        wanted = scope_of(operation(path.removeprefix("/api"), method))
        assert wanted in ALL
        address, body = make(made)  # type: ignore[arg-type]
        for keys, refused in (([key for key in ALL if key != wanted], True), ([wanted], False)):
            caller = ByToken(shown(cast, "commander", keys))
            with at(120):
                answered = caller.get(address) if method == "GET" else caller.post(address, body)
            if refused:
                problem = assert_refused(answered, 403, "token.scope")
                assert wanted in problem.detail
                assert f'scope="{wanted}"' in answered["WWW-Authenticate"]
            else:
                assert answered.status_code not in (401, 403), path
        ApiToken.objects.update(ended_at=START)


def test_an_operation_that_declares_nothing_is_closed(
    order: Order, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(operation("/figures", "GET").view_func, "token_scope")
    assert_refused(ByToken(shown(cast, "commander")).get("figures"), 403, "token.closed")
    assert Caller("commander").get("figures").status_code == 200


def test_one_for_a_unit_sees_nothing_outside_of_it(order: Order, cast: Cast) -> None:
    caller = ByToken(shown(cast, "commander", unit=cast.town))
    assert ok(caller.get("report"))["unit"] == "A"
    assert caller.get("figures", {"unit": "A1"}).status_code == 200
    for outside in ("D", "B", "B1"):
        assert_refused(caller.get("figures", {"unit": outside}), 404, "unit.unknown")
    refused = caller.post(f"orders/{order.pk}/acknowledge", {"outcome": "will_do", "unit": "B1"})
    assert_refused(refused, 404, "unit.unknown")


def test_one_for_a_unit_that_its_owner_has_nothing_to_do_with_opens_nothing(order: Order, cast: Cast) -> None:
    caller = ByToken(shown(cast, "lead_a1", unit=cast.units["B"]))
    assert caller.get("figures").status_code == 404
    assert ok(caller.get("me"))["entries"] == []
    member = ByToken(shown(cast, "m_a1_1", unit=cast.neighbour))
    assert ok(member.get("me"))["entries"] == []
    assert_refused(member.post("report-in", {}), 403, "rights.refused")
    at_home = ByToken(shown(cast, "m_a1_1", unit=cast.village))
    assert ok(at_home.post("report-in", {}))["result"] == "recorded"


def test_what_its_owner_may_no_more_it_may_no_more(order: Order, cast: Cast) -> None:
    caller = ByToken(shown(cast, "commander"))
    assert caller.get("figures").status_code == 200
    cast.people["commander"].account.grants.update(until=START)
    assert caller.get("figures").status_code == 404


@pytest.mark.parametrize(
    ("words", "code"),
    [("muster_", "token.unknown"), ("", "token.unknown"), (tokens.PREFIX + "a" * 40, "token.unknown")],
)
def test_what_is_no_token_is_refused(order: Order, cast: Cast, words: str, code: str) -> None:
    refused = ByToken(words).get("figures")
    assert_refused(refused, 401, code)
    assert 'error="invalid_token"' in refused["WWW-Authenticate"]


def test_an_ended_and_an_expired_one_are_refused_and_count_as_no_try(order: Order, cast: Cast) -> None:
    words = shown(cast, "lead_a1")
    caller = ByToken(words)
    with at(hours=31 * 24):
        assert_refused(caller.get("figures"), 401, "token.expired")
    end_token(by=cast.lead, token=ApiToken.objects.select_related("account__person").get())
    assert_refused(caller.get("figures"), 401, "token.ended")
    again = ByToken(shown(cast, "lead_a1"))
    end_account(by=cast.town_lead, account=account("lead_a1"))
    assert_refused(again.get("figures"), 401, "token.ended")
    assert not LockOut.objects.exists()


def test_guessing_locks_the_address_for_tokens_alone(order: Order, cast: Cast) -> None:
    right = ByToken(shown(cast, "lead_a1"))
    for _ in range(TRIES_MAX[LockOut.Kind.ADDRESS]):
        assert_refused(ByToken("muster_x").get("figures"), 401, "token.unknown")
    assert_refused(ByToken("muster_x").get("figures"), 429, "guessing.locked")
    assert_refused(right.get("figures"), 429, "guessing.locked")
    assert LockOut.objects.count() == 1
    assert Client().post("/sign-in/password/", {"name": "lead_a1", "password": "no"}).status_code != 429
    with at(hours=2):
        assert right.get("figures").status_code == 200


def test_no_page_knows_it(order: Order, cast: Cast) -> None:
    words = shown(cast, "commander")
    client = Client(headers={"authorization": f"Bearer {words}"})
    for page in ("/office/", "/my/", "/my/me/ways/", "/my/me/tokens/"):
        assert client.get(page).status_code == 302, page
    assert ApiToken.objects.get().last_used_at is None


def test_it_counts_before_the_cookie(order: Order, cast: Cast) -> None:
    caller = Caller("commander")
    caller.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {shown(cast, 'lead_a1')}"
    assert ok(caller.get("me"))["account"] == "lead_a1"
    caller.client.defaults["HTTP_AUTHORIZATION"] = "Bearer muster_x"
    assert_refused(caller.get("me"), 401, "token.unknown")


def test_another_way_to_authorise_is_none(order: Order, cast: Cast) -> None:
    assert_refused(ByToken(shown(cast, "lead_a1"), "Basic").get("me"), 401, "request.not_signed_in")


def test_one_made_with_one_factor_opens_nothing_that_wants_two(order: Order, cast: Cast) -> None:
    words = shown(cast, "m_a1_1", two_factors=False)
    assert ok(ByToken(words).get("me"))["account"] == "m_a1_1"
    grant_role(by=cast.commander, account=account("m_a1_1"), role="clerk", unit=cast.root, since=START)
    assert_refused(ByToken(words).get("me"), 403, "sign_in.more")


@override_settings(TOKEN_DAYS_MAX=366)
def test_that_it_is_used_is_written_every_five_minutes(order: Order, cast: Cast) -> None:
    caller = ByToken(shown(cast, "lead_a1"))
    first = cost(lambda: caller.get("me"))
    seen = ApiToken.objects.get().last_used_at
    assert seen is not None
    assert first - cost(lambda: caller.get("me")) == 1
    assert ApiToken.objects.get().last_used_at == seen
    with at(66):
        caller.get("me")
    assert ApiToken.objects.get().last_used_at == START + timedelta(minutes=66)


def test_asking_costs_one_query_less_than_with_a_session(order: Order, cast: Cast) -> None:
    by_token, signed_in = ByToken(shown(cast, "commander")), Caller("commander")
    by_token.get("figures")
    assert cost(lambda: by_token.get("figures")) == cost(lambda: signed_in.get("figures")) - 1
