"""A token is made by its owner, for some of what they may do, until an end; only its hash is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings

from muster.foundation.models import AuditLine
from muster.organisation import scopes, tokens
from muster.organisation.accounts import end_token
from muster.organisation.models import ApiToken
from muster.organisation.tokens import NewToken, make_token
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import account

SHOWN = tokens.make()
NEW = NewToken("The wall screen", tokens.hash_of(SHOWN), (scopes.NAMES, scopes.FIGURES), START + timedelta(days=30))


def test_it_is_kept_as_a_hash_with_what_it_is_for(cast: Cast) -> None:
    made = make_token(by=cast.commander, account=account("commander"), token=replace(NEW, name="  The  wall "))
    kept = ApiToken.objects.get()
    assert (kept.pk, kept.name, kept.scopes) == (made.pk, "The wall", "figures:read names:read")
    assert (kept.made_at, kept.expires_at, kept.last_used_at, kept.ended_at) == (START, NEW.expires_at, None, None)
    assert SHOWN not in str(ApiToken.objects.values().get())
    line = AuditLine.objects.latest("id")
    assert str(made.pk) in line.ids
    assert "figures:read names:read" in line.change


def test_every_token_is_another_and_is_known_by_its_form() -> None:
    made = {tokens.make() for _ in range(200)}
    assert len(made) == 200
    assert all(one.startswith("muster_") and len(one) == 47 and tokens.hash_of(one) for one in made)


def test_what_is_no_token_has_no_hash() -> None:
    for words in ("", "muster_", SHOWN[:-1], SHOWN + "x", SHOWN.upper(), f" {SHOWN}", SHOWN[:-1] + "é", SHOWN + "\n"):
        assert tokens.hash_of(words) == "", words


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": " "}, "token.name"),
        ({"name": "x" * 61}, "token.name"),
        ({"scopes": ()}, "token.scopes"),
        ({"scopes": ("all",)}, "token.scopes"),
        ({"expires_at": START}, "token.end"),
        ({"expires_at": START + timedelta(days=settings.TOKEN_DAYS_MAX, seconds=1)}, "token.end"),
    ],
)
def test_it_rejects_one_without_a_purpose_a_scope_or_a_near_end(
    cast: Cast, changed: dict[str, object], code: str
) -> None:
    with raises_refusal(code):
        make_token(by=cast.commander, account=account("commander"), token=replace(NEW, **changed))  # type: ignore[arg-type]


def test_it_rejects_whoever_it_is_not_of_and_whoever_asks_by_a_token(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        make_token(by=cast.second, account=account("commander"), token=NEW)
    made = make_token(by=cast.commander, account=account("commander"), token=NEW)
    with raises_refusal("rights.refused"):
        by = tokens.narrowed(cast.commander, made.pk, "")
        make_token(by=by, account=account("commander"), token=replace(NEW, hash="x"))


def test_it_rejects_more_than_twenty_that_hold(cast: Cast) -> None:
    made = [
        make_token(by=cast.commander, account=account("commander"), token=replace(NEW, hash=str(n)))
        for n in range(tokens.MOST)
    ]
    with raises_refusal("token.too_many"):
        make_token(by=cast.commander, account=account("commander"), token=NEW)
    end_token(by=cast.commander, token=made[0])
    make_token(by=cast.commander, account=account("commander"), token=NEW)


def test_it_rejects_an_account_that_has_ended(cast: Cast) -> None:
    by, whose = cast.member, account("m_a1_1")
    type(whose).objects.filter(pk=whose.pk).update(disabled_at=START)
    with raises_refusal("account.ended"):
        make_token(by=by, account=whose, token=NEW)
