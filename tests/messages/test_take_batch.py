"""The clockwork sends: by mail, SMS and into groups; again what failed; never twice what may have arrived."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.foundation.models import AuditLine
from muster.messages import sending, web
from muster.messages.channels import choose_mail, end_channel, pause_channel, resume_channel
from muster.messages.mail import composed
from muster.messages.models import Channel, Message
from muster.messages.results import Result
from muster.messages.texts import Told
from muster.vault.models import Reading
from tests.cast import Cast, at
from tests.messages.conftest import states, tell, tick, with_mail, with_phones
from tests.messages.servers import FINE, Answer, Post, Request, Sink, post, sink

Open = Callable[..., Channel]


def people(cast: Cast, many: int) -> list:  # type: ignore[type-arg]
    return [person.pk for person in list(cast.people.values())[:many]]


def test_a_mail_arrives_in_the_readers_language(cast: Cast, open_by: Open, mails: Post) -> None:
    open_by("mail", mails)
    one, two = cast.people["m_a1_1"], cast.people["m_a1_2"]
    with_mail(one.pk, two.pk)
    choose_mail(by=cast.member, person=one, address="own@muster.test", language="zh-hans")
    tell(one.pk, two.pk, args={"count": 3})
    assert tick() == 2
    by_to = {str(mail["To"]): mail for mail in mails.mails}
    assert set(by_to) == {"own@muster.test", "p1@muster.test"}
    assert by_to["p1@muster.test"]["Subject"] == "Messages"
    assert by_to["own@muster.test"]["Subject"] == "消息"
    for mail in mails.mails:
        assert mail.get_content_type() == "text/plain"
        assert "https://muster.test/my/" in mail.get_content()
        assert not mail.defects
        assert not any(value.defects for value in mail.values())
    assert states() == ["sent", "sent"]
    assert tick() == 0
    assert len(mails.mails) == 2


def test_a_batch_is_one_line_and_a_reading_of_each_person(cast: Cast, open_by: Open, mails: Post) -> None:
    open_by("mail", mails)
    with_mail(*people(cast, 3))
    tell(*people(cast, 3))
    tick()
    line = AuditLine.objects.get(verb="messages.take_batch")
    assert "count:3" in line.ids
    assert Reading.objects.filter(purpose="mail").count() == 3
    assert not any("muster.test" in str(part) for part in line.ids)


@pytest.mark.django_db
@given(st.text(max_size=60), st.text(max_size=200))
def test_no_subject_and_no_words_break_a_mail(subject: str, words: str) -> None:
    from email import message_from_bytes, policy

    from muster.foundation.ids import new_id

    told = Told(" ".join(subject.split()), words)
    try:
        raw = composed("m@muster.test", "p@muster.test", told, new_id()).as_bytes(policy=policy.SMTP)
    except (ValueError, UnicodeEncodeError):  # a lone surrogate or a line break is refused before anything is sent
        return
    mail = message_from_bytes(raw, policy=policy.default)
    assert not mail.defects


@pytest.mark.parametrize(
    ("said", "state", "error"),
    [("450 later", "waiting", "channel.trouble"), ("550 never", "failed", "channel.refused")],
)
def test_what_a_mail_server_refuses(cast: Cast, open_by: Open, said: str, state: str, error: str) -> None:
    with post(refuse=lambda _address: said) as server:
        open_by("mail", server)
        with_mail(cast.people["m_a1_1"].pk)
        tell(cast.people["m_a1_1"].pk)
        tick()
    message = Message.objects.get()
    assert (message.state, message.error, message.tries) == (state, error, 1)


def test_a_mail_server_that_hangs_up_after_the_content_is_not_asked_twice(cast: Cast, open_by: Open) -> None:
    with post(end=lambda _n: "hang up") as server:
        open_by("mail", server)
        with_mail(cast.people["m_a1_1"].pk)
        tell(cast.people["m_a1_1"].pk)
        tick()
        with at(hours=3):
            tick()
        assert server.tried == 1
    assert states() == ["unsure"]


def test_a_mail_server_that_is_away_is_tried_again(cast: Cast, open_by: Open, mails: Post) -> None:
    with post() as gone:
        channel = open_by("mail", gone)
    with_mail(*people(cast, 5))
    tell(*people(cast, 5))
    assert tick() == 0
    tries = Message.objects.filter(channel=channel).values_list("tries", flat=True)
    assert sorted(tries) == [0, 0, 0, 0, 1], "one finds out, the others wait"


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_a_robot_says_it_in_its_group(cast: Cast, open_by: Open, web: Sink, kind: str) -> None:
    open_by(kind, web)
    tell(cast.root.pk, group=True, args={"count": 2})
    assert tick() == 1
    body = web.heard[0].json
    words = body["content"]["text"] if kind == "feishu" else body["text"]["content"]
    assert words == "Messages: 2\nhttps://muster.test/my/"
    assert web.heard[0].headers["Host"] == f"127.0.0.1:{web.port}"


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_a_robot_with_a_secret_signs(cast: Cast, open_by: Open, web: Sink, kind: str) -> None:
    open_by(kind, web, secret="s3cret")
    tell(cast.root.pk, group=True)
    tick()
    heard = web.heard[0]
    if kind == "dingtalk":
        query = parse_qs(urlsplit(heard.path).query)
        stamp, sign = query["timestamp"][0], query["sign"][0]
        wanted = hmac.new(b"s3cret", f"{stamp}\ns3cret".encode(), hashlib.sha256)
    else:
        stamp, sign = heard.json["timestamp"], heard.json["sign"]
        wanted = hmac.new(f"{stamp}\ns3cret".encode(), b"", hashlib.sha256)
    assert unquote(sign) == base64.b64encode(wanted.digest()).decode()


@pytest.mark.parametrize(("code", "state"), [(45009, "waiting"), (93000, "failed")])
def test_a_robot_that_says_no(cast: Cast, open_by: Open, code: int, state: str) -> None:
    with sink(lambda _n, _request: (200, {}, {"errcode": code})) as server:
        open_by("wecom", server)
        tell(cast.root.pk, group=True)
        tick()
    assert states() == [state]


def test_an_sms_says_what_the_template_says(cast: Cast, open_by: Open, web: Sink) -> None:
    open_by("sms", web)
    with_phones(cast.people["m_a1_1"].pk)
    tell(cast.people["m_a1_1"].pk, args={"count": 1})
    assert tick() == 1
    assert web.heard[0].json == {
        "mobile": "13800000000",
        "content": "Messages: 1\nhttps://muster.test/my/",
        "serial": Message.objects.get().pk.hex,
    }


def every_third_fails(n: int, _request: Request) -> Answer:
    return (503, {}, {}) if n % 3 == 0 else FINE


def test_what_fails_every_third_time_all_arrives_once(cast: Cast, open_by: Open) -> None:
    everybody = people(cast, 20)
    with sink(every_third_fails) as server:
        open_by("sms", server)
        with_phones(*everybody)
        tell(*everybody)
        for minute in (0, 2, 5, 10, 20):
            with at(minute):
                tick()
        serials = [request.json["serial"] for request in server.taken]
    assert sorted(serials) == sorted(message.pk.hex for message in Message.objects.all())
    assert states() == ["sent"] * 20


def test_a_gateway_that_hangs_may_have_it(cast: Cast, open_by: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "SECONDS_MAX", 0.3)
    with sink(lambda _n, _request: None) as server:
        open_by("sms", server)
        with_phones(cast.people["m_a1_1"].pk)
        tell(cast.people["m_a1_1"].pk)
        tick()
        with at(hours=2):
            tick()
        assert len(server.heard) == 1
    message = Message.objects.get()
    assert (message.state, message.error) == ("unsure", "channel.no_answer")


def test_a_gateway_that_has_enough_is_left_alone_as_long_as_it_asks(cast: Cast, open_by: Open) -> None:
    with sink(lambda _n, _request: (429, {"Retry-After": "600"}, {})) as server:
        open_by("sms", server)
        with_phones(*people(cast, 3))
        tell(*people(cast, 3))
        tick()
        assert len(server.heard) == 1
    message = Message.objects.get(tries=1)
    assert (message.error, message.next_at - message.begun_at) == ("channel.too_many", timedelta(minutes=10))  # type: ignore[operator]


def test_after_the_last_try_it_stands_on_the_list(cast: Cast, open_by: Open) -> None:
    waits = []
    with sink(lambda _n, _request: (500, {}, {})) as server:
        open_by("sms", server)
        with_phones(cast.people["m_a1_1"].pk)
        tell(cast.people["m_a1_1"].pk, urgent=True)
        for _try in range(sending.TRIES_MAX):
            message = Message.objects.get()
            waits.append(message.next_at)
            with at(seconds=(message.next_at - waits[0]).total_seconds()):
                tick()
        assert len(server.heard) == sending.TRIES_MAX
    minutes = [(after - before).total_seconds() / 60 for before, after in pairwise(waits)]
    assert [round(minute) for minute in minutes] == [1, 2, 4, 8, 16, 32, 60]
    message = Message.objects.get()
    assert (message.state, message.error) == ("failed", "channel.trouble")


def test_a_redirect_is_not_followed(cast: Cast, open_by: Open, web: Sink) -> None:
    with sink(lambda _n, _request: (302, {"Location": web.url}, {})) as server:
        open_by("wecom", server)
        tell(cast.root.pk, group=True)
        tick()
    assert (states(), web.heard) == (["failed"], [])


def test_what_was_answered_meanwhile_is_not_said(cast: Cast, open_by: Open, web: Sink) -> None:
    from muster.foundation.registry import MESSAGES
    from muster.messages.texts import Template
    from tests.messages.conftest import SAYS

    open_by("sms", web)
    with_phones(cast.people["m_a1_1"].pk)
    tell(cast.people["m_a1_1"].pk)
    MESSAGES._offers[SAYS] = Template(MESSAGES[SAYS].tell, holds=lambda _args: False)
    tick()
    message = Message.objects.get()
    assert (message.state, message.error, web.heard) == ("failed", "message.outdated", [])


def test_a_paused_channel_keeps_what_waits_and_an_ended_one_lists_it(cast: Cast, open_by: Open, web: Sink) -> None:
    channel = open_by("sms", web)
    with_phones(*people(cast, 2))
    tell(people(cast, 2)[0])
    pause_channel(by=cast.administrator, channel=channel)
    assert (tick(), states()) == (0, ["waiting"])
    resume_channel(by=cast.administrator, channel=channel)
    assert tick() == 1
    tell(people(cast, 2)[1], step="later")
    end_channel(by=cast.administrator, channel=channel)
    assert (tick(), states()) == (0, ["failed", "sent"])


def test_what_a_channel_leaves_that_is_paused_in_the_middle_is_opened_once(
    cast: Cast, open_by: Open, web: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, ended = open_by("sms", web), sending._end

    def pauses(message: Message, result: Result) -> None:
        ended(message, result)
        pause_channel(by=cast.administrator, channel=channel)

    monkeypatch.setattr(sending, "_end", pauses)
    monkeypatch.setattr(sending, "SECONDS_MAX", 1.0)
    with_phones(*people(cast, 3))
    tell(*people(cast, 3))
    assert tick() == 1
    assert states() == ["sent", "waiting", "waiting"]
    assert AuditLine.objects.filter(verb="messages.take_batch").count() == 1, "nobody's number is opened again"


def test_whose_number_is_gone_is_listed(cast: Cast, open_by: Open, web: Sink) -> None:
    from muster.organisation.lives import set_phone

    open_by("sms", web)
    with_phones(cast.people["m_a1_1"].pk)
    tell(cast.people["m_a1_1"].pk)
    set_phone(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"], phone="")
    tick()
    assert Message.objects.get().error == "message.no_address"
    assert web.heard == []


def test_whoever_was_killed_while_sending_leaves_it_unsure(cast: Cast, open_by: Open, web: Sink) -> None:
    open_by("sms", web)
    with_phones(cast.people["m_a1_1"].pk)
    tell(cast.people["m_a1_1"].pk)
    assert sending._begin(Message.objects.get())
    assert not sending._begin(Message.objects.get()), "nobody takes it twice"
    tick()
    assert states() == ["sending"]
    with at(6):
        tick()
    assert (states(), web.heard) == (["unsure"], [])


def test_what_failed_in_the_evening_waits_for_the_morning(cast: Cast, open_by: Open) -> None:
    with sink(lambda _n, _request: (500, {}, {})) as server:
        open_by("sms", server)
        with_phones(cast.people["m_a1_1"].pk)
        with at(hours=12, minutes=59.5):  # half a minute before ten in the evening
            tell(cast.people["m_a1_1"].pk)
            tick()
    assert Message.objects.get().next_at.hour == 23, "seven in the morning there"
