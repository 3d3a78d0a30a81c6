"""Everybody who is in by an account is put out by whoever keeps it; the account goes on."""

from __future__ import annotations

import pytest

from muster.organisation.accounts import end_sign_ins
from muster.organisation.models import SignIn
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import MEMBER, account, sign_in_by


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander", "administrator"])
def test_all_end(cast: Cast, by: str) -> None:
    sign_in_by(cast, MEMBER), sign_in_by(cast, MEMBER, "pin")
    other = sign_in_by(cast, "m_a1_1")
    assert end_sign_ins(by=cast.actor(by), account=account()) == 2
    assert set(SignIn.objects.filter(ended_at=START).values_list("account__name", flat=True)) == {MEMBER}
    assert SignIn.objects.get(ended_at__isnull=True) == other
    assert account().is_active


def test_it_rejects_oneself_and_whoever_does_not_keep_it(cast: Cast) -> None:
    for by, whose, code in (
        ("lead_a1", "lead_a1", "account.own"),
        ("lead_a2", MEMBER, "account.above"),
        ("m_a1_1", MEMBER, "rights.refused"),
        ("clerk", MEMBER, "rights.refused"),
    ):
        with raises_refusal(code):
            end_sign_ins(by=cast.actor(by), account=account(whose))
