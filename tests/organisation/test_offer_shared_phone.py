"""A lead makes the code that makes a phone the shared one of a unit; the one before is dead."""

from __future__ import annotations

from muster.organisation.devices import SHARED_CODE_VALID, offer_shared_phone
from muster.organisation.models import Code
from tests.cast import START, Cast, raises_refusal


def test_one_code_of_a_unit_is_alive(cast: Cast) -> None:
    offer_shared_phone(by=cast.lead, unit=cast.village, hash="first")
    offer_shared_phone(by=cast.town_lead, unit=cast.village, hash="second")
    assert Code.objects.get(pk="first").revoked_at == START
    second = Code.objects.get(pk="second")
    assert (second.person, second.unit, second.revoked_at) == (None, cast.village, None)
    assert second.expires_at - second.made_at == SHARED_CODE_VALID


def test_it_rejects_whoever_does_not_lead_the_unit(cast: Cast) -> None:
    for by in (cast.sibling, cast.outsider, cast.member, cast.clerk, cast.administrator):
        with raises_refusal("rights.refused"):
            offer_shared_phone(by=by, unit=cast.village, hash="h")
