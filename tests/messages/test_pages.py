"""The pages of the outbox and of channels: who sees what, and what they do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from muster.foundation.models import Database
from muster.messages import sending, views
from muster.messages.models import Channel, Message
from muster.organisation.models import Account
from tests.cast import START, Cast, at
from tests.messages.conftest import states, tell, tick, with_phones
from tests.messages.servers import Sink
from tests.signed_in import sign_in_behind


@pytest.fixture
def of(client: Client) -> Callable[[str], Client]:
    """The browser of somebody, in English."""

    def signed_in(name: str) -> Client:
        account = Account.objects.get(name=name)
        client.force_login(account)
        sign_in_behind(client, account)
        client.cookies["django_language"] = "en"
        return client

    return signed_in


@pytest.fixture
def stuck(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> list[Message]:
    """Three that may have arrived."""
    open_by("sms", web)
    people = [cast.people[n].pk for n in ("m_a1_1", "m_a1_2", "m_b1_1")]
    with_phones(*people)
    tell(*people)
    for message in Message.objects.all():
        sending._begin(message)
    with at(6):
        tick()
    return list(Message.objects.order_by("pk"))


def test_a_commander_reads_names_an_administrator_numbers(
    cast: Cast, of: Callable[[str], Client], stuck: list[Message]
) -> None:
    page = of("commander").get("/office/messages/").content.decode()
    assert "Name of m_a1_1" in page
    assert "Muster was stopped while it was being sent" in page
    page = of("administrator").get("/office/messages/").content.decode()
    assert "m_a1_1" in page
    assert "Name of m_" not in page
    assert "1380000" not in page


def test_what_is_ticked_is_sent_again_and_all_of_it_given_up(
    cast: Cast, of: Callable[[str], Client], stuck: list[Message], web: Sink
) -> None:
    client = of("administrator")
    answer = client.post("/office/messages/?show=stuck", {"message": [stuck[0].pk], "do": "again"})
    assert answer["Location"] == "/office/messages/?show=stuck&told=again&count=1"
    assert states() == ["unsure", "unsure", "waiting"]
    client.post("/office/messages/?show=stuck", {"all": "1", "do": "give_up"})
    assert states() == ["given_up", "given_up", "waiting"]
    assert "Everything went." in client.get("/office/messages/").content.decode()


def test_what_is_ticked_is_found_however_much_is_listed(
    cast: Cast, of: Callable[[str], Client], stuck: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "AT_ONCE", 1)
    client = of("administrator")
    for message in reversed(stuck):
        assert client.post("/office/messages/", {"message": [message.pk], "do": "give_up"}).status_code == 302
    assert states() == ["given_up"] * 3


@pytest.mark.parametrize("form", [{"do": "again"}, {"do": "again", "message": "words"}, {"all": "1", "do": "burn"}])
def test_it_says_what_is_wrong_with_a_choice(
    cast: Cast, of: Callable[[str], Client], stuck: list[Message], form: dict[str, str]
) -> None:
    answer = of("administrator").post("/office/messages/", form)
    assert answer.status_code == 422
    assert states() == ["unsure"] * 3


def test_the_page_costs_the_same_with_one_and_with_many(
    cast: Cast, of: Callable[[str], Client], stuck: list[Message], django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = of("commander")
    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        client.get("/office/messages/")


def test_a_channel_is_opened_tried_paused_and_ended(cast: Cast, of: Callable[[str], Client], web: Sink) -> None:
    client = of("administrator")
    assert "What kind of channel?" in client.get("/office/messages/channels/new/").content.decode()
    form = {"kind": "wecom", "name": "The office's group", "unit": "D", "url": web.url}
    opened = client.post("/office/messages/channels/new/", form)
    channel = Channel.objects.get()
    place = f"/office/messages/channels/{channel.pk}/"
    assert opened["Location"] == f"{place}?told=opened"
    page = client.get(place).content.decode()
    assert "secret" not in page
    trial = {"do": "try", "trial": "018d0000-0000-7000-8000-000000000001"}
    for _tap in range(2):
        assert client.post(place, trial)["Location"] == f"{place}?told=try"
    tick()
    assert len(web.heard) == 1
    for do in ("pause", "resume", "end"):
        assert client.post(place, {"do": do}).status_code == 302
    assert "has ended" in client.get(f"{place}?told=end").content.decode()
    assert client.post(place, {"do": "pause"}).status_code == 409
    assert client.post(place, {"do": "burn"}).status_code == 422


def test_a_wrong_form_comes_back_with_what_was_written_and_without_its_secret(
    cast: Cast, of: Callable[[str], Client]
) -> None:
    form = {"kind": "mail", "name": "Post", "unit": "D", "host": "mail.test", "port": "x", "password": "hush"}
    answer = of("administrator").post("/office/messages/channels/new/", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "mail.test" in page
    assert "hush" not in page


def test_a_lead_keeps_the_group_of_their_unit_alone(
    cast: Cast, of: Callable[[str], Client], open_by: Callable[..., Channel], web: Sink
) -> None:
    districts = open_by("sms", web)
    client = of("lead_a")
    assert "SMS" not in client.get("/office/messages/channels/new/").content.decode().replace("Ways out", "")
    assert client.get(f"/office/messages/channels/{districts.pk}/").status_code == 404
    form = {"kind": "wecom", "name": "g", "unit": "B", "url": web.url}
    assert client.post("/office/messages/channels/new/", form).status_code == 422
    assert client.post("/office/messages/channels/new/", form | {"unit": "A"}).status_code == 302
    assert client.get("/office/messages/").status_code == 403
    assert 'href="/office/messages/"' not in client.get("/office/messages/channels/").content.decode()


@pytest.mark.parametrize("form", [{}, {"begins": "x", "ends": "07:00"}, {"begins": "22:00+08:00", "ends": "07:00"}])
def test_the_night_is_two_times_of_the_day(cast: Cast, of: Callable[[str], Client], form: dict[str, str]) -> None:
    client = of("commander")
    assert client.post("/office/messages/night/", form).status_code == 422
    answer = client.post("/office/messages/night/", {"begins": "21:00", "ends": "06:30"})
    assert answer["Location"].endswith("told=night")
    assert "21:00" in client.get("/office/messages/channels/").content.decode()


def test_a_member_says_where_their_mail_goes(cast: Cast, of: Callable[[str], Client]) -> None:
    client = of("m_a1_1")
    assert client.get("/office/messages/").status_code == 403
    assert client.post("/my/me/mail/", {"address": "me", "language": "en"}).status_code == 422
    assert client.post("/my/me/mail/", {"address": "me@muster.test", "language": "en"}).status_code == 302
    answer = client.get("/my/me/mail/")
    assert "me@muster.test" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_in_a_drill_none_is_offered(cast: Cast, of: Callable[[str], Client]) -> None:
    client = of("commander")
    assert "/channels/new/" in client.get("/office/messages/channels/").content.decode()
    Database.objects.create(drill=True, made_at=START)
    page = client.get("/office/messages/channels/").content.decode()
    assert "/channels/new/" not in page
    assert "In a drill nothing leaves the house" in page


def test_the_outbox_is_taken_along_by_whoever_looks_after_it(
    cast: Cast, of: Callable[[str], Client], stuck: list[Message]
) -> None:
    answer = of("commander").get("/office/lists/messages/csv/?show=stuck")
    said = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert said.count("Name of m_") == 3
    assert "may have arrived" in said
    assert of("clerk").get("/office/lists/messages/csv/").status_code == 403
    assert "lists/messages" not in of("administrator").get("/office/messages/").content.decode()
