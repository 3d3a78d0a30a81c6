"""A link lets somebody choose a password; the one before is dead."""

from __future__ import annotations

import pytest

from muster.organisation.accounts import LINK_VALID, end_account, issue_password_link
from muster.organisation.models import Code
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import MEMBER, account, card


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander", "administrator"])
def test_one_link_is_alive(cast: Cast, by: str) -> None:
    issue_password_link(by=cast.actor(by), account=account(), hash="first")
    issue_password_link(by=cast.actor(by), account=account(), hash="second")
    assert Code.objects.get(pk="first").revoked_at == START
    second = Code.objects.get(pk="second")
    assert (second.purpose, second.expires_at - second.made_at) == ("set_password", LINK_VALID)


def test_a_card_stays_beside_it(cast: Cast) -> None:
    made = card(cast)
    issue_password_link(by=cast.lead, account=account(), hash="h")
    assert Code.objects.get(pk=made.pk).revoked_at is None


@pytest.mark.parametrize(
    ("by", "whose", "code"),
    [
        ("commander", "commander", "account.own"),
        ("lead_a1", "lead_a", "account.above"),
        ("lead_a", "clerk", "account.above"),
        ("commander", "administrator", "account.above"),
        ("m_a1_1", MEMBER, "rights.refused"),
    ],
)
def test_it_rejects_whoever_may_not(cast: Cast, by: str, whose: str, code: str) -> None:
    with raises_refusal(code):
        issue_password_link(by=cast.actor(by), account=account(whose), hash="h")


def test_it_rejects_an_account_that_has_ended(cast: Cast) -> None:
    end_account(by=cast.lead, account=account())
    with raises_refusal("account.ended"):
        issue_password_link(by=cast.lead, account=account(), hash="h")
