"""What the house tells by itself: a way in that is in danger, an end that waits for a second commander."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from muster.foundation.models import AuditLine
from muster.foundation.rights import house
from muster.messages import notices
from muster.messages.models import Channel, Message, Nudge
from muster.messages.notices import tell_notices
from muster.organisation.cards import see_notices
from muster.organisation.granting import stand_in
from muster.organisation.incidents import ask_to_end_incident, drop_ending
from muster.organisation.models import Account, WayInNotice
from tests.cast import START, Cast, at, raises_refusal
from tests.messages.conftest import tick, with_phones
from tests.messages.servers import Sink


def _locked_out(cast: Cast) -> WayInNotice:
    kind = WayInNotice.Kind.PIN_LOCKED
    return WayInNotice.objects.create(unit=cast.village, person=cast.people["m_a1_1"], kind=kind, at=START)


def test_the_lead_hears_of_it_once_in_the_night_too(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    open_by("sms", web)
    with_phones(cast.people["lead_a1"].pk)
    _locked_out(cast)
    with at(hours=15):
        assert notices.chore() == 1
        assert notices.chore() == 0
        assert tick() == 1
    words = web.heard[0].json["content"]
    assert "https://muster.test/office/people/cards/" in words
    assert "Name of" not in words
    assert [nudge.to for nudge in Nudge.objects.all()] == [cast.people["lead_a1"].pk]


def test_whoever_stands_in_for_the_lead_hears_of_it_too(cast: Cast) -> None:
    lead, instead = cast.people["lead_a1"], cast.people["m_a1_2"]
    until = START + timedelta(days=3)
    account = Account.objects.get(name="m_a1_2")
    stand_in(by=cast.town_lead, unit=cast.village, person=lead, account=account, until=until, kind="ill")
    _locked_out(cast)
    assert notices.chore() == 2
    assert {nudge.to for nudge in Nudge.objects.all()} == {lead.pk, instead.pk}


def test_what_was_seen_is_not_said_any_more(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    open_by("sms", web)
    with_phones(cast.people["lead_a1"].pk)
    notice = _locked_out(cast)
    notices.chore()
    see_notices(by=cast.lead, unit=cast.village, notices=[notice.pk])
    tick()
    assert Message.objects.get().error == "message.outdated"
    assert web.heard == []


def test_the_other_commander_hears_that_an_end_waits(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    open_by("sms", web)
    with_phones(cast.people["commander"].pk, cast.people["second"].pk)
    ask_to_end_incident(by=cast.commander, incident=cast.incident)
    assert notices.chore() == 1
    assert tick() == 1
    assert "Flood" in web.heard[0].json["content"]
    assert Message.objects.get().person == cast.people["second"]
    drop_ending(by=cast.commander, incident=cast.incident)
    with at(30):
        ask_to_end_incident(by=cast.second, incident=cast.incident)
        assert notices.chore() == 1, "asked for anew, and by the other"
    assert Message.objects.latest("made_at").person == cast.people["commander"]


def test_nothing_new_leaves_no_line(cast: Cast) -> None:
    lines = AuditLine.objects.count()
    assert notices.chore() == 0
    assert AuditLine.objects.count() == lines


def test_it_rejects_anybody_but_the_house(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        tell_notices(by=cast.commander, news=[])
    assert tell_notices(by=house("test"), news=[]) == 0
