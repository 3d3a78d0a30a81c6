"""Whoever a link is for chooses the password, once; nobody chooses it for them."""

from __future__ import annotations

import pytest

from muster.foundation.rights import house
from muster.organisation import accounts
from muster.organisation.accounts import issue_password_link, set_password_by_link
from muster.organisation.guessing import guarded, take_try
from muster.organisation.models import Code, SignIn
from tests.cast import Cast, at, raises_refusal
from tests.organisation.ways import MEMBER, account, card, sign_in_by


def link(cast: Cast, whose: str = "lead_a1") -> Code:
    issue_password_link(by=cast.commander, account=account(whose), hash="h")
    return Code.objects.select_related("person__account").get(pk="h")


def test_it_is_set_and_every_sign_in_ends(cast: Cast) -> None:
    sign_in_by(cast, "lead_a1")
    for _ in range(5):
        take_try(by=house("door", "web"), what=[guarded("account", "lead_a1")])
    code = link(cast)
    set_password_by_link(by=cast.lead, code=code, password="hash")
    assert account("lead_a1").password == "hash"
    assert not SignIn.objects.filter(ended_at__isnull=True).exists()
    take_try(by=house("door", "web"), what=[guarded("account", "lead_a1")])


def test_it_rejects_a_second_use_and_a_late_one(cast: Cast) -> None:
    code = link(cast)
    with at(days=7, minutes=1), raises_refusal("code.expired"):
        set_password_by_link(by=cast.lead, code=code, password="hash")
    set_password_by_link(by=cast.lead, code=code, password="hash")
    with raises_refusal("code.used"):
        set_password_by_link(by=cast.lead, code=code, password="other")
    assert account("lead_a1").password == "hash"


def test_it_rejects_a_card_and_somebody_else(cast: Cast) -> None:
    other, code = card(cast), link(cast)
    with raises_refusal("code.unknown"):
        set_password_by_link(by=cast.actor(MEMBER), code=other, password="hash")
    with raises_refusal("rights.refused"):
        set_password_by_link(by=cast.commander, code=code, password="hash")


@pytest.mark.parametrize(
    ("password", "again", "code"),
    [
        ("short one", "short one", "password.weak"),
        ("123456789012", "123456789012", "password.weak"),
        ("passwordpassword", "passwordpasswor", "password.differ"),
        ("1qaz2wsx3edc", "1qaz2wsx3edc", "password.weak"),
        ("commander-1234", "commander-1234", "password.weak"),
    ],
)
def test_it_rejects_what_is_guessed_first(cast: Cast, password: str, again: str, code: str) -> None:
    with raises_refusal(code):
        accounts.chosen(password, again, account("commander"))


def test_it_is_kept_by_argon2(cast: Cast) -> None:
    kept = accounts.chosen("four words that differ", "four words that differ", account("commander"))
    assert kept.startswith("argon2$argon2id$")
