"""The full number of somebody of a unit: a line in the log and a reading; masked everywhere else."""

from __future__ import annotations

import pytest

from muster.organisation.models import Person
from muster.organisation.readings import open_number
from muster.vault.models import Reading
from tests.access.matrix import client_of
from tests.cast import Cast, raises_refusal
from tests.sheets.books import HEADS, applied, csv_of, phone

BOOK = csv_of([HEADS, ("赵一", "A1", "", "", "", "", phone(1), "")])


def test_the_page_hides_its_middle_until_it_is_asked_for(cast: Cast) -> None:
    applied(cast.commander, BOOK)
    person = Person.objects.get(name="赵一")
    browser = client_of("lead_a1")
    page = f"/office/people/{person.pk}/"
    assert phone(1) not in browser.get(page).content.decode()
    assert "139****0001" in browser.get("/office/people/").content.decode()
    assert phone(1) in browser.post(page).content.decode()
    assert Reading.objects.filter(subject_id=person.pk).count() == 1
    assert client_of("lead_a2").get(page).status_code == 404


@pytest.mark.parametrize("by", ["lead_a2", "m_a1_1", "administrator"])
def test_it_rejects_whoever_may_not_call_them(cast: Cast, by: str) -> None:
    applied(cast.commander, BOOK)
    person = Person.objects.get(name="赵一")
    with raises_refusal("rights.refused"):
        open_number(by=cast.actor(by), unit=cast.village, person=person.pk)


def test_it_rejects_a_number_that_is_not_kept(cast: Cast) -> None:
    with raises_refusal("phone.none"):
        open_number(by=cast.commander, unit=cast.village, person=cast.people["m_a1_1"].pk)
