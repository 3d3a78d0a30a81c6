"""A token ends by its owner, by whoever keeps the account, and with all that lets the account in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from muster.foundation.rights import house
from muster.organisation import codes, scopes, tokens
from muster.organisation.accounts import (
    change_password,
    end_account,
    end_sign_ins,
    end_token,
    issue_password_link,
    reset_factor,
    set_password_by_link,
)
from muster.organisation.cards import forget_ways, revoke_code
from muster.organisation.lives import merge_people, retire
from muster.organisation.models import ApiToken, Code
from muster.organisation.tokens import NewToken, make_token
from tests.cast import START, Cast, at, raises_refusal
from tests.organisation.ways import account, card


def token(cast: Cast, number: str = "m_a1_1", *, two: bool = True) -> ApiToken:
    """Somebody's token, with another one of somebody else beside it."""
    until = START + timedelta(days=30)
    for whose in (number, "lead_b1"):
        new = NewToken("For a screen", tokens.hash_of(tokens.make()), (scopes.OWN,), until, two_factors=two)
        make_token(by=cast.actor(whose), account=account(whose), token=new)
    return ApiToken.objects.select_related("account__person").get(account__name=number)


@pytest.mark.parametrize("who", ["m_a1_1", "lead_a1", "lead_a", "commander", "administrator"])
def test_its_owner_ends_it_or_whoever_keeps_the_account(cast: Cast, who: str) -> None:
    made = token(cast)
    with at(5):
        end_token(by=cast.actor(who), token=made)
    made.refresh_from_db()
    assert made.ended_at == START + timedelta(minutes=5)
    with raises_refusal("token.over"):
        end_token(by=cast.actor(who), token=made)


def test_it_rejects_whoever_may_not_keep_the_account(cast: Cast) -> None:
    made = token(cast)
    with raises_refusal("account.above"):
        end_token(by=cast.sibling, token=made)
    with raises_refusal("rights.refused"):
        end_token(by=cast.clerk, token=made)
    theirs = token(cast, "lead_a")
    with raises_refusal("account.above"):
        end_token(by=cast.lead, token=theirs)


def test_it_rejects_whoever_asks_by_a_token_and_one_past_its_end(cast: Cast) -> None:
    made = token(cast)
    with raises_refusal("rights.refused"):
        end_token(by=tokens.narrowed(cast.member, made.pk, ""), token=made)
    with at(hours=31 * 24), raises_refusal("token.over"):
        end_token(by=cast.member, token=made)


def _by_link(cast: Cast) -> None:
    code = codes.make()
    issue_password_link(by=cast.lead, account=account("m_a1_1"), hash=codes.hash_of(code))
    link = Code.objects.select_related("person").get(pk=codes.hash_of(code))
    set_password_by_link(by=house("door"), code=link, password="x")


ENDING: dict[str, Callable[[Cast], object]] = {
    "account ended": lambda cast: end_account(by=cast.lead, account=account("m_a1_1")),
    "put out": lambda cast: end_sign_ins(by=cast.lead, account=account("m_a1_1")),
    "factor reset": lambda cast: reset_factor(by=cast.lead, account=account("m_a1_1")),
    "another password": lambda cast: change_password(by=cast.member, account=account("m_a1_1"), password="x", but=None),
    "a password by a link": _by_link,
    "retired": lambda cast: retire(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"]),
    "merged": lambda cast: merge_people(
        by=cast.lead, parent=cast.village, person=cast.people["m_a1_1"], into=cast.people["m_a1_2"]
    ),
}


@pytest.mark.parametrize("how", ENDING)
def test_it_ends_with_whatever_lets_the_account_in(cast: Cast, how: str) -> None:
    made = token(cast)
    ENDING[how](cast)
    made.refresh_from_db()
    assert made.ended_at == START
    assert ApiToken.objects.filter(ended_at__isnull=True).count() == 1, "that of somebody else stays"


@pytest.mark.parametrize("two", [False, True])
@pytest.mark.parametrize("how", ["new card", "revoked"])
def test_one_made_without_two_factors_ends_with_the_card(cast: Cast, how: str, two: bool) -> None:
    made = token(cast, two=two)
    if how == "new card":
        card(cast, "m_a1_1")
    else:
        revoke_code(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"])
    made.refresh_from_db()
    assert (made.ended_at is None) is two


def test_nothing_of_it_stays_of_whoever_is_forgotten(cast: Cast) -> None:
    made = token(cast)
    forget_ways([made.account.person_id])
    assert list(ApiToken.objects.values_list("account__name", flat=True)) == ["lead_b1"]
