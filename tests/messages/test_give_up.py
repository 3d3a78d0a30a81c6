"""What did not go is left at that."""

from __future__ import annotations

from muster.messages.models import Message
from muster.messages.tending import give_up
from tests.cast import Cast, raises_refusal
from tests.messages.conftest import states, tick
from tests.messages.servers import Sink
from tests.messages.test_send_again import stuck  # noqa: F401


def test_it_stays_on_record_and_is_not_sent(cast: Cast, stuck: Message, web: Sink) -> None:  # noqa: F811
    assert give_up(by=cast.administrator, messages=[stuck.pk]) == 1
    assert tick() == 0
    assert (states(), web.heard) == (["given_up"], [])


def test_it_rejects_a_second_time_and_an_outsider(cast: Cast, stuck: Message) -> None:  # noqa: F811
    with raises_refusal("rights.refused"):
        give_up(by=cast.outsider, messages=[stuck.pk])
    give_up(by=cast.administrator, messages=[stuck.pk])
    with raises_refusal("message.settled"):
        give_up(by=cast.administrator, messages=[stuck.pk])
