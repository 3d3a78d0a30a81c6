"""Reminding by hand: seen before, told once, left out who was told lately, in slices where there are many."""

from __future__ import annotations

import pytest

from muster.foundation import clock
from muster.foundation.action import AlreadyDone
from muster.foundation.ids import new_id
from muster.foundation.models import AuditLine
from muster.messages.models import Channel, Message, Nudge
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from muster.roll.actions import close_roll
from muster.roll.models import Entry, Roll
from muster.roll.reminding import Whom, preview, remind, unreached
from tests.cast import Cast, at, raises_refusal
from tests.organisation.test_open_phone import with_phones
from tests.roll.chased import channel


@pytest.fixture
def order(cast: Cast) -> Order:
    return cast.order(call_up="kind:village")


@pytest.fixture
def roll(cast: Cast, order: Order) -> Roll:
    return cast.roll(order, REPORT_IN)


def everybody(cast: Cast) -> Whom:
    return Whom((cast.root.path,))


def called_up(roll: Roll, cast: Cast, *codes: str) -> int:
    rows = Entry.objects.filter(roll=roll, state="outstanding")
    return rows.filter(unit__in=[cast.units[c] for c in codes]).count() if codes else rows.count()


def test_the_preview_says_how_they_are_reached(cast: Cast, roll: Roll) -> None:
    found = preview(roll, everybody(cast), clock.now())
    count = called_up(roll, cast)
    assert (found.people, found.unreached, found.sms, found.mail, found.groups, found.lately) == (
        count,
        count,
        0,
        0,
        0,
        0,
    )
    with_phones(cast)
    channel(cast.town)
    channel(cast.village, Channel.Kind.WECOM)
    found = preview(roll, everybody(cast), clock.now())
    under = called_up(roll, cast, "A1", "A2", "A3")
    assert (found.people, found.sms, found.unreached, found.groups) == (count, under, count - under, 1)
    assert not Nudge.objects.exists(), "looking tells nobody"


def test_it_tells_what_the_preview_said(cast: Cast, roll: Roll) -> None:
    with_phones(cast)
    channel(cast.town)
    channel(cast.village, Channel.Kind.WECOM)
    seen = preview(roll, everybody(cast), clock.now())
    done = remind(by=cast.commander, roll=roll, whom=everybody(cast))
    assert (done.told, done.without) == (seen.sms + seen.mail + seen.groups, seen.unreached)
    assert Message.objects.count() == done.told
    assert AuditLine.objects.latest("id").verb == "roll.remind"


def test_who_was_told_lately_is_left_out(cast: Cast, roll: Roll) -> None:
    one = Entry.objects.filter(roll=roll, unit=cast.village).first()
    assert one is not None
    with at(10):
        assert remind(by=cast.lead, roll=roll, whom=Whom((cast.village.path,), one.pk)).without == 1
    with at(20):
        left = preview(roll, Whom((cast.village.path,)), clock.now())
        assert (left.people, left.lately) == (called_up(roll, cast, "A1") - 1, 1)
        assert remind(by=cast.lead, roll=roll, whom=Whom((cast.village.path,))).lately == 1
    with at(21), raises_refusal("remind.lately"):
        remind(by=cast.lead, roll=roll, whom=Whom((cast.village.path,)))
    with at(51):
        assert remind(by=cast.lead, roll=roll, whom=Whom((cast.village.path,))).without == called_up(roll, cast, "A1")


def test_the_same_form_sent_twice_tells_once(cast: Cast, roll: Roll) -> None:
    request = new_id()
    remind(by=cast.lead, roll=roll, whom=Whom((cast.village.path,)), request=request)
    count = Nudge.objects.count()
    with at(60), pytest.raises(AlreadyDone):
        remind(by=cast.lead, roll=roll, whom=Whom((cast.village.path,)), request=request)
    assert Nudge.objects.count() == count
    assert {one.step for one in Nudge.objects.all()} == {f"hand:{request}"}


@pytest.mark.parametrize("by", ["lead_a2", "lead_b", "m_a1_1", "inspector", "administrator"])
def test_it_rejects_units_that_are_not_ones_own(cast: Cast, roll: Roll, by: str) -> None:
    with raises_refusal("rights.refused"):
        remind(by=cast.actor(by), roll=roll, whom=Whom((cast.village.path,)))
    with raises_refusal("rights.refused"):
        remind(by=cast.town_lead, roll=roll, whom=Whom((cast.village.path, cast.root.path)))
    with raises_refusal("rights.refused"):
        remind(by=cast.commander, roll=roll, whom=Whom(()))


def test_it_rejects_when_nobody_is_outstanding_or_the_roll_has_ended(cast: Cast, roll: Roll) -> None:
    with raises_refusal("remind.nobody"):
        remind(by=cast.commander, roll=roll, whom=Whom((cast.units["H"].path,)))
    close_roll(by=cast.commander, holder=cast.root, roll=roll)
    with raises_refusal("roll.closed"):
        remind(by=cast.commander, roll=roll, whom=everybody(cast))


def test_whom_no_channel_reaches_stands_on_the_call_list(cast: Cast, roll: Roll, order: Order) -> None:
    with_phones(cast)
    entries = {one.pk: (one.unit_id, one.assignee_id) for one in Entry.objects.filter(roll=roll)}
    assert unreached(entries) == set(entries)
    channel(cast.town)
    elsewhere = Entry.objects.filter(roll=roll).exclude(unit__parent=cast.town)
    assert unreached(entries) == set(elsewhere.values_list("pk", flat=True))
    units = {one.pk: (one.unit_id, one.assignee_id) for one in Entry.objects.filter(roll=cast.roll(order))}
    left = {str(Entry.objects.get(pk=pk).unit) for pk in unreached(units)}
    assert left == {"Unit B", "Unit B1", "Unit B2", "Unit B3"}, (
        "where nobody is assigned, whoever leads the unit is asked"
    )
