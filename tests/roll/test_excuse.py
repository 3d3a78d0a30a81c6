"""Somebody above excuses: with a reason from the list, never a unit itself."""

from __future__ import annotations

import pytest

from muster.mobilisation.kinds import REPORT_IN
from muster.organisation.granting import grant_role
from muster.organisation.models import Account
from muster.roll.actions import close_roll, excuse
from muster.roll.models import Mark, Ruling
from tests.cast import LONG_AGO, REASON, Cast, at, raises_refusal


@pytest.mark.parametrize("by", ["commander", "second", "clerk", "lead_a"])
def test_the_issuer_or_a_level_above_excuses(cast: Cast, by: str) -> None:
    order = cast.order()
    with at(5):
        assert excuse(by=cast.actor(by), entries=[cast.entry(order, "A1").pk], reason=REASON) == 1
    assert cast.entry(order, "A1").state == "excused"
    found = cast.coverage(order)
    assert (found.excused, found.outstanding, found.expected) == (1, 7, 8)
    ruling = Ruling.objects.get(what=Ruling.What.EXCUSED)
    assert (ruling.reason, ruling.by_person, ruling.at_unit) == (REASON, cast.people[by].pk, cast.village)
    assert Mark.objects.get(fact_id=ruling.pk).reason == REASON


@pytest.mark.parametrize("by", ["lead_a1", "lead_a2", "lead_b"])
def test_it_rejects_the_units_own_lead_a_sibling_and_an_outsider(cast: Cast, by: str) -> None:
    order = cast.order()
    with raises_refusal("rights.refused"):
        excuse(by=cast.actor(by), entries=[cast.entry(order, "A1").pk], reason=REASON)


@pytest.mark.parametrize("by", ["m_a1_1", "counsellor", "inspector", "administrator"])
def test_it_rejects_whoever_has_no_such_role(cast: Cast, by: str) -> None:
    order = cast.order()
    with raises_refusal("rights.refused"):
        excuse(by=cast.actor(by), entries=[cast.entry(order, "A1").pk], reason=REASON)


@pytest.mark.parametrize("role", ["clerk", "lead", "commander"])
def test_it_rejects_the_unit_itself_in_whatever_role(cast: Cast, role: str) -> None:
    order = cast.order()
    account = Account.objects.get(name="m_a1_2")
    grant_role(by=cast.commander, account=account, role=role, unit=cast.village, since=LONG_AGO)
    with raises_refusal("rights.refused"):
        excuse(by=cast.actor("m_a1_2"), entries=[cast.entry(order, "A1").pk], reason=REASON)


def test_it_rejects_the_unit_itself_on_a_roll_that_it_holds(cast: Cast) -> None:
    order = cast.order(
        key="own", by=cast.town_lead, issuer=cast.town, audience="under:A", founding=False, passes_on=cast.order()
    )
    entries = {code: cast.entry(order, code).pk for code in ("A", "A1")}
    with raises_refusal("rights.refused"):
        excuse(by=cast.town_lead, entries=[entries["A"]], reason=REASON)
    assert excuse(by=cast.town_lead, entries=[entries["A1"]], reason=REASON) == 1
    assert excuse(by=cast.commander, entries=[entries["A"]], reason=REASON) == 1


def test_members_are_excused_by_the_level_above_their_unit(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    entry = cast.entry(order, "m_a1_1", REPORT_IN).pk
    with raises_refusal("rights.refused"):
        excuse(by=cast.lead, entries=[entry], reason=REASON)
    assert excuse(by=cast.town_lead, entries=[entry], reason=REASON) == 1


def test_one_that_is_not_ones_own_spoils_all(cast: Cast) -> None:
    order = cast.order()
    entries = [cast.entry(order, code).pk for code in ("A1", "A2", "B1")]
    with raises_refusal("rights.refused"):
        excuse(by=cast.town_lead, entries=entries, reason=REASON)
    assert cast.coverage(order).excused == 0


def test_many_are_excused_at_once_and_those_excused_before_are_left(cast: Cast) -> None:
    order = cast.order()
    entries = [cast.entry(order, code).pk for code in ("A1", "A2", "A3")]
    assert excuse(by=cast.town_lead, entries=entries[:1], reason=REASON) == 1
    assert excuse(by=cast.town_lead, entries=entries, reason=REASON) == 2
    assert cast.coverage(order).excused == 3
    assert Ruling.objects.filter(what=Ruling.What.EXCUSED).count() == 3


@pytest.mark.parametrize("outcome", ["will_do", "cannot"])
def test_it_rejects_what_was_answered(cast: Cast, outcome: str) -> None:
    order = cast.order()
    cast.answer(order, "A1", outcome)
    with raises_refusal("entry.answered"):
        excuse(by=cast.commander, entries=[cast.entry(order, "A1").pk], reason=REASON)


@pytest.mark.parametrize("reason", ["", "no_such_reason"])
def test_it_rejects_an_unknown_reason(cast: Cast, reason: str) -> None:
    order = cast.order()
    with raises_refusal("reason.unknown"):
        excuse(by=cast.commander, entries=[cast.entry(order, "A1").pk], reason=reason)


def test_it_rejects_an_entry_that_is_not_there(cast: Cast) -> None:
    with raises_refusal("entry.unknown"):
        excuse(by=cast.commander, entries=[], reason=REASON)
    with raises_refusal("entry.unknown"):
        excuse(by=cast.commander, entries=[cast.root.pk], reason=REASON)


def test_it_rejects_a_roll_that_is_closed(cast: Cast) -> None:
    order = cast.order()
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    with raises_refusal("roll.closed"):
        excuse(by=cast.commander, entries=[cast.entry(order, "A1").pk], reason=REASON)
