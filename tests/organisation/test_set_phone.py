"""A wrong number is replaced, or taken away."""

from __future__ import annotations

import pytest

from muster.foundation import clock, journal
from muster.organisation.lives import change_phone, set_phone
from muster.vault.matching import find
from muster.vault.models import Particular
from muster.vault.particulars import open_one
from muster.vault.purposes import CONTACT, PHONE
from tests.cast import Cast, raises_refusal
from tests.organisation.test_open_phone import phone_of, with_phones


def _number(cast: Cast) -> str | None:
    return open_one("person", cast.people["m_a1_1"].pk, CONTACT, clock.now())


def test_the_new_one_replaces_the_old_one(cast: Cast) -> None:
    with_phones(cast)
    set_phone(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"], phone="138 0000 0009")
    assert _number(cast) == "138 0000 0009"
    assert find(PHONE, phone_of("m_a1_1", cast), clock.now()) == []
    assert find(PHONE, "13800000009", clock.now()) == [cast.people["m_a1_1"].pk]


def test_a_wrong_one_is_taken_away(cast: Cast) -> None:
    with_phones(cast)
    set_phone(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"], phone=" ")
    assert _number(cast) is None


@pytest.mark.parametrize("phone", ["1234", "1" * 21, "none"])
def test_it_rejects_what_is_no_number(cast: Cast, phone: str) -> None:
    with raises_refusal("person.phone"):
        set_phone(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"], phone=phone)


@pytest.mark.parametrize("by", ["sibling", "outsider", "member", "administrator"])
def test_it_rejects_whoever_does_not_lead_there(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        set_phone(by=getattr(cast, by), unit=cast.village, person=cast.people["m_a1_1"], phone="13800000009")


def test_what_was_refused_is_not_done_by_a_restore(cast: Cast) -> None:
    with_phones(cast)
    person = cast.people["m_a1_1"]
    kept = Particular.objects.get(subject_id=person.pk)
    with raises_refusal("rights.refused"):
        change_phone(by=cast.sibling, unit=cast.village, person=person, phone="")
    with raises_refusal("appointment.none"):
        change_phone(by=cast.sibling, unit=cast.neighbour, person=person, phone="")
    assert kept.pk not in journal.read().get("particular", {})
    change_phone(by=cast.lead, unit=cast.village, person=person, phone="")
    assert kept.pk in journal.read()["particular"]
