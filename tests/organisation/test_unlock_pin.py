"""The lead lets somebody try their PIN again."""

from __future__ import annotations

import pytest

from muster.foundation.rights import house
from muster.organisation.devices import take_pin_try, tell_pin_locked, unlock_pin
from muster.organisation.models import Pin, WayInNotice
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import MEMBER, come_in


def lock(cast: Cast) -> None:
    come_in(cast)
    for _ in range(5):
        take_pin_try(by=house("door", "web"), person=cast.people[MEMBER])
    tell_pin_locked(by=house("door", "web"), person=cast.people[MEMBER])


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander"])
def test_it_may_be_tried_again(cast: Cast, by: str) -> None:
    lock(cast)
    unlock_pin(by=cast.actor(by), unit=cast.village, person=cast.people[MEMBER])
    assert (Pin.objects.get().tries, Pin.objects.get().locked_at) == (0, None)
    assert WayInNotice.objects.get().seen_at == START


def test_it_rejects_others_and_somebody_of_elsewhere(cast: Cast) -> None:
    lock(cast)
    for by in (cast.sibling, cast.member, cast.clerk, cast.actor(MEMBER)):
        with raises_refusal("rights.refused"):
            unlock_pin(by=by, unit=cast.village, person=cast.people[MEMBER])
    with raises_refusal("person.unknown"):
        unlock_pin(by=cast.sibling, unit=cast.neighbour, person=cast.people[MEMBER])
