"""Into the outbox: each once, by the channel that reaches them, not in the night."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.messages.channels import open_channel, pause_channel
from muster.messages.models import Channel, Message, Nudge
from muster.messages.night import Hours, after_night
from muster.messages.outbox import Put, reach, told_at, told_since
from tests.cast import START, Cast, at
from tests.messages.conftest import ABOUT, tell, with_mail, with_phones
from tests.messages.servers import Post, Sink

ZONE = ZoneInfo("Asia/Shanghai")


def test_it_is_put_once_however_often_it_is_told(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    open_by("sms", web)
    one, two = cast.people["m_a1_1"].pk, cast.people["m_a1_2"].pk
    with_phones(one)
    assert tell(one, one) == Put(told=1, without=0, before=1)
    assert tell(one) == Put(told=0, without=0, before=1)
    assert tell(one, step="second") == Put(told=1, without=0, before=0)
    assert tell(two) == Put(told=0, without=1, before=0)
    assert Message.objects.count() == 2
    assert told_at(ABOUT, "first") == {one, two}
    assert told_since(ABOUT, START, [one]) == {one}
    assert told_since(ABOUT, START + timedelta(hours=1), [one]) == set()
    assert Nudge.objects.get(to=two).message is None


def test_sms_comes_before_mail_and_the_nearest_before_the_one_above(
    cast: Cast, open_by: Callable[..., Channel], web: Sink, mails: Post
) -> None:
    sms, mail = open_by("sms", web), open_by("mail", mails)
    near = open_channel(
        by=cast.commander,
        unit=cast.town,
        kind="mail",
        name="near",
        known={"host": "127.0.0.1", "port": str(mails.port), "security": "none", "sender": "a@muster.test"},
    )
    both, only_mail, elsewhere, none = (cast.people[n].pk for n in ("m_a1_1", "m_a1_2", "m_b1_1", "m_b1_2"))
    with_phones(both)
    with_mail(both, only_mail, elsewhere)
    ways = {pk: way.channel for pk, way in reach([both, only_mail, elsewhere, none], START).items()}
    assert ways == {both: sms, only_mail: near, elsewhere: mail, none: None}
    pause_channel(by=cast.commander, channel=near)
    assert reach([only_mail], START)[only_mail].channel == mail


def test_a_group_is_told_by_its_own_robot(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    robot = open_channel(by=cast.town_lead, unit=cast.town, kind="wecom", name="group", known={"url": web.url})
    assert tell(cast.town.pk, cast.village.pk, group=True) == Put(told=1, without=1, before=0)
    message = Message.objects.get()
    assert (message.channel, message.person, message.unit) == (robot, None, cast.town)


def test_in_the_night_it_waits_for_the_morning_unless_it_is_urgent(
    cast: Cast, open_by: Callable[..., Channel], web: Sink
) -> None:
    open_by("sms", web)
    one = cast.people["m_a1_1"].pk
    with_phones(one)
    with at(hours=14):  # 23 o'clock
        tell(one)
        tell(one, step="urgent", urgent=True)
        waits, urgent = Message.objects.order_by("-next_at")
        assert waits.next_at.astimezone(ZONE) == datetime(2020, 1, 30, 7, tzinfo=ZONE)
        assert urgent.next_at == START + timedelta(hours=14)


@given(st.integers(0, 366 * 86400), st.times(), st.times())
def test_the_end_of_the_night_is_no_night_and_lies_within_a_day(seconds: int, begins: time, ends: time) -> None:
    moment, quiet = START + timedelta(seconds=seconds), Hours(begins.replace(fold=0), ends.replace(fold=0))
    then = after_night(moment, quiet, ZONE)
    assert then.astimezone(ZONE).time() not in quiet or begins == ends
    assert timedelta(0) <= then - moment < timedelta(days=1)
    if moment.astimezone(ZONE).time() not in quiet:
        assert then == moment


@pytest.mark.parametrize("people", [10, 60])
def test_what_it_asks_does_not_grow_with_the_people(
    cast: Cast,
    open_by: Callable[..., Channel],
    web: Sink,
    people: int,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    open_by("sms", web)
    known = [person.pk for person in list(cast.people.values())[:people]]
    with django_assert_max_num_queries(16):  # type: ignore[attr-defined]
        tell(*known)
