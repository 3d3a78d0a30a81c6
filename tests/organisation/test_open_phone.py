"""The full number of somebody, to call them now: a line in the log each time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from muster.foundation.action import action
from muster.foundation.models import AuditLine
from muster.foundation.rights import Actor, house
from muster.organisation.models import Person
from muster.organisation.readings import open_phone
from muster.roll.readings import masked_phones
from muster.vault.models import Reading
from muster.vault.particulars import NewParticular, keep
from muster.vault.purposes import CONTACT
from tests.access.matrix import client_of
from tests.cast import START, Cast, at, raises_refusal
from tests.sheets.books import HEADS, applied, csv_of, phone


@action("test.keep_phones", roles=("house",))
def keep_phones(*, by: Actor, rows: list[NewParticular]) -> None:
    """Keep numbers in the vault."""
    keep(rows)


def with_phones(cast: Cast) -> None:
    """Everybody's number is 139 and their place in the alphabet; it is kept for 30 days."""
    numbers = {name: f"139{place:08d}" for place, name in enumerate(sorted(cast.people))}
    until = START + timedelta(days=30)
    rows = [NewParticular("person", cast.people[n].pk, CONTACT, phone, until) for n, phone in numbers.items()]
    keep_phones(by=house("x"), rows=rows)


def phone_of(number: str, cast: Cast) -> str:
    return f"139{sorted(cast.people).index(number):08d}"


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander", "clerk"])
def test_the_lead_or_somebody_above_opens_it(cast: Cast, by: str) -> None:
    with_phones(cast)
    person = cast.people["m_a1_1"].pk
    assert open_phone(by=cast.actor(by), unit=cast.village, person=person) == phone_of("m_a1_1", cast)
    line = AuditLine.objects.latest("id")
    assert (line.verb, line.actor, line.unit_path) == ("organisation.open_phone", by, cast.village.path)
    assert str(person) in line.ids


def test_the_line_holds_no_number(cast: Cast) -> None:
    with_phones(cast)
    open_phone(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"].pk)
    assert not [line for line in AuditLine.objects.values() if phone_of("m_a1_1", cast) in str(line)]


@pytest.mark.parametrize("by", ["m_a1_1", "lead_a2", "lead_b", "inspector", "administrator"])
def test_it_rejects_a_member_a_sibling_and_an_outsider(cast: Cast, by: str) -> None:
    with_phones(cast)
    with raises_refusal("rights.refused"):
        open_phone(by=cast.actor(by), unit=cast.village, person=cast.people["m_a1_1"].pk)


def test_it_rejects_somebody_of_another_unit(cast: Cast) -> None:
    with_phones(cast)
    with raises_refusal("phone.none"):
        open_phone(by=cast.lead, unit=cast.village, person=cast.people["m_a2_1"].pk)


def test_it_rejects_a_number_that_is_not_kept_or_not_any_more(cast: Cast) -> None:
    with raises_refusal("phone.none"):
        open_phone(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"].pk)
    with_phones(cast)
    with at(days=31), raises_refusal("phone.none"):
        open_phone(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"].pk)


def test_a_screen_shows_the_middle_hidden_and_only_in_ones_own_scope(cast: Cast) -> None:
    with_phones(cast)
    leads = [(unit.path, cast.people[n].pk) for unit, n in ((cast.village, "lead_a1"), (cast.units["B1"], "lead_b1"))]
    shown = masked_phones(cast.town_lead, leads, START)
    assert list(shown) == [cast.people["lead_a1"].pk]
    assert shown[cast.people["lead_a1"].pk].startswith("139****")
    assert masked_phones(cast.member, leads, START) == {}


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
