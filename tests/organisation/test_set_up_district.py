"""Which unit is the district, in which zone, when its reporting day starts."""

from __future__ import annotations

from datetime import time

import pytest
from django.db import IntegrityError, transaction

from muster.foundation.rights import house
from muster.organisation.actions import set_up_district
from muster.organisation.models import District
from tests.cast import Cast, raises_refusal


def test_there_is_one_district(cast: Cast) -> None:
    assert District.objects.get().root == cast.root
    with pytest.raises(IntegrityError), transaction.atomic():
        set_up_district(by=house("x"), root=cast.town, zone="UTC", day_starts_at=time(0), language="en")
    assert District.objects.get().root == cast.root


@pytest.mark.parametrize("zone", ["Nowhere/Town", "", "../etc/passwd", "x" * 300])
def test_it_rejects_a_zone_that_there_is_not(cast: Cast, zone: str) -> None:
    with raises_refusal("district.zone"):
        set_up_district(by=house("x"), root=cast.root, zone=zone, day_starts_at=time(0), language="en")


def test_it_rejects_everybody_but_the_house_and_the_administrator(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        set_up_district(by=cast.commander, root=cast.root, zone="UTC", day_starts_at=time(0), language="en")


def test_it_rejects_too_long_a_legal_basis(cast: Cast) -> None:
    told = {"zone": "UTC", "day_starts_at": time(0), "language": "en"}
    with raises_refusal("purpose.basis"):
        set_up_district(by=house("x"), root=cast.root, **told, legal_basis="x" * 401)
