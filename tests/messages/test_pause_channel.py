"""A channel is paused: what waits goes on waiting."""

from __future__ import annotations

from collections.abc import Callable

from muster.messages.channels import end_channel, pause_channel
from muster.messages.models import Channel
from tests.cast import Cast, raises_refusal
from tests.messages.servers import Sink


def test_nothing_is_chosen_to_go_by_it(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    channel = open_by("sms", web)
    pause_channel(by=cast.commander, channel=channel)
    channel.refresh_from_db()
    assert channel.paused_at is not None


def test_it_rejects_a_lead_for_the_districts(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    channel = open_by("sms", web)
    with raises_refusal("rights.refused"):
        pause_channel(by=cast.town_lead, channel=channel)


def test_it_rejects_one_that_has_ended(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    channel = open_by("sms", web)
    end_channel(by=cast.administrator, channel=channel)
    with raises_refusal("channel.ended"):
        pause_channel(by=cast.administrator, channel=channel)
