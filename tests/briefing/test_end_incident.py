"""An incident ends by two: rolls close as they are, extra roles end, retention begins, the final report follows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from muster.briefing import ending
from muster.briefing.actions import issue_report
from muster.briefing.ending import end_incident, final_report_of
from muster.mobilisation.actions import draft_order, issue_order, withdraw_order
from muster.mobilisation.answers import acknowledge, correct_acknowledgement, report_in
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from muster.organisation.actions import open_incident
from muster.organisation.granting import grant_role
from muster.organisation.incidents import ask_to_end_incident, stand_down
from muster.organisation.models import Account, Incident
from muster.roll.actions import excuse
from muster.roll.models import Roll
from muster.vault.models import Particular
from tests.cast import DRAFT, REASON, START, Cast, at, raises_refusal, replace
from tests.organisation.test_open_phone import with_phones


def end(cast: Cast, minutes: float = 60) -> Incident:
    with at(minutes):
        ask_to_end_incident(by=cast.commander, incident=cast.incident)
        end_incident(by=cast.second, incident=cast.incident)
    return Incident.objects.get(pk=cast.incident.pk)


def called(cast: Cast) -> Order:
    with at(5):
        order = cast.order(call_up="kind:village")
    with at(10):
        cast.answer(order, "A1")
    return order


def test_rolls_close_with_their_figures_and_extra_roles_end(cast: Cast) -> None:
    order = called(cast)
    helper = Account.objects.get(name="m_a1_1")
    for until in (None, START + timedelta(days=9)):
        grant_role(
            by=cast.commander,
            account=helper,
            role="clerk",
            unit=cast.root,
            since=START,
            until=until,
            incident=cast.incident,
        )
    assert [line.count for line in stand_down(cast.incident) if line.address == "organisation:grants"] == [2]
    before = cast.coverage(order)
    ended = end(cast)
    assert (ended.closed_at, ended.closed_by.name) == (START + timedelta(minutes=60), "second")  # type: ignore[union-attr]
    assert not Roll.objects.filter(state=Roll.State.OPEN).exists()
    with at(120):
        assert cast.coverage(order) == before
        assert {role for role, _ in cast.actor("m_a1_1").grants} == {"member"}
        assert "clerk" in {role for role, _ in cast.actor("clerk").grants}


def test_the_final_report_follows_once_the_end_is_settled(cast: Cast) -> None:
    called(cast)
    ended = end(cast)
    with at(60, seconds=5):
        assert ending.chore() == 0
    with at(60, seconds=11):
        assert ending.chore() == 1
        assert ending.chore() == 0
    report = final_report_of(ended)
    assert report is not None
    assert (report.unit, report.as_of) == (cast.root, ended.closed_at)
    figures = {f["key"]: f["value"] for f in json.loads(report.content)["figures"]}
    assert figures["mobilisation.organisations_acknowledged"] == 1


def test_it_is_read_only(cast: Cast) -> None:
    order = called(cast)
    with at(20):
        draft = cast.draft(key="later", founding=False)
    entry = cast.entry(order, "A2").pk
    end(cast)
    writes: list[Any] = [
        lambda: draft_order(
            by=cast.commander, issuer=cast.root, incident=cast.incident, draft=replace(DRAFT, key="new", founding=False)
        ),
        lambda: issue_order(by=cast.commander, draft=draft),
        lambda: withdraw_order(by=cast.commander, order=order),
        lambda: correct_acknowledgement(
            by=cast.town_lead, unit=cast.village, order=order, outcome="cannot", reason=REASON, correction=REASON
        ),
        lambda: issue_report(by=cast.commander, unit=cast.root, incident=Incident.objects.get(), as_of=START),
        lambda: ask_to_end_incident(by=cast.commander, incident=cast.incident),
    ]
    with at(90):
        for write in writes:
            with raises_refusal("incident.closed"):
                write()
        with raises_refusal("roll.closed"):
            acknowledge(by=cast.sibling, unit=cast.neighbour, order=order, outcome="will_do")
        with raises_refusal("roll.closed"):
            report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=order)
        with raises_refusal("roll.closed"):
            excuse(by=cast.commander, entries=[entry], reason=REASON)


def test_retention_begins_and_never_lengthens(cast: Cast) -> None:
    with_phones(cast)
    ended = end(cast)
    until = START + timedelta(days=30)
    assert set(Particular.objects.values_list("expires_at", flat=True)) == {until}, "that comes first"
    assert ended.closed_at is not None
    Particular.objects.update(expires_at=START + timedelta(days=5000))
    with at(70):
        other = open_incident(by=cast.commander, key="frost", name="Frost", kind="frost", opened_at=START)
        ask_to_end_incident(by=cast.commander, incident=other)
        end_incident(by=cast.second, incident=other)
    limit = START + timedelta(minutes=70, days=400)
    assert set(Particular.objects.values_list("expires_at", flat=True)) == {limit}


def test_while_another_one_runs_nothing_is_shortened(cast: Cast) -> None:
    with_phones(cast)
    Particular.objects.update(expires_at=START + timedelta(days=5000))
    open_incident(by=cast.commander, key="frost", name="Frost", kind="frost", opened_at=START)
    end(cast)
    assert set(Particular.objects.values_list("expires_at", flat=True)) == {START + timedelta(days=5000)}


def test_a_past_moment_is_asked_about_as_before(cast: Cast) -> None:
    order = called(cast)
    end(cast)
    with at(120):
        assert cast.entry(order, "m_a1_1", REPORT_IN).state == "outstanding"
        assert cast.roll(order).state == "closed"


def test_it_rejects_whoever_asked_and_when_nobody_asked(cast: Cast) -> None:
    with raises_refusal("incident.not_asked"):
        end_incident(by=cast.second, incident=cast.incident)
    ask_to_end_incident(by=cast.commander, incident=cast.incident)
    with raises_refusal("incident.same"):
        end_incident(by=cast.commander, incident=cast.incident)
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.update(closed_by=cast.commander.account_id)


@pytest.mark.parametrize("by", ["town_lead", "clerk", "administrator", "member"])
def test_it_rejects_whoever_is_no_commander_of_the_district(cast: Cast, by: str) -> None:
    ask_to_end_incident(by=cast.commander, incident=cast.incident)
    with raises_refusal("rights.refused"):
        end_incident(by=getattr(cast, by), incident=cast.incident)
