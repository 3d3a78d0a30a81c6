"""A phone is forgotten at once, by its owner or by the lead, and what is signed in on it ends."""

from __future__ import annotations

import pytest

from muster.organisation.devices import known, revoke_device
from muster.organisation.models import Device, SignIn
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import MEMBER, come_in


def test_the_owner_forgets_their_own(cast: Cast) -> None:
    made = come_in(cast)
    device = Device.objects.select_related("person", "unit").get()
    revoke_device(by=cast.actor(MEMBER), unit=cast.village, device=device)
    assert Device.objects.get().revoked_at == START
    assert SignIn.objects.get(pk=made.pk).ended_at == START
    assert known(device.pk, MEMBER, START) is None


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander"])
def test_a_lead_forgets_that_of_a_member(cast: Cast, by: str) -> None:
    come_in(cast)
    device = Device.objects.select_related("person", "unit").get()
    assert known(device.pk, MEMBER, START) == device
    revoke_device(by=cast.actor(by), unit=cast.village, device=device)
    assert Device.objects.get().revoked_at == START


def test_it_rejects_whoever_leads_another_unit(cast: Cast) -> None:
    come_in(cast)
    device = Device.objects.select_related("person", "unit").get()
    for by in (cast.member, cast.clerk, cast.administrator, cast.sibling):
        with raises_refusal("rights.refused"):
            revoke_device(by=by, unit=cast.village, device=device)
    with raises_refusal("rights.refused"):
        revoke_device(by=cast.sibling, unit=cast.neighbour, device=device)
