"""A passkey is added by its owner, beside an authenticator."""

from __future__ import annotations

from dataclasses import replace

from muster.organisation.passkeys import MOST, NewPasskey, add_passkey
from muster.organisation.sign_in import Entering, sign_in
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import account, give_factor

NEW = NewPasskey("id", b"key", 0, "Phone")


def test_it_opens_the_account(cast: Cast) -> None:
    give_factor("commander")
    made = add_passkey(by=cast.commander, account=account("commander"), made=NEW)
    assert (made.account.name, made.name, made.last_used_at) == ("commander", "Phone", None)
    entering = Entering("passkey", "Desk", passkey=(made.pk, 7))
    signed = sign_in(by=cast.commander, account=account("commander"), entering=entering)
    made.refresh_from_db()
    assert (signed.second_factor, made.sign_count, made.last_used_at) == (True, 7, START)


def test_it_rejects_one_without_an_authenticator_one_twice_and_too_many(cast: Cast) -> None:
    with raises_refusal("factor.none"):
        add_passkey(by=cast.commander, account=account("commander"), made=NEW)
    give_factor("commander")
    add_passkey(by=cast.commander, account=account("commander"), made=NEW)
    with raises_refusal("passkey.twice"):
        add_passkey(by=cast.commander, account=account("commander"), made=NEW)
    for n in range(MOST - 1):
        add_passkey(by=cast.commander, account=account("commander"), made=replace(NEW, credential_id=f"{n}"))
    with raises_refusal("passkey.too_many"):
        add_passkey(by=cast.commander, account=account("commander"), made=replace(NEW, credential_id="more"))


def test_it_rejects_whoever_it_is_not_of(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        add_passkey(by=cast.second, account=account("commander"), made=NEW)
