"""Counts of tries of which nothing was heard for a day go, with what hides an address."""

from __future__ import annotations

from muster.foundation.models import AuditLine
from muster.foundation.rights import house
from muster.organisation.guessing import forget_old, forget_tries, guarded, take_try
from muster.organisation.models import LockOut
from tests.cast import Cast, at, raises_refusal


def test_they_go_after_a_day_and_not_before(cast: Cast) -> None:
    by = house("door", "web")
    take_try(by=by, what=[guarded(LockOut.Kind.ADDRESS, "192.0.2.1")])
    with at(hours=12):
        take_try(by=by, what=[guarded(LockOut.Kind.ADDRESS, "192.0.2.2")])
    lines = AuditLine.objects.count()
    with at(hours=23):
        assert (forget_old(), AuditLine.objects.count()) == (0, lines)
    with at(hours=25):
        assert forget_old() == 1
        assert (LockOut.objects.count(), AuditLine.objects.latest("id").ids) == (1, '["count:1"]')


def test_it_rejects_everybody_but_the_house(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        forget_tries(by=cast.commander)
