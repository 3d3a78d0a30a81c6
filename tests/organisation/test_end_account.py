"""An account that is ended lets nobody in, and nothing of before opens it again."""

from __future__ import annotations

import pytest

from muster.foundation.rights import house
from muster.organisation.accounts import end_account, issue_password_link
from muster.organisation.models import Account, Code, Device, Pin, SignIn
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import MEMBER, account, card, come_in, give_factor


def test_everything_that_opened_it_ends(cast: Cast) -> None:
    made, other = come_in(cast), card(cast, "m_a1_1")
    issue_password_link(by=cast.lead, account=account(), hash="h")
    end_account(by=cast.lead, account=account())
    assert account().disabled_at == START
    assert SignIn.objects.get(pk=made.pk).ended_at == START
    assert not Pin.objects.exists()
    assert not Device.objects.filter(revoked_at__isnull=True).exists()
    assert Code.objects.get(pk="h").revoked_at == START
    assert Code.objects.get(pk=other.pk).revoked_at is None


def test_a_factor_goes_with_it(cast: Cast) -> None:
    give_factor("second")
    Account.objects.filter(name="second").update(password="kept")
    end_account(by=cast.commander, account=account("second"))
    assert (account("second").password, account("second").factor_since) == ("!", None)


def test_the_last_commander_stays(cast: Cast) -> None:
    end_account(by=cast.administrator, account=account("commander"))
    with raises_refusal("grant.last"):
        end_account(by=cast.administrator, account=account("second"))
    with raises_refusal("account.ended"):
        end_account(by=cast.administrator, account=account("commander"))


def test_the_last_administrator_stays(cast: Cast) -> None:
    with raises_refusal("grant.last"):
        end_account(by=house("command"), account=account("administrator"))


@pytest.mark.parametrize(
    ("by", "whose", "code"),
    [
        ("lead_a1", "lead_a1", "account.own"),
        ("lead_a1", "m_a2_1", "account.above"),
        ("lead_a1", "lead_a", "account.above"),
        ("lead_h", "counsellor", "account.above"),
        ("m_a1_1", MEMBER, "rights.refused"),
        ("clerk", MEMBER, "rights.refused"),
    ],
)
def test_it_rejects_whoever_may_not(cast: Cast, by: str, whose: str, code: str) -> None:
    with raises_refusal(code):
        end_account(by=cast.actor(by), account=account(whose))
