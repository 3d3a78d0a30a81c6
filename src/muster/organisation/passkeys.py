"""Passkeys: added and removed by their owner. What a browser sends is checked by py_webauthn, on the page's side."""

from __future__ import annotations

from dataclasses import dataclass

from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, text
from muster.foundation.rights import HOUSE, Actor
from muster.organisation.models import Account, Passkey

MOST = 10


@dataclass(frozen=True)
class NewPasskey:
    """A passkey that a browser made and that was checked. name: the browser and system that made it."""

    credential_id: str
    public_key: bytes
    sign_count: int
    name: str


@action("organisation.add_passkey", roles=(HOUSE,), self_of="account.person")
def add_passkey(*, by: Actor, account: Account, made: NewPasskey) -> Passkey:
    """Let a passkey open one's account. An authenticator is set up first, so that a lost passkey shuts nobody out.

    Raises: Refusal `factor.none`, `passkey.twice`, `passkey.too_many`.
    """
    row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    at = locked()
    if row.factor_since is None:
        raise Refusal("factor.none", text("No second factor is set up."), text("Set it up first."))
    if Passkey.objects.filter(credential_id=made.credential_id).exists():
        raise Refusal("passkey.twice", text("This passkey is known already."))
    if row.passkeys.count() >= MOST:
        raise Refusal("passkey.too_many", text("You have ten passkeys."), text("Remove one first."))
    current_line().note(row.pk)
    return Passkey.objects.create(
        account=row,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=made.name[:40],
        made_at=at,
    )


@action("organisation.remove_passkey", roles=(HOUSE,), self_of="passkey.account.person")
def remove_passkey(*, by: Actor, passkey: Passkey) -> None:
    """A passkey of one's own opens nothing any more; removed again, nothing happens."""
    current_line().note(passkey.account_id)
    Passkey.objects.filter(pk=passkey.pk).delete()
