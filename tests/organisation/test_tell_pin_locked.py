"""The lead is told that a PIN has locked itself, once."""

from __future__ import annotations

from muster.foundation.rights import house
from muster.organisation.devices import take_pin_try, tell_pin_locked
from muster.organisation.models import WayInNotice
from tests.cast import Cast, raises_refusal
from tests.organisation.ways import MEMBER, come_in

DOOR = house("door", "web")


def test_the_lead_of_the_home_unit_is_told_once(cast: Cast) -> None:
    come_in(cast)
    person = cast.people[MEMBER]
    tell_pin_locked(by=DOOR, person=person)
    assert not WayInNotice.objects.exists(), "it is not locked"
    for _ in range(5):
        take_pin_try(by=DOOR, person=person)
    tell_pin_locked(by=DOOR, person=person)
    tell_pin_locked(by=DOOR, person=person)
    notice = WayInNotice.objects.get()
    assert (notice.kind, notice.unit) == ("pin_locked", cast.village)


def test_it_rejects_whoever_is_not_the_door(cast: Cast) -> None:
    for by in (cast.lead, cast.member):
        with raises_refusal("rights.refused"):
            tell_pin_locked(by=by, person=cast.people[MEMBER])
