"""A role is taken away by whoever could give it; what has ended stays on record."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from muster.foundation.models import AuditLine
from muster.organisation.actions import record_absence
from muster.organisation.granting import end_grant, grant_role, stand_in
from muster.organisation.models import Account, Grant
from tests.cast import DUE, START, Cast, at, raises_refusal


def held(number: str, role: str) -> Grant:
    return Grant.objects.select_related("unit").get(account__name=number, role=role)


@pytest.mark.parametrize(
    ("by", "number", "role"),
    [
        ("commander", "clerk", "clerk"),
        ("commander", "second", "commander"),
        ("commander", "inspector", "inspector"),
        ("commander", "lead_a1", "lead"),
        ("lead_a", "lead_a1", "lead"),
        ("lead_a1", "m_a1_1", "member"),
    ],
)
def test_whoever_could_give_it_ends_it(cast: Cast, by: str, number: str, role: str) -> None:
    grant = held(number, role)
    with at(5):
        end_grant(by=cast.actor(by), grant=grant)
        assert (role, grant.unit.path) not in cast.actor(number).grants
    assert held(number, role).until == START + timedelta(minutes=5)
    assert str(grant.account_id) in AuditLine.objects.get(verb="organisation.end_grant").ids


def test_it_ends_at_a_moment_to_come(cast: Cast) -> None:
    grant = held("clerk", "clerk")
    end_grant(by=cast.commander, grant=grant, until=START + timedelta(hours=1))
    with at(59):
        assert cast.actor("clerk").has("clerk")
    with at(60):
        assert not cast.actor("clerk").has("clerk")


@pytest.mark.parametrize(("hours", "expected"), [(None, 0), (1, 1), (9, 5)])
def test_what_is_lent_of_it_ends_with_it_and_never_later_than_it_would(
    cast: Cast, hours: int | None, expected: int
) -> None:
    lead, deputy = cast.people["lead_a1"], Account.objects.get(name="m_a1_2")
    record_absence(by=cast.town_lead, unit=cast.village, person=lead, kind="ill", since=START, until=DUE)
    stand_in(by=cast.town_lead, unit=cast.village, person=lead, account=deputy)
    until = START + timedelta(hours=hours) if hours else None
    end_grant(by=cast.town_lead, grant=held("lead_a1", "lead"), until=until)
    lent = {g.role: g.until for g in Grant.objects.filter(account=deputy, stands_in_for=lead)}
    assert lent == {"lead": START + timedelta(hours=expected), "member": DUE}


def test_the_role_stays_when_a_stand_in_for_it_is_ended(cast: Cast) -> None:
    lead, deputy = cast.people["lead_a1"], Account.objects.get(name="m_a1_2")
    record_absence(by=cast.town_lead, unit=cast.village, person=lead, kind="ill", since=START, until=DUE)
    made = stand_in(by=cast.town_lead, unit=cast.village, person=lead, account=deputy)
    end_grant(by=cast.town_lead, grant=next(one for one in made if one.role == "lead"))
    assert held("lead_a1", "lead").until is None


def test_who_was_ended_may_do_nothing_more(cast: Cast) -> None:
    order = cast.order()
    end_grant(by=cast.commander, grant=held("lead_a1", "lead"))
    with at(1), raises_refusal("rights.refused"):
        cast.answer(order, "A1", by=cast.actor("lead_a1"))


@pytest.mark.parametrize(
    ("by", "number", "role"),
    [
        ("lead_a", "commander", "commander"),
        ("lead_a", "lead_b1", "lead"),
        ("lead_a1", "lead_a", "lead"),
        ("clerk", "m_a1_1", "member"),
        ("commander", "administrator", "administrator"),
        ("m_a1_1", "m_a1_1", "member"),
    ],
)
def test_it_rejects_whoever_could_not_give_it(cast: Cast, by: str, number: str, role: str) -> None:
    with raises_refusal("rights.refused"):
        end_grant(by=cast.actor(by), grant=held(number, role))


def test_it_rejects_what_has_ended(cast: Cast) -> None:
    end_grant(by=cast.commander, grant=held("clerk", "clerk"))
    with at(1), raises_refusal("grant.ended"):
        end_grant(by=cast.commander, grant=held("clerk", "clerk"))


def test_it_rejects_an_end_that_has_passed(cast: Cast) -> None:
    with raises_refusal("grant.until"):
        end_grant(by=cast.commander, grant=held("clerk", "clerk"), until=START - timedelta(minutes=1))


def test_it_rejects_the_end_of_the_last_commander(cast: Cast) -> None:
    end_grant(by=cast.commander, grant=held("second", "commander"))
    own = held("commander", "commander")
    with at(1), raises_refusal("grant.last"):
        end_grant(by=cast.commander, grant=own)
    with at(2):
        another = Account.objects.get(name="m_b1_1")
        grant_role(by=cast.commander, account=another, role="commander", unit=cast.root, since=START)
        end_grant(by=cast.commander, grant=own)
    assert held("commander", "commander").until is not None


def test_it_rejects_the_end_of_the_last_administrator(cast: Cast) -> None:
    own = held("administrator", "administrator")
    with raises_refusal("grant.last"):
        end_grant(by=cast.administrator, grant=own)
    another = Account.objects.get(name="m_b1_1")
    grant_role(by=cast.administrator, account=another, role="administrator", unit=cast.root, since=START)
    end_grant(by=cast.administrator, grant=own)


@pytest.mark.parametrize("until", [START, START - timedelta(days=1)])
def test_it_rejects_to_give_what_has_ended(cast: Cast, until: datetime) -> None:
    account = Account.objects.get(name="m_a1_2")
    with raises_refusal("grant.until"):
        grant_role(by=cast.commander, account=account, role="clerk", unit=cast.root, since=START, until=until)
