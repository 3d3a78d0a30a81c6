"""Another password ends every sign-in but the one that asks."""

from __future__ import annotations

from muster.organisation.accounts import change_password
from muster.organisation.models import SignIn
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import account, sign_in_by


def test_the_others_end(cast: Cast) -> None:
    other, here = sign_in_by(cast, "commander"), sign_in_by(cast, "commander")
    change_password(by=cast.commander, account=account("commander"), password="hash", but=here.pk)
    assert account("commander").password == "hash"
    assert SignIn.objects.get(pk=other.pk).ended_at == START
    assert SignIn.objects.get(pk=here.pk).ended_at is None


def test_it_rejects_whoever_it_is_not_of(cast: Cast) -> None:
    for by in (cast.second, cast.administrator):
        with raises_refusal("rights.refused"):
            change_password(by=by, account=account("commander"), password="hash", but=None)
