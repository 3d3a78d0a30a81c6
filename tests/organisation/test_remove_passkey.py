"""A passkey of one's own opens nothing any more."""

from __future__ import annotations

from muster.organisation.models import Passkey
from muster.organisation.passkeys import NewPasskey, add_passkey, remove_passkey
from tests.cast import Cast, raises_refusal
from tests.organisation.ways import account, give_factor


def test_it_is_gone(cast: Cast) -> None:
    give_factor("commander")
    made = add_passkey(by=cast.commander, account=account("commander"), made=NewPasskey("id", b"key", 0, "Phone"))
    with raises_refusal("rights.refused"):
        remove_passkey(by=cast.second, passkey=made)
    remove_passkey(by=cast.commander, passkey=made)
    assert not Passkey.objects.exists()


def test_it_rejects_whoever_it_is_not_of(cast: Cast) -> None:
    give_factor("commander")
    made = add_passkey(by=cast.commander, account=account("commander"), made=NewPasskey("id", b"key", 0, "Phone"))
    for by in (cast.second, cast.administrator, cast.lead):
        with raises_refusal("rights.refused"):
            remove_passkey(by=by, passkey=made)
    assert Passkey.objects.exists()
