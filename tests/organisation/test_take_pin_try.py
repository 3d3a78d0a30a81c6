"""A PIN is counted before it is looked at; the fifth wrong one locks it, however many try at once."""

from __future__ import annotations

from muster.foundation.rights import house
from muster.organisation.devices import take_pin_try
from muster.organisation.models import Pin
from tests.cast import START, Cast, at, raises_refusal
from tests.organisation.ways import MEMBER, come_in, sign_in_by

DOOR = house("door", "web")


def test_the_fifth_locks_and_a_right_one_unlocks(cast: Cast) -> None:
    come_in(cast)
    person = cast.people[MEMBER]
    assert [take_pin_try(by=DOOR, person=person) for _ in range(4)] == [False] * 4
    sign_in_by(cast, MEMBER, "pin")
    assert Pin.objects.get().tries == 0
    assert [take_pin_try(by=DOOR, person=person) for _ in range(5)] == [False] * 4 + [True]
    assert Pin.objects.get().locked_at == START
    with raises_refusal("pin.locked"):
        take_pin_try(by=DOOR, person=person)
    with at(days=5), raises_refusal("pin.locked"):
        take_pin_try(by=DOOR, person=person)


def test_it_rejects_whoever_has_none_and_whoever_is_not_the_door(cast: Cast) -> None:
    with raises_refusal("pin.none"):
        take_pin_try(by=DOOR, person=cast.people[MEMBER])
    with raises_refusal("rights.refused"):
        take_pin_try(by=cast.commander, person=cast.people[MEMBER])
