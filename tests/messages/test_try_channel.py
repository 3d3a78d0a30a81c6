"""A trial: into the group of a robot, else to whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from muster.foundation.ids import new_id
from muster.messages.channels import try_channel
from muster.messages.models import Channel, Message
from tests.cast import Cast, raises_refusal
from tests.messages.conftest import tick, with_mail, with_phones
from tests.messages.servers import Post, Sink


def test_it_goes_by_this_channel_though_another_reaches_them_first(
    cast: Cast, open_by: Callable[..., Channel], web: Sink, mails: Post
) -> None:
    open_by("sms", web)
    mail = open_by("mail", mails)
    me = cast.people["administrator"].pk
    with_phones(me)
    with_mail(me)
    trial = new_id()
    try_channel(by=cast.administrator, channel=mail, trial=trial)
    try_channel(by=cast.administrator, channel=mail, trial=trial)
    assert Message.objects.count() == 1, "a second tap is the same trial"
    assert tick() == 1
    assert str(mails.mails[0]["To"]) == "p0@muster.test"


def test_a_robot_says_it_in_its_group(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    try_channel(by=cast.administrator, channel=open_by("feishu", web), trial=new_id())
    assert tick() == 1
    assert "trial" in web.heard[0].json["content"]["text"]


def test_it_rejects_an_outsider_and_nobody(cast: Cast, open_by: Callable[..., Channel], mails: Post) -> None:
    channel = open_by("mail", mails)
    with raises_refusal("rights.refused"):
        try_channel(by=cast.outsider, channel=channel, trial=new_id())
    with raises_refusal("channel.nobody"):
        try_channel(by=replace(cast.administrator, person_id=None), channel=channel, trial=new_id())
