"""Two who take each other's role away at the same time do not leave the district without a commander."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from muster.foundation.errors import Refusal
from muster.organisation.granting import end_grant
from muster.organisation.models import Grant
from tests.cast import Cast, playing
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
