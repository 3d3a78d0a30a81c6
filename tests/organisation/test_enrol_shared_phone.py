"""A phone that shows the code becomes the shared phone of the unit, once."""

from __future__ import annotations

from muster.foundation.rights import house
from muster.organisation.devices import REMEMBERED, NewDevice, offer_shared_phone
from muster.organisation.models import Code, Device
from muster.organisation.shared_phones import enrol_shared_phone
from tests.cast import START, Cast, at, raises_refusal
from tests.organisation.ways import card

DOOR = house("door", "web")


def offered(cast: Cast) -> Code:
    offer_shared_phone(by=cast.lead, unit=cast.village, hash="h")
    return Code.objects.select_related("unit").get(pk="h")


def test_it_is_the_units(cast: Cast) -> None:
    made = enrol_shared_phone(by=DOOR, code=offered(cast), device=NewDevice("Phone", "s"))
    assert (made.unit, made.person, made.remembered_until) == (cast.village, None, START + REMEMBERED)


def test_it_rejects_a_second_phone_and_a_late_one(cast: Cast) -> None:
    code = offered(cast)
    with at(minutes=61), raises_refusal("code.expired"):
        enrol_shared_phone(by=DOOR, code=code, device=NewDevice("Phone", "s"))
    enrol_shared_phone(by=DOOR, code=code, device=NewDevice("Phone", "s"))
    with raises_refusal("code.used"):
        enrol_shared_phone(by=DOOR, code=code, device=NewDevice("Phone", "t"))


def test_it_rejects_a_card_and_whoever_is_not_the_door(cast: Cast) -> None:
    other, code = card(cast), offered(cast)
    with raises_refusal("code.unknown"):
        enrol_shared_phone(by=DOOR, code=other, device=NewDevice("Phone", "s"))
    with raises_refusal("rights.refused"):
        enrol_shared_phone(by=cast.lead, code=code, device=NewDevice("Phone", "s"))
    assert not Device.objects.exists()
