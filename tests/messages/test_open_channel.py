"""A way out of the house is opened by whoever keeps it; what cannot be used, or leads inside, is refused."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from muster.foundation.models import AuditLine
from muster.messages import addresses
from muster.messages.channels import known_of, open_channel
from muster.messages.models import Channel, Message
from muster.vault.models import Particular
from tests.cast import Cast, raises_refusal
from tests.messages.conftest import sms_template, states, tell, tick
from tests.messages.servers import Sink

MAIL = {"host": "127.0.0.1", "port": "587", "security": "starttls", "sender": "m@muster.test", "password": "hush"}


def test_its_address_and_secret_lie_in_the_vault(cast: Cast, web: Sink) -> None:
    made = open_channel(
        by=cast.town_lead,
        unit=cast.town,
        kind="dingtalk",
        name=" The  group ",
        known={"url": web.url, "secret": "hush"},
    )
    assert (made.name, made.unit) == ("The group", cast.town)
    assert known_of(made) == {"url": web.url, "secret": "hush"}
    assert b"hush" not in bytes(Particular.objects.get(subject_id=made.pk).body or b"")
    assert str(made.pk) in AuditLine.objects.latest("at").ids


@pytest.mark.parametrize("who", ["member", "outsider", "counsellor", "inspector", "clerk"])
def test_it_rejects_whoever_does_not_keep_the_unit(cast: Cast, web: Sink, who: str) -> None:
    with raises_refusal("rights.refused"):
        open_channel(by=getattr(cast, who), unit=cast.town, kind="wecom", name="x", known={"url": web.url})


@pytest.mark.parametrize(("kind", "known"), [("mail", MAIL), ("sms", None)])
def test_it_rejects_mail_and_sms_of_a_lead(cast: Cast, web: Sink, kind: str, known: Any) -> None:
    with raises_refusal("channel.not_yours"):
        open_channel(by=cast.town_lead, unit=cast.town, kind=kind, name="x", known=known or sms_template(web.url))


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": " "},
        {"port": "0"},
        {"port": "70000"},
        {"port": "¹"},
        {"security": "maybe"},
        {"sender": "nobody"},
        {"sender": "m@例子.test"},
    ],
)
def test_it_rejects_a_mail_server_that_cannot_be_used(cast: Cast, wrong: dict[str, str]) -> None:
    with raises_refusal("channel.mail") as caught:
        open_channel(by=cast.administrator, unit=cast.root, kind="mail", name="x", known=MAIL | wrong)
    assert list(caught.value.fields) == list(wrong)
    assert caught.value.status == 422


BODY = {"mobile": "{phone}", "content": "{text}"}


@pytest.mark.parametrize(
    "template",
    [
        "no json",
        "[]",
        json.dumps({"json": BODY}),
        json.dumps({"url": "https://a.test", "json": BODY, "shell": "rm"}),
        json.dumps({"url": "https://a.test", "json": BODY, "method": "DELETE"}),
        json.dumps({"url": "https://a.test", "json": BODY, "form": BODY}),
        json.dumps({"url": "https://a.test", "json": BODY, "headers": "x"}),
        json.dumps({"url": "https://a.test", "json": {"mobile": "{phone}"}}),
        json.dumps({"url": "https://a.test", "json": {"mobile": "{phone}", "content": "Muster: {text}"}}),
    ],
)
def test_it_rejects_a_template_that_cannot_be_used(cast: Cast, template: str) -> None:
    with raises_refusal("channel.template"):
        open_channel(by=cast.administrator, unit=cast.root, kind="sms", name="x", known={"template": template})


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://a.test/", "channel.address"),
        ("https://user:word@a.test/", "channel.address"),
        ("https://a.test:99999/", "channel.address"),
        ("words", "channel.address"),
        ("http://127.0.0.1:8000/office/", "channel.private"),
        ("http://localhost/", "channel.private"),
        ("http://10.1.2.3/", "channel.private"),
        ("http://192.168.0.1/", "channel.private"),
        ("http://169.254.169.254/latest/", "channel.private"),
        ("http://100.64.0.1/", "channel.private"),
        ("http://[::1]/", "channel.private"),
        ("http://[::ffff:10.0.0.1]/", "channel.private"),
        ("http://[fd00::1]/", "channel.private"),
        ("http://0.0.0.0/", "channel.private"),
        ("http://224.0.0.1/", "channel.private"),
    ],
)
def test_it_rejects_an_address_that_is_none_or_lies_in_the_house(
    cast: Cast, settings: Settings, url: str, code: str
) -> None:
    settings.PRIVATE_GATEWAYS = ()
    with raises_refusal(code) as caught:
        open_channel(by=cast.administrator, unit=cast.root, kind="wecom", name="x", known={"url": url})
    assert caught.value.status == 422
    assert "url" in caught.value.fields


@pytest.mark.parametrize(("names", "let"), [(("10.0.0.0/8",), True), (("sms.local",), True), (("10.9.0.0/16",), False)])
def test_the_settings_let_a_gateway_in_the_house_be_spoken_to(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], let: bool
) -> None:
    settings.PRIVATE_GATEWAYS = names
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_a, **_k: _found("10.1.2.3"))
    if let:
        open_channel(by=cast.administrator, unit=cast.root, kind="wecom", name="x", known={"url": "http://sms.local/"})
        return
    with raises_refusal("channel.private"):
        open_channel(by=cast.administrator, unit=cast.root, kind="wecom", name="x", known={"url": "http://sms.local/"})


def _found(*ips: str) -> list[Any]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ips]


def test_a_name_that_later_leads_into_the_house_is_not_spoken_to(
    cast: Cast, web: Sink, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PRIVATE_GATEWAYS = ()
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_a, **_k: _found("93.184.215.14"))
    open_channel(
        by=cast.administrator, unit=cast.root, kind="wecom", name="x", known={"url": f"http://a.test:{web.port}/"}
    )
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_a, **_k: _found("93.184.215.14", "127.0.0.1"))
    tell(cast.root.pk, group=True)
    tick()
    assert (states(), web.heard) == (["failed"], [])
    assert Message.objects.get().error == "channel.private"


@pytest.mark.parametrize(("name", "code"), [("", "channel.name"), ("x" * 61, "channel.name")])
def test_it_rejects_a_name_that_is_none(cast: Cast, web: Sink, name: str, code: str) -> None:
    with raises_refusal(code):
        open_channel(by=cast.administrator, unit=cast.root, kind="wecom", name=name, known={"url": web.url})


def test_it_rejects_a_kind_that_is_not_known(cast: Cast) -> None:
    with raises_refusal("channel.kind"):
        open_channel(by=cast.administrator, unit=cast.root, kind="pigeon", name="x", known={})
    assert not Channel.objects.exists()


def test_it_rejects_any_in_a_drill(cast: Cast, web: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("muster.messages.channels.is_drill", lambda: True)
    with raises_refusal("channel.drill"):
        open_channel(by=cast.administrator, unit=cast.root, kind="wecom", name="x", known={"url": web.url})


@pytest.mark.parametrize("part", [{"X-Key": "…"}, {"X Key": "k"}, {"X-Key": "a\r\nB: c"}, {"": "k"}])
def test_it_rejects_headers_that_cannot_be_sent(cast: Cast, web: Sink, part: dict[str, str]) -> None:
    known = json.loads(sms_template(web.url)["template"]) | {"headers": part}
    with raises_refusal("channel.template"):
        open_channel(by=cast.administrator, unit=cast.root, kind="sms", name="x", known={"template": json.dumps(known)})


def test_it_rejects_a_template_without_end(cast: Cast) -> None:
    with raises_refusal("channel.template"):
        open_channel(by=cast.administrator, unit=cast.root, kind="sms", name="x", known={"template": "[" * 4000})


@pytest.mark.parametrize("url", ["http://a..b/", f"http://{'a' * 80}.test/"])
def test_it_rejects_a_name_that_no_server_has(cast: Cast, url: str) -> None:
    with raises_refusal("channel.address"):
        open_channel(by=cast.administrator, unit=cast.root, kind="wecom", name="x", known={"url": url})
