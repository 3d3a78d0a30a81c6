"""What did not go is sent again, by whoever looks after the outbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from muster.foundation import clock
from muster.foundation.ids import new_id
from muster.foundation.rights import house
from muster.messages import sending
from muster.messages.channels import end_channel
from muster.messages.models import Channel, Message
from muster.messages.tending import give_up, send_again
from muster.organisation.granting import grant_role
from muster.organisation.models import Account
from tests.cast import Cast, at, raises_refusal
from tests.messages.conftest import states, tell, tick, with_phones
from tests.messages.servers import Sink


@pytest.fixture
def stuck(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> Message:
    """One that may have arrived."""
    open_by("sms", web)
    with_phones(cast.people["m_a1_1"].pk)
    tell(cast.people["m_a1_1"].pk)
    sending._begin(Message.objects.get())
    with at(6):
        tick()
    return Message.objects.get(state="unsure")


def test_it_goes_once_more(cast: Cast, stuck: Message, web: Sink) -> None:
    assert send_again(by=cast.administrator, messages=[stuck.pk]) == 1
    assert tick() == 1
    assert (states(), len(web.heard)) == (["sent"], 1)


def test_it_rejects_what_was_decided_and_what_is_not_there(cast: Cast, stuck: Message) -> None:
    give_up(by=cast.commander, messages=[stuck.pk])
    for pk in (stuck.pk, new_id()):
        with raises_refusal("message.settled"):
            send_again(by=cast.administrator, messages=[pk])


def test_it_rejects_what_an_ended_channel_left(cast: Cast, stuck: Message) -> None:
    end_channel(by=cast.administrator, channel=stuck.channel)
    with raises_refusal("message.channel_ended"):
        send_again(by=cast.administrator, messages=[stuck.pk])


@pytest.mark.parametrize("who", ["town_lead", "clerk", "member"])
def test_it_rejects_whoever_does_not_look_after_it(cast: Cast, stuck: Message, who: str) -> None:
    with raises_refusal("rights.refused"):
        send_again(by=getattr(cast, who), messages=[stuck.pk])


def test_in_the_night_it_waits_for_the_morning(cast: Cast, stuck: Message, web: Sink) -> None:
    with at(hours=14):  # eleven in the evening there
        assert send_again(by=cast.administrator, messages=[stuck.pk]) == 1
        assert tick() == 0
    stuck.refresh_from_db()
    assert stuck.next_at.hour == 23, "seven in the morning there"


def test_it_rejects_what_lies_under_units_of_others(cast: Cast, stuck: Message) -> None:
    grant_role(
        by=house("test"),
        account=Account.objects.get(name="lead_b"),
        role="commander",
        unit=cast.units["B"],
        since=clock.now(),
    )
    with raises_refusal("message.settled"):
        send_again(by=cast.actor("lead_b"), messages=[stuck.pk])
    with raises_refusal("message.settled"):
        give_up(by=cast.actor("lead_b"), messages=[stuck.pk])
