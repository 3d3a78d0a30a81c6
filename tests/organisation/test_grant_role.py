"""A role is given at a unit: nobody gives what they may not give."""

from __future__ import annotations

import pytest

from muster.foundation.rights import house
from muster.organisation.granting import grant_role
from muster.organisation.models import Account, Grant, Incident
from muster.organisation.roles import ROLES
from tests.cast import START, Cast, raises_refusal


def grant(cast: Cast, by: str, role: str, code: str) -> Grant:
    account = Account.objects.get(name="m_a1_2")
    return grant_role(by=cast.actor(by), account=account, role=role, unit=cast.units[code], since=START)


@pytest.mark.parametrize(
    ("by", "role", "code"),
    [
        ("commander", "commander", "D"),
        ("commander", "clerk", "A"),
        ("commander", "counsellor", "H"),
        ("lead_a", "lead", "A1"),
        ("lead_a", "team_lead", "A"),
        ("lead_a1", "member", "A1"),
        ("administrator", "administrator", "D"),
    ],
)
def test_who_may_give_it_gives_it(cast: Cast, by: str, role: str, code: str) -> None:
    made = grant(cast, by, role, code)
    assert (made.role, made.granted_by.name, made.since) == (role, by, START)
    assert (role, cast.units[code].path) in cast.actor("m_a1_2").grants


@pytest.mark.parametrize(
    ("by", "role", "code"),
    [
        ("lead_a", "commander", "A"),
        ("lead_a", "clerk", "A1"),
        ("lead_a", "lead", "D"),
        ("lead_a", "lead", "B1"),
        ("lead_a1", "lead", "A2"),
        ("lead_a1", "inspector", "A1"),
        ("clerk", "member", "A1"),
        ("commander", "administrator", "D"),
        ("administrator", "commander", "D"),
        ("administrator", "member", "A1"),
        ("m_a1_1", "member", "A1"),
        ("counsellor", "counsellor", "H"),
    ],
)
def test_it_rejects_whoever_may_not_give_it_there(cast: Cast, by: str, role: str, code: str) -> None:
    before = Grant.objects.count()
    with raises_refusal("rights.refused"):
        grant(cast, by, role, code)
    assert Grant.objects.count() == before


def test_a_commander_of_a_town_gives_within_it_only(cast: Cast) -> None:
    grant(cast, "commander", "commander", "A")
    other = Account.objects.get(name="m_b1_1")
    by = cast.actor("m_a1_2")
    assert grant_role(by=by, account=other, role="clerk", unit=cast.village, since=START)
    with raises_refusal("rights.refused"):
        grant_role(by=by, account=other, role="clerk", unit=cast.units["B1"], since=START)


def test_it_rejects_a_role_that_there_is_not(cast: Cast) -> None:
    account = Account.objects.get(name="m_a1_2")
    for by in (house("x"), cast.commander, cast.town_lead):
        with raises_refusal("role.unknown"):
            grant_role(by=by, account=account, role="emperor", unit=cast.town, since=START)


def test_nobody_gives_a_role_that_is_not_on_the_list() -> None:
    for role in ROLES.values():
        assert set(role.gives) <= set(ROLES)


def test_it_rejects_a_role_for_an_incident_that_has_ended(cast: Cast) -> None:
    Incident.objects.filter(pk=cast.incident.pk).update(
        end_asked_at=START, end_asked_by=cast.commander.account_id, closed_at=START, closed_by=cast.second.account_id
    )
    account = Account.objects.get(name="m_a1_2")
    with raises_refusal("incident.closed"):
        grant_role(
            by=cast.commander,
            account=account,
            role="clerk",
            unit=cast.root,
            since=START,
            incident=cast.incident,
        )
    assert not Grant.objects.filter(account=account, role="clerk").exists()
