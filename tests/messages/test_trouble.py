"""What goes wrong with one message or one channel holds no other up, and who has gone is told nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from muster.foundation import clock
from muster.foundation.registry import MESSAGES
from muster.messages import sending, sms, web
from muster.messages.channels import end_channel, pause_channel
from muster.messages.held import parts
from muster.messages.models import Channel, Message, Nudge
from muster.messages.outbox import told_at, told_since
from muster.messages.texts import Args, Template, Told
from muster.organisation.keeping import erase_person
from muster.organisation.lives import merge_people, retire
from muster.vault.models import Reading
from tests.cast import START, Cast
from tests.messages.conftest import ABOUT, SAYS, states, tell, tick, with_mail, with_phones
from tests.messages.servers import Post, Sink, post, sink

Open = Callable[..., Channel]


@contextmanager
def dribbling() -> Iterator[str]:
    """A server that answers a byte at a time and comes to no end; yields its address."""
    over = threading.Event()

    def answer(listening: socket.socket) -> None:
        with suppress(OSError), listening.accept()[0] as one:
            one.recv(65536)
            for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 2000:
                if over.wait(0.05):
                    return
                one.send(bytes([byte]))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=answer, args=(listening,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook"
        finally:
            over.set()


def test_a_gateway_that_answers_a_byte_at_a_time_holds_nobody_up(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "WHOLE_SECONDS_MAX", 0.5)
    began = clock.monotonic()
    with dribbling() as url:
        said = web.ask("POST", url, headers={}, content=b"{}")
    assert said == web.Unsure("channel.no_answer")
    assert clock.monotonic() - began < 3


def test_a_gateway_that_hangs_keeps_no_other_channel_waiting(
    cast: Cast, open_by: Open, mails: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "SECONDS_MAX", 0.3)
    monkeypatch.setattr(sending, "SECONDS_MAX", 0.2)
    people = [one.pk for one in cast.people.values()]
    with sink(lambda _n, _request: None) as server:
        open_by("sms", server)
        open_by("mail", mails)
        with_phones(*people[:6])
        with_mail(*people[6:8])
        tell(*people[:8])
        assert tick() == 2
        assert len(server.heard) <= sending.FAILURES_MAX
        assert len(mails.mails) == 2


def test_a_channel_that_gives_no_answer_three_times_is_left_alone(cast: Cast, open_by: Open) -> None:
    people = [one.pk for one in cast.people.values()][:6]
    with sink(lambda _n, _request: (200, {}, {})) as server:
        open_by("sms", server)  # its template wants an errcode
        with_phones(*people)
        tell(*people)
        tick()
        assert len(server.heard) == sending.FAILURES_MAX
    assert states() == ["unsure"] * 3 + ["waiting"] * 3


def test_what_nobody_thought_of_leaves_one_message_in_doubt_and_sends_the_others(
    cast: Cast, open_by: Open, web: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_by("sms", web)
    people = [one.pk for one in cast.people.values()][:3]
    with_phones(*people)
    tell(*people)
    whole, calls = sms.say, []

    def say(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("13800000000")
        return whole(*args)

    monkeypatch.setattr(sms, "say", say)
    assert tick() == 2
    assert states() == ["sent", "sent", "unsure"]


def test_what_has_no_words_any_more_is_listed_and_the_others_go(cast: Cast, open_by: Open, web: Sink) -> None:
    def says(args: Args) -> Told:
        return Told("x", {1: "here"}[args["count"]])

    open_by("sms", web)
    one, two = cast.people["m_a1_1"].pk, cast.people["m_a1_2"].pk
    with_phones(one, two)
    MESSAGES._offers[SAYS] = Template(says)
    tell(one, args={"count": 1})
    tell(two, args={"count": 2})
    assert tick() == 1
    assert Message.objects.get(state="failed").error == "message.no_words"


def test_what_was_put_while_its_channel_ended_is_listed(cast: Cast, open_by: Open, web: Sink) -> None:
    channel = open_by("sms", web)
    with_phones(cast.people["m_a1_1"].pk)
    end_channel(by=cast.administrator, channel=channel)
    # As another transaction leaves it that chose the channel before it ended, and committed after.
    Channel.objects.update(ended_at=None)
    tell(cast.people["m_a1_1"].pk)
    Channel.objects.update(ended_at=START)
    tick()
    message = Message.objects.get()
    assert (message.state, message.error, message.tries) == ("failed", "channel.ended", 0)


def test_what_is_paused_between_the_look_and_the_sending_is_not_sent(cast: Cast, open_by: Open, web: Sink) -> None:
    channel = open_by("sms", web)
    with_phones(cast.people["m_a1_1"].pk)
    tell(cast.people["m_a1_1"].pk)
    messages = sending.take_batch(by=sending.house("test"), channel=channel, due_by=clock.now())
    pause_channel(by=cast.administrator, channel=channel)
    assert not sending._begin(messages[0].message)
    assert (states(), web.heard) == (["waiting"], [])


@pytest.mark.parametrize("how", ["retired", "merged", "erased"])
def test_whoever_has_gone_is_told_nothing_and_nothing_of_theirs_is_opened(
    cast: Cast, open_by: Open, web: Sink, how: str
) -> None:
    open_by("sms", web)
    person = cast.people["m_a1_1"]
    with_phones(person.pk)
    tell(person.pk)
    if how == "merged":
        merge_people(by=cast.town_lead, parent=cast.town, person=person, into=cast.people["m_a1_2"])
    else:
        retire(by=cast.town_lead, unit=cast.village, person=person)
    if how == "erased":
        erase_person(by=cast.commander, person=person)
    assert tick() == 0
    message = Message.objects.get()
    assert (message.state, message.error, web.heard) == ("failed", "message.gone", [])
    assert not Reading.objects.filter(purpose="contact", way="opened").exists()
    if how == "erased":
        kept = [*Message.objects.values_list("args", "error", "template"), *Nudge.objects.values_list("step")]
        assert "Name of" not in str(kept)
        assert "138" not in str(kept)


def test_who_was_merged_was_told_and_sees_it_as_who_they_go_on(cast: Cast, open_by: Open, web: Sink) -> None:
    open_by("sms", web)
    other, stays = cast.people["m_a1_1"], cast.people["m_a1_2"]
    with_phones(other.pk)
    tell(other.pk)
    tick()
    merge_people(by=cast.town_lead, parent=cast.town, person=other, into=stays)
    assert stays.pk in told_at(ABOUT, "first")
    assert told_since(ABOUT, START, [stays.pk]) == {stays.pk}
    assert tell(stays.pk).before == 1, "it is told once to whoever goes on"
    assert len(parts(stays.pk, clock.now())[0].rows) == 1


@pytest.mark.parametrize("body", [{}, {"ok": True}, []])
def test_a_robot_that_answers_without_a_code_may_have_said_it(cast: Cast, open_by: Open, body: object) -> None:
    with sink(lambda _n, _request: (200, {}, body)) as server:
        open_by("wecom", server)
        tell(cast.root.pk, group=True)
        tick()
    assert states() == ["unsure"]


def test_a_gateway_in_trouble_is_left_alone_as_long_as_it_asks(cast: Cast, open_by: Open) -> None:
    with sink(lambda _n, _request: (503, {"Retry-After": "900"}, {})) as server:
        open_by("sms", server)
        with_phones(cast.people["m_a1_1"].pk)
        tell(cast.people["m_a1_1"].pk)
        tick()
    message = Message.objects.get()
    assert message.begun_at is not None
    assert message.next_at - message.begun_at >= timedelta(minutes=15)


def test_after_content_that_a_mail_server_refused_to_hear_the_next_mail_goes(cast: Cast, open_by: Open) -> None:
    said: list[str] = []

    class Moody(SMTP):
        async def smtp_DATA(self, arg: str) -> None:
            said.append(arg)
            if len(said) == 1:
                await self.push("451 not now")
            else:
                await super().smtp_DATA(arg)

    class Office(Controller):
        def factory(self) -> SMTP:
            return Moody(self.handler)

    with post() as free:
        handler, port = free, free.port
    office = Office(handler, hostname="127.0.0.1", port=port)
    office.start()
    try:
        open_by("mail", handler)
        with_mail(cast.people["m_a1_1"].pk, cast.people["m_a1_2"].pk)
        tell(cast.people["m_a1_1"].pk, cast.people["m_a1_2"].pk)
        assert tick() == 1
    finally:
        office.stop()
    assert states() == ["sent", "waiting"]
    assert len(handler.mails) == 1
