"""Sign-ins go from the record ninety days after they were last seen."""

from __future__ import annotations

from muster.foundation.models import AuditLine
from muster.organisation.models import SignIn
from muster.organisation.sign_in import forget_old, forget_sign_ins
from tests.cast import Cast, at, raises_refusal
from tests.organisation.ways import sign_in_by


def test_they_go_after_ninety_days_and_not_before(cast: Cast) -> None:
    sign_in_by(cast, "lead_a1")
    with at(hours=24):
        kept = sign_in_by(cast, "lead_a2")
    lines = AuditLine.objects.count()
    with at(hours=24 * 89):
        assert (forget_old(), AuditLine.objects.count()) == (0, lines)
    with at(hours=24 * 90):
        assert forget_old() == 1
        assert AuditLine.objects.latest("id").verb == "organisation.forget_sign_ins"
    assert list(SignIn.objects.all()) == [kept]


def test_it_rejects_everybody_but_the_house(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        forget_sign_ins(by=cast.commander)
