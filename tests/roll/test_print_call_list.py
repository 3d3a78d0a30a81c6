"""A call list on paper: the full numbers of those who lead the units."""

from __future__ import annotations

import hashlib

import pytest

from muster.foundation.models import AuditLine
from muster.roll.readings import print_call_list
from tests.cast import Cast, raises_refusal
from tests.organisation.test_open_phone import phone_of, with_phones


def printed(cast: Cast, by: str, *numbers: str) -> dict[str, str]:
    units = {cast.units[n.removeprefix("lead_").upper()].pk for n in numbers}
    people = [cast.people[n].pk for n in numbers]
    roll = cast.roll(cast.order())
    found = print_call_list(by=cast.actor(by), roll=roll, units=units, people=people)
    names = {person.pk: number for number, person in cast.people.items()}
    return {names[pk]: phone for pk, phone in found.items()}


@pytest.mark.parametrize("by", ["lead_a", "commander", "clerk"])
def test_who_leads_the_units_is_on_it(cast: Cast, by: str) -> None:
    with_phones(cast)
    assert printed(cast, by, "lead_a1", "lead_a2") == {n: phone_of(n, cast) for n in ("lead_a1", "lead_a2")}
    line = AuditLine.objects.latest("id")
    assert line.verb == "roll.print_call_list"
    assert str(cast.village.pk) in line.ids
    read = sorted(cast.people[n].pk.hex for n in ("lead_a1", "lead_a2"))
    assert "count:2" in line.ids
    assert f"sha256:{hashlib.sha256(''.join(read).encode()).hexdigest()}" in line.ids


@pytest.mark.parametrize("by", ["lead_a1", "lead_b"])
def test_it_rejects_units_that_are_not_ones_own(cast: Cast, by: str) -> None:
    with_phones(cast)
    roll = cast.roll(cast.order())
    with raises_refusal("rights.refused"):
        print_call_list(
            by=cast.actor(by), roll=roll, units=[cast.village.pk, cast.neighbour.pk], people=[cast.people["lead_a1"].pk]
        )


def test_somebody_of_another_unit_is_left_out(cast: Cast) -> None:
    with_phones(cast)
    roll = cast.roll(cast.order())
    people = [cast.people[n].pk for n in ("lead_a1", "lead_b1")]
    found = print_call_list(by=cast.town_lead, roll=roll, units=[cast.village.pk], people=people)
    assert list(found) == [cast.people["lead_a1"].pk]


def test_it_rejects_a_member(cast: Cast) -> None:
    roll = cast.roll(cast.order())
    with raises_refusal("rights.refused"):
        print_call_list(by=cast.member, roll=roll, units=[cast.village.pk], people=[])
