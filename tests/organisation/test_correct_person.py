"""A name is put right."""

from __future__ import annotations

import pytest

from muster.organisation.lives import correct_person
from muster.organisation.models import Appointment, Person
from tests.cast import Cast, raises_refusal


def test_name_pinyin_and_position(cast: Cast) -> None:
    person = cast.people["m_a1_1"]
    correct_person(by=cast.lead, unit=cast.village, person=person, name="  \u5f20  \u4e09 ", title="Cook")
    row = Person.objects.get(pk=person.pk)
    assert (row.name, row.pinyin) == ("\u5f20 \u4e09", "zhangsan zs")
    assert Appointment.objects.get(person=person).title == "Cook"


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_it_rejects_no_name_and_too_long_a_one(cast: Cast, name: str) -> None:
    with raises_refusal("person.name"):
        correct_person(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"], name=name)


@pytest.mark.parametrize("by", ["sibling", "outsider", "member", "inspector"])
def test_it_rejects_whoever_does_not_lead_there(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        correct_person(by=getattr(cast, by), unit=cast.village, person=cast.people["m_a1_1"], name="Other")
