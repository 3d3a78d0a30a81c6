"""An account that was ended is let in again, by a new card or link."""

from __future__ import annotations

from muster.organisation.accounts import end_account, open_account
from muster.organisation.models import SignIn
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import account, card, come_in


def test_it_is_open_and_nothing_of_before_opens_it(cast: Cast) -> None:
    old = come_in(cast)
    end_account(by=cast.lead, account=account())
    open_account(by=cast.town_lead, account=account())
    assert account().disabled_at is None
    assert SignIn.objects.get(pk=old.pk).ended_at == START
    assert card(cast)


def test_it_rejects_an_open_one_and_whoever_may_not(cast: Cast) -> None:
    with raises_refusal("account.open"):
        open_account(by=cast.lead, account=account())
    end_account(by=cast.lead, account=account())
    for by, code in ((cast.sibling, "account.above"), (cast.member, "rights.refused"), (cast.clerk, "rights.refused")):
        with raises_refusal(code):
            open_account(by=by, account=account())
