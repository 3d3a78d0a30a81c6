"""A lost factor is reset by an administrator or somebody above, never by oneself."""

from __future__ import annotations

import pytest

from muster.organisation.accounts import reset_factor
from muster.organisation.models import RecoveryCode, SignIn
from muster.vault.models import Particular
from tests.cast import Cast, raises_refusal
from tests.organisation.ways import account, give_factor


@pytest.mark.parametrize(
    ("by", "whose"),
    [("administrator", "commander"), ("commander", "second"), ("commander", "lead_a1"), ("lead_a", "lead_a1")],
)
def test_it_is_set_up_anew_after_the_next_password(cast: Cast, by: str, whose: str) -> None:
    give_factor(whose)
    reset_factor(by=cast.actor(by), account=account(whose))
    assert account(whose).factor_since is None
    assert not Particular.objects.filter(purpose="second_factor").exists()
    assert not RecoveryCode.objects.exists()
    assert not SignIn.objects.filter(ended_at__isnull=True).exists()


@pytest.mark.parametrize(
    ("by", "whose", "code"),
    [
        ("commander", "commander", "account.own"),
        ("commander", "administrator", "account.above"),
        ("lead_a", "commander", "account.above"),
        ("lead_a", "lead_b1", "account.above"),
        ("lead_a1", "lead_a2", "account.above"),
        ("clerk", "lead_a1", "rights.refused"),
        ("m_a1_1", "lead_a1", "rights.refused"),
    ],
)
def test_it_rejects_oneself_and_whoever_is_not_above(cast: Cast, by: str, whose: str, code: str) -> None:
    give_factor(whose)
    with raises_refusal(code):
        reset_factor(by=cast.actor(by), account=account(whose))
    assert account(whose).factor_since is not None
