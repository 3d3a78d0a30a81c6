"""Somebody is registered twice: one goes on as the other, both ids stay, and each roll asks once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from muster.foundation import clock
from muster.foundation.rights import house
from muster.mobilisation.answers import report_in
from muster.mobilisation.kinds import REPORT_IN
from muster.organisation.actions import record_absence
from muster.organisation.lives import merge_people, retire
from muster.organisation.models import Absence, Account, Appointment, Grant, Person
from muster.organisation.people import leads_of
from muster.roll.following import expect_instead
from muster.vault.matching import find
from muster.vault.particulars import NewParticular, open_one
from muster.vault.purposes import CONTACT, IDENTITY, PHONE
from tests.cast import REASON, START, Cast, at, raises_refusal
from tests.organisation.test_open_phone import keep_phones, phone_of, with_phones


def merge(cast: Cast, by: str = "town_lead", other: str = "m_a1_1", into: str = "m_a2_1", **changes: Any) -> None:
    wanted = {"parent": cast.town, "person": cast.people[other], "into": cast.people[into]}
    merge_people(by=getattr(cast, by), **(wanted | changes))


def test_places_and_roles_go_over_and_the_way_in_is_closed(cast: Cast) -> None:
    with at(10):
        merge(cast)
        grants = cast.actor("m_a2_1").grants
        assert cast.actor("m_a1_1").grants == ()
    other, stays = (Person.objects.get(number=n) for n in ("m_a1_1", "m_a2_1"))
    assert (other.status, other.merged_into) == ("gone", stays)
    assert not Account.objects.get(person=other).is_active
    assert set(grants) == {("member", cast.village.path), ("member", cast.neighbour.path)}
    places = Appointment.objects.filter(person=stays, until__isnull=True).order_by("unit__order")
    assert [(p.unit.short_name, p.primary) for p in places] == [("A1", False), ("A2", True)]


def test_what_only_the_other_had_is_kept_of_the_one_that_stays(cast: Cast) -> None:
    with_phones(cast)
    other, stays = cast.people["m_a1_1"].pk, cast.people["m_a2_1"].pk
    until = START + timedelta(days=9)
    keep_phones(by=house("x"), rows=[NewParticular("person", other, IDENTITY, "110101199003070011", until)])
    merge(cast)
    now = clock.now()
    assert open_one("person", stays, IDENTITY, now) == "110101199003070011"
    assert open_one("person", stays, CONTACT, now) == phone_of("m_a2_1", cast)
    assert open_one("person", other, CONTACT, now) is None
    assert find(PHONE, phone_of("m_a1_1", cast), now) == []


def test_each_roll_asks_once(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    with at(5):
        report_in(by=cast.actor("m_a2_1"), unit=cast.neighbour, person=cast.people["m_a2_1"], order=order)
    before = cast.coverage(order, REPORT_IN)
    with at(10):
        merge(cast)
        parts: Any = {"parent": cast.town, "person": cast.people["m_a1_1"], "into": cast.people["m_a2_1"]}
        assert expect_instead(by=cast.town_lead, reason=REASON, **parts) == 1
    after = cast.coverage(order, REPORT_IN)
    assert (after.expected, after.answered) == (before.expected - 1, before.answered)


def test_a_chain_ends_at_the_last(cast: Cast) -> None:
    merge(cast, other="m_a1_1", into="m_a1_2")
    merge(cast, other="m_a1_2", into="m_a2_1")
    assert Person.objects.get(number="m_a1_1").merged_into == cast.people["m_a2_1"]


def test_it_rejects_oneself_a_circle_and_who_is_merged_or_erased(cast: Cast) -> None:
    with raises_refusal("person.same"):
        merge(cast, into="m_a1_1")
    merge(cast)
    with raises_refusal("person.merged"):
        merge(cast, other="m_a2_1", into="m_a1_1")
    with raises_refusal("person.merged"):
        merge(cast)
    Person.objects.filter(number="m_a3_1").update(status="erased")
    with raises_refusal("person.erased"):
        merge(cast, other="m_a1_2", into="m_a3_1")


def test_it_rejects_somebody_beyond_the_one_that_decides(cast: Cast) -> None:
    with raises_refusal("unit.not_under"):
        merge(cast, into="m_b1_1")


def test_the_last_commander_goes_on_commanding(cast: Cast) -> None:
    with at(10):
        merge(cast, by="commander", other="second", into="m_a1_1", parent=cast.root)
    with at(20):
        merge(cast, by="commander", other="commander", into="m_a2_1", parent=cast.root)
        assert ("commander", cast.root.path) in cast.actor("m_a2_1").grants


def test_the_last_administrator_goes_on_keeping_the_server(cast: Cast) -> None:
    with at(10):
        merge(cast, by="commander", other="administrator", into="m_a1_1", parent=cast.root)
    with at(20):
        assert ("administrator", cast.root.path) in cast.actor("m_a1_1").grants


@pytest.mark.parametrize("by", ["lead", "sibling", "outsider", "member", "administrator"])
def test_it_rejects_whoever_is_not_above_both(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        merge(cast, by=by)


def test_roles_given_by_hand_leads_and_absences_go_over(cast: Cast) -> None:
    account = Account.objects.get(name="lead_a1")
    Grant.objects.create(account=account, role="clerk", unit=cast.town, since=START)
    until = START + timedelta(days=3)
    record_absence(
        by=cast.town_lead, unit=cast.village, person=cast.people["lead_a1"], kind="ill", since=START, until=until
    )
    with at(10):
        merge(cast, by="commander", other="lead_a1", into="m_a1_1", parent=cast.root)
        grants = set(cast.actor("m_a1_1").grants)
    assert grants >= {("clerk", cast.town.path), ("lead", cast.village.path), ("member", cast.village.path)}
    assert leads_of([cast.village.pk])[cast.village.pk] == cast.people["m_a1_1"]
    assert Absence.objects.get().person == cast.people["m_a1_1"]


def test_it_rejects_to_go_on_as_somebody_who_has_left(cast: Cast) -> None:
    retire(by=cast.town_lead, unit=cast.neighbour, person=cast.people["m_a2_1"])
    with raises_refusal("person.gone"):
        merge(cast)
