"""People are registered, each with a place, an account and the grants that come with both."""

from __future__ import annotations

import pytest

from muster.foundation import clock
from muster.foundation.rights import house
from muster.organisation.actions import NewPerson, members_of, register_people, sizes_of
from muster.organisation.models import Account, Person
from muster.organisation.people import actor_of, leads_of, person_names, person_numbers
from tests.cast import LONG_AGO, START, Cast, raises_refusal


def register(cast: Cast, *rows: tuple[str, str, bool]) -> None:
    people = [NewPerson(number, f"Name of {number}", cast.units[code].pk, "", leads) for number, code, leads in rows]
    register_people(by=house("x"), people=people, since=START)


def test_an_account_and_grants_come_with_the_place(cast: Cast) -> None:
    register(cast, ("n1", "A1", False), ("n2", "A2", True))
    one, two = (actor_of(Account.objects.get(name=n), "web") for n in ("n1", "n2"))
    assert one.grants == (("member", cast.village.path),)
    assert set(two.grants) == {("member", cast.neighbour.path), ("lead", cast.neighbour.path)}
    assert one.person_id == Person.objects.get(number="n1").pk
    assert not Account.objects.get(name="n1").has_usable_password()


def test_grants_hold_from_their_moment_on(cast: Cast) -> None:
    register(cast, ("n1", "A1", True))
    account = Account.objects.get(name="n1")
    assert actor_of(account, "web", LONG_AGO).grants == ()
    assert len(actor_of(account, "web", clock.now()).grants) == 2


def test_they_are_counted_where_their_place_is(cast: Cast) -> None:
    register(cast, ("n1", "A1", False))
    new = Person.objects.get(number="n1").pk
    assert members_of([cast.village.pk])[cast.village.pk][-1] == new
    assert sizes_of([cast.village.pk, cast.town.pk]) == {cast.village.pk: 4, cast.town.pk: 1}
    assert person_names([new]) == {new: "Name of n1"}
    assert person_numbers([new]) == {new: "n1"}


def test_the_first_appointed_lead_is_called(cast: Cast) -> None:
    register(cast, ("n1", "A1", True))
    assert leads_of([cast.village.pk, cast.root.pk]) == {
        cast.village.pk: cast.people["lead_a1"],
        cast.root.pk: cast.people["commander"],
    }


def test_it_rejects_a_number_that_stands_twice_or_is_in_use(cast: Cast) -> None:
    before = Person.objects.count()
    for rows in ((("n1", "A1", False), ("n1", "A2", False)), (("m_a1_1", "A1", False),)):
        with raises_refusal("person.number"):
            register(cast, *rows)
    assert Person.objects.count() == before


@pytest.mark.parametrize("by", ["commander", "lead_a", "m_a1_1"])
def test_it_rejects_everybody_but_the_house_and_the_administrator(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        register_people(by=cast.actor(by), people=[], since=START)
