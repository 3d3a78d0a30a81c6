"""A channel is paused: what waits goes on waiting."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from muster.foundation.ids import new_id
from muster.foundation.models import AuditLine
from muster.messages.channels import end_channel, open_channel, pause_channel, resume_channel, try_channel
from muster.messages.models import Channel
from muster.messages.reading import kept
from tests.cast import Cast, raises_refusal
from tests.messages.conftest import sms_template
from tests.messages.servers import Sink


def test_nothing_is_chosen_to_go_by_it(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    channel = open_by("sms", web)
    pause_channel(by=cast.commander, channel=channel)
    channel.refresh_from_db()
    assert channel.paused_at is not None


def test_the_log_says_what_it_was_before(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    channel = open_by("sms", web)
    for verb in (pause_channel, resume_channel, pause_channel, end_channel):
        verb(by=cast.administrator, channel=channel)
    said = [
        json.loads(line.change)[0][1:] for line in AuditLine.objects.filter(verb__endswith="_channel").order_by("id")
    ]
    assert said == [["", "open"], ["open", "paused"], ["paused", "open"], ["open", "paused"], ["paused", "ended"]]


def test_it_rejects_a_lead_for_the_districts(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    channel = open_by("sms", web)
    with raises_refusal("rights.refused"):
        pause_channel(by=cast.town_lead, channel=channel)


def test_it_rejects_one_that_has_ended(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    channel = open_by("sms", web)
    end_channel(by=cast.administrator, channel=channel)
    with raises_refusal("channel.ended"):
        pause_channel(by=cast.administrator, channel=channel)


@pytest.mark.parametrize("verb", [pause_channel, resume_channel, end_channel])
def test_it_rejects_the_lead_of_the_unit_for_its_sms(
    cast: Cast, open_by: Callable[..., Channel], web: Sink, verb: Callable[..., None]
) -> None:
    known = sms_template(web.url)
    channel = open_channel(by=cast.commander, unit=cast.town, kind="sms", name="SMS", known=known)
    with raises_refusal("rights.refused"):
        verb(by=cast.town_lead, channel=channel)
    with raises_refusal("rights.refused"):
        try_channel(by=cast.town_lead, channel=channel, trial=new_id())
    assert channel not in kept(cast.town_lead)
    assert channel in kept(cast.commander)
