"""Two who leave at the same time, or take each other's role away: somebody stays who commands, who keeps the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from muster.foundation.errors import Refusal
from muster.organisation.granting import end_grant
from muster.organisation.lives import retire
from muster.organisation.models import Account, Grant, Unit
from tests.cast import LONG_AGO, Cast, playing
from tests.mobilisation.test_two_at_once import together


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    """The cast, committed: others see it."""
    with playing() as made:
        yield made


def test_one_of_them_stays(cast: Cast) -> None:
    held = {
        n: Grant.objects.select_related("unit").get(account__name=n, role="commander") for n in ("commander", "second")
    }
    one, other = cast.commander, cast.actor("second")
    first, second = together(
        lambda: end_grant(by=one, grant=held["second"]), lambda: end_grant(by=other, grant=held["commander"])
    )
    assert first is None
    assert isinstance(second, Refusal)
    assert second.code == "grant.last"
    assert Grant.objects.get(pk=held["commander"].pk).until is None


def test_of_two_administrators_who_are_let_go_at_once_one_stays(cast: Cast) -> None:
    account = Account.objects.get(name="m_b1_1")
    Grant.objects.create(account=account, role="administrator", unit=cast.root, since=LONG_AGO)
    one, other, there = cast.commander, cast.second, Unit.objects.get(pk=cast.units["B1"].pk)
    first, second = together(
        lambda: retire(by=one, unit=cast.root, person=cast.people["administrator"]),
        lambda: retire(by=other, unit=there, person=cast.people["m_b1_1"]),
    )
    assert [type(one) for one in (first, second)].count(Refusal) == 1
    assert Grant.objects.filter(role="administrator", until__isnull=True).count() == 1
