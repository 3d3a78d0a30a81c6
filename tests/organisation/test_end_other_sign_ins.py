"""All others of one's own end, the one that asks stays."""

from __future__ import annotations

from muster.organisation.models import SignIn
from muster.organisation.sign_in import end_other_sign_ins
from tests.cast import Cast, raises_refusal
from tests.organisation.ways import MEMBER, account, sign_in_by


def test_the_one_that_asks_stays(cast: Cast) -> None:
    others, here, elses = (
        [sign_in_by(cast, MEMBER) for _ in range(2)],
        sign_in_by(cast, MEMBER),
        sign_in_by(cast, "m_a1_1"),
    )
    assert end_other_sign_ins(by=cast.actor(MEMBER), account=account(), but=here.pk) == len(others)
    held = SignIn.objects.filter(ended_at__isnull=True)
    assert set(held) == {here, elses}


def test_it_rejects_whoever_it_is_not_of(cast: Cast) -> None:
    for by in (cast.member, cast.commander):
        with raises_refusal("rights.refused"):
            end_other_sign_ins(by=by, account=account(), but=None)
