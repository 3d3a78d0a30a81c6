"""Somebody leaves for good: places, roles, standing in and the way in end; what they were asked stays, by name."""

from __future__ import annotations

from datetime import datetime

import pytest

from muster.mobilisation.kinds import REPORT_IN
from muster.organisation.accounts import end_account
from muster.organisation.actions import record_absence
from muster.organisation.granting import end_grant, stand_in
from muster.organisation.lives import retire, return_to_duty
from muster.organisation.models import Account, Appointment, Grant, Person, SignIn
from tests.cast import DUE, LONG_AGO, START, Cast, at, raises_refusal
from tests.organisation.ways import give_factor, sign_in_by


def test_everything_ends(cast: Cast) -> None:
    person = cast.people["m_a1_1"]
    retire(by=cast.lead, unit=cast.village, person=person)
    assert Person.objects.get(pk=person.pk).status == "gone"
    assert not Appointment.objects.filter(person=person, until__isnull=True).exists()
    assert cast.actor("m_a1_1").grants == ()
    assert not Account.objects.get(person=person).is_active


def test_whoever_stood_in_for_them_does_no_longer(cast: Cast) -> None:
    lead = cast.people["lead_a1"]
    record_absence(by=cast.town_lead, unit=cast.village, person=lead, kind="ill", since=START, until=DUE)
    account = Account.objects.get(name="m_a1_1")
    with at(1):
        stand_in(by=cast.town_lead, unit=cast.village, person=lead, account=account)
        retire(by=cast.town_lead, unit=cast.village, person=lead)
        assert cast.actor("m_a1_1").grants == (("member", cast.village.path),)


def test_what_they_were_asked_stays_outstanding_by_name(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    retire(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"])
    entry = cast.entry(order, "m_a1_1", REPORT_IN)
    assert (entry.unit, entry.state) == (cast.village, "outstanding")


def test_it_rejects_the_last_commander(cast: Cast) -> None:
    end_grant(by=cast.commander, grant=Grant.objects.get(account__name="second", role="commander"))
    with raises_refusal("grant.last"):
        retire(by=cast.commander, unit=cast.root, person=cast.people["commander"])
    assert Person.objects.get(number="commander").status == "active"


def test_it_rejects_somebody_of_another_unit_and_twice(cast: Cast) -> None:
    with raises_refusal("appointment.none"):
        retire(by=cast.lead, unit=cast.village, person=cast.people["m_a2_1"])
    retire(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"])
    with raises_refusal("appointment.none"):
        retire(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"])


@pytest.mark.parametrize("by", ["sibling", "outsider", "member", "inspector", "administrator"])
def test_it_rejects_whoever_does_not_lead_there(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        retire(by=getattr(cast, by), unit=cast.village, person=cast.people["m_a1_1"])


def test_no_way_in_is_left_and_coming_back_opens_none(cast: Cast) -> None:
    give_factor("lead_a1")
    entered = sign_in_by(cast, "lead_a1")
    with at(10):
        retire(by=cast.town_lead, unit=cast.village, person=cast.people["lead_a1"])
        return_to_duty(by=cast.town_lead, unit=cast.village, person=cast.people["lead_a1"], leads=True)
    account = Account.objects.get(name="lead_a1")
    assert (account.password, account.factor_since) == ("!", None)
    assert SignIn.objects.get(pk=entered.pk).ended_at is not None


def test_it_rejects_whoever_could_not_give_what_they_hold(cast: Cast) -> None:
    """A village's lead ends no role of the district that somebody of the village holds."""
    clerk = Account.objects.get(name="m_a1_1")
    Grant.objects.create(account=clerk, role="clerk", unit=cast.root, since=START)
    with raises_refusal("rights.refused"):
        retire(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"])
    retire(by=cast.commander, unit=cast.village, person=cast.people["m_a1_1"])


def test_it_rejects_the_last_administrator(cast: Cast) -> None:
    with raises_refusal("grant.last"):
        retire(by=cast.commander, unit=cast.root, person=cast.people["administrator"])


@pytest.mark.parametrize("next_one", [{"since": DUE}, {"since": LONG_AGO, "until": DUE}])
@pytest.mark.parametrize(("role", "last"), [("commander", "commander"), ("administrator", "administrator")])
def test_it_rejects_the_last_one_whose_next_is_not_there_for_good(
    cast: Cast, role: str, last: str, next_one: dict[str, datetime]
) -> None:
    """A commander from next month on, an administrator until tonight: neither takes over today."""
    Grant.objects.filter(account__name="second", role="commander").update(until=START)
    Grant.objects.create(account=Account.objects.get(name="m_b1_1"), role=role, unit=cast.root, **next_one)
    with raises_refusal("grant.last"):
        retire(by=cast.commander, unit=cast.root, person=cast.people[last])


def test_an_administrator_whose_account_has_ended_is_none(cast: Cast) -> None:
    other = Account.objects.get(name="m_b1_1")
    Grant.objects.create(account=other, role="administrator", unit=cast.root, since=LONG_AGO)
    end_account(by=cast.administrator, account=other)
    with raises_refusal("grant.last"):
        retire(by=cast.commander, unit=cast.root, person=cast.people["administrator"])


def test_an_administrator_leaves_who_has_a_next_one(cast: Cast) -> None:
    other = Account.objects.get(name="m_b1_1")
    Grant.objects.create(account=other, role="administrator", unit=cast.root, since=LONG_AGO)
    retire(by=cast.commander, unit=cast.root, person=cast.people["administrator"])
    assert Person.objects.get(number="administrator").status == "gone"
