"""Everybody ends their own sign-ins, and nobody else does."""

from __future__ import annotations

from muster.organisation.models import SignIn
from muster.organisation.sign_in import end_sign_in
from tests.cast import START, Cast, at, raises_refusal
from tests.organisation.ways import MEMBER, sign_in_by


def test_it_ends_once(cast: Cast) -> None:
    made = sign_in_by(cast, MEMBER)
    end_sign_in(by=cast.actor(MEMBER), sign_in=made)
    with at(5):
        end_sign_in(by=cast.actor(MEMBER), sign_in=made)
    assert SignIn.objects.get().ended_at == START


def test_it_rejects_whoever_it_is_not_of(cast: Cast) -> None:
    made = sign_in_by(cast, MEMBER)
    for by in (cast.member, cast.lead, cast.commander, cast.administrator):
        with raises_refusal("rights.refused"):
            end_sign_in(by=by, sign_in=made)
