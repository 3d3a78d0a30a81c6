"""Somebody goes to another unit: one place ends as the other begins, with the roles that come with both."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from muster.mobilisation.kinds import REPORT_IN
from muster.organisation.actions import appoint, record_absence
from muster.organisation.granting import stand_in
from muster.organisation.lives import transfer
from muster.organisation.models import Account, Appointment, Grant, Unit
from tests.cast import START, Cast, at, raises_refusal


def move(cast: Cast, by: str = "town_lead", **changes: Any) -> Appointment:
    wanted = {"parent": cast.town, "person": cast.people["m_a1_1"], "into": cast.neighbour, "title": "Driver"}
    return transfer(by=getattr(cast, by), **(wanted | changes))


def test_one_place_ends_as_the_other_begins(cast: Cast) -> None:
    with at(10):
        move(cast)
    places = Appointment.objects.filter(person=cast.people["m_a1_1"]).order_by("since")
    assert [(p.unit.short_name, p.until is None, p.primary, p.title) for p in places] == [
        ("A1", False, True, ""),
        ("A2", True, True, "Driver"),
    ]
    assert places[0].until == places[1].since


def test_the_roles_of_the_place_go_with_it_and_others_stay(cast: Cast) -> None:
    person = cast.people["lead_a1"]
    account = Grant.objects.filter(account__person=person)[0].account
    Grant.objects.create(account=account, role="clerk", unit=cast.root, since=START)
    with at(10):
        move(cast, person=person)
        assert sorted(cast.actor("lead_a1").grants) == [("clerk", cast.root.path), ("member", cast.neighbour.path)]


def test_as_the_lead_there(cast: Cast) -> None:
    with at(10):
        move(cast, leads=True)
        assert ("lead", cast.neighbour.path) in cast.actor("m_a1_1").grants


def test_open_entries_stay_with_the_old_unit(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    with at(10):
        move(cast)
    assert cast.entry(order, "m_a1_1", REPORT_IN).unit == cast.village


def test_a_second_place_there_becomes_the_primary_one(cast: Cast) -> None:
    person = cast.people["m_a1_1"]
    appoint(by=cast.town_lead, person=person, unit=cast.neighbour, title="Cook", leads=False, since=START)
    with at(10):
        move(cast)
    row = Appointment.objects.get(person=person, until__isnull=True)
    assert (row.unit, row.primary, row.title) == (cast.neighbour, True, "Driver")


def test_it_rejects_a_closed_unit_the_same_one_and_somebody_without_a_place(cast: Cast) -> None:
    with raises_refusal("unit.same"):
        move(cast, into=cast.village)
    Unit.objects.filter(pk=cast.neighbour.pk).update(closed_at=START)
    with raises_refusal("unit.closed"):
        move(cast)
    Appointment.objects.filter(person=cast.people["m_a1_1"]).update(until=START)
    with raises_refusal("appointment.none"):
        move(cast)


def test_it_rejects_a_unit_beyond_the_one_that_decides(cast: Cast) -> None:
    with raises_refusal("unit.not_under"):
        move(cast, into=cast.units["B1"])
    with raises_refusal("unit.not_under"):
        move(cast, person=cast.people["m_b1_1"])
    assert move(cast, by="commander", parent=cast.root, into=cast.units["B1"]).unit == cast.units["B1"]


@pytest.mark.parametrize("by", ["lead", "sibling", "outsider", "member", "administrator"])
def test_it_rejects_whoever_is_not_above_both(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        move(cast, by=by)


def test_whoever_stood_in_at_the_old_unit_does_no_longer(cast: Cast) -> None:
    person, until = cast.people["lead_a1"], START + timedelta(days=9)
    record_absence(by=cast.town_lead, unit=cast.village, person=person, kind="ill", since=START, until=until)
    with at(1):
        stand_in(by=cast.town_lead, unit=cast.village, person=person, account=Account.objects.get(name="m_a1_1"))
        assert ("lead", cast.village.path) in cast.actor("m_a1_1").grants
    with at(10):
        move(cast, person=person)
        assert ("lead", cast.village.path) not in cast.actor("m_a1_1").grants


def test_what_is_said_of_a_second_place_that_becomes_primary_holds(cast: Cast) -> None:
    person = cast.people["m_a1_1"]
    appoint(by=cast.town_lead, person=person, unit=cast.neighbour, title="Cook", leads=False, since=START)
    with at(10):
        move(cast, leads=True)
    row = Appointment.objects.get(person=person, until__isnull=True)
    assert (row.title, row.leads) == ("Driver", True)
