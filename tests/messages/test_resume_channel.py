"""A paused channel goes on."""

from __future__ import annotations

from collections.abc import Callable

from muster.messages.channels import end_channel, pause_channel, resume_channel
from muster.messages.models import Channel
from tests.cast import Cast, raises_refusal
from tests.messages.servers import Sink


def test_it_goes_on(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    channel = open_by("sms", web)
    pause_channel(by=cast.administrator, channel=channel)
    resume_channel(by=cast.administrator, channel=channel)
    channel.refresh_from_db()
    assert channel.paused_at is None


def test_it_rejects_an_outsider_and_one_that_has_ended(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    channel = open_by("sms", web)
    with raises_refusal("rights.refused"):
        resume_channel(by=cast.outsider, channel=channel)
    end_channel(by=cast.administrator, channel=channel)
    with raises_refusal("channel.ended"):
        resume_channel(by=cast.administrator, channel=channel)
