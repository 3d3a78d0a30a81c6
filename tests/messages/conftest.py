"""Channels to servers on loopback, and people who can be reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from pytest_django.fixtures import Settings

from muster.foundation import clock
from muster.foundation.action import action
from muster.foundation.ids import new_id
from muster.foundation.registry import MESSAGES
from muster.foundation.rights import HOUSE, Actor, house
from muster.messages import sending
from muster.messages.channels import open_channel
from muster.messages.models import Channel, Message
from muster.messages.outbox import New, Put, put
from muster.messages.purposes import MAIL
from muster.messages.texts import Args, Template, Told
from muster.vault.particulars import NewParticular, keep
from muster.vault.purposes import CONTACT
from tests.cast import Cast
from tests.messages.servers import Post, Sink, post, sink

SAYS = "test.says"


def _says(args: Args) -> Told:
    from django.utils.translation import gettext as _

    return Told(_("Messages"), f"{_('Messages')}: {args.get('count', 0)}", "/my/")


@pytest.fixture(autouse=True)
def _loopback(settings: Settings) -> Iterator[None]:
    settings.PRIVATE_GATEWAYS = ("127.0.0.1",)
    settings.PUBLIC_ADDRESS = "https://muster.test"
    if SAYS not in MESSAGES:
        MESSAGES.add(SAYS, Template(_says))
    yield
    MESSAGES._offers.pop(SAYS)


@pytest.fixture
def web() -> Iterator[Sink]:
    with sink() as made:
        yield made


@pytest.fixture
def mails() -> Iterator[Post]:
    with post() as made:
        yield made


@action("test.tell", roles=(HOUSE,))
def _tell(*, by: Actor, news: list[New]) -> Put:
    return put(news)


def tell(*to: UUID, step: str = "first", about: UUID | None = None, **more: object) -> Put:
    """Put a message for each into the outbox."""
    about = about or ABOUT
    return _tell(by=house("test"), news=[New(one, about, step, SAYS, **more) for one in to])  # type: ignore[arg-type]


ABOUT = new_id()


def sms_template(url: str) -> dict[str, str]:
    """A gateway's template as an office would write it."""
    import json

    body = {"mobile": "{phone}", "content": "{text}", "serial": "{id}"}
    return {"template": json.dumps({"url": url, "json": body, "sent_if": {"errcode": 0}})}


@pytest.fixture
def open_by(cast: Cast) -> Callable[..., Channel]:
    """Opens a channel at the root, by the administrator."""

    def made(kind: str, server: Sink | Post, **more: str) -> Channel:
        if isinstance(server, Post):
            known = {"host": "127.0.0.1", "port": str(server.port), "security": "none", "sender": "m@muster.test"}
        elif kind == Channel.Kind.SMS:
            known = sms_template(server.url)
        else:
            known = {"url": server.url}
        return open_channel(by=cast.administrator, unit=cast.root, kind=kind, name=kind, known=known | more)

    return made


@action("test.reach", roles=(HOUSE,))
def _reach(*, by: Actor, people: list[UUID], purpose: str, words: str) -> None:
    until = clock.now() + timedelta(days=30)
    keep([NewParticular("person", pk, purpose, words % n, until) for n, pk in enumerate(people)])


def with_phones(*people: UUID) -> None:
    """Keep a number of each: 13800000000, 13800000001 …"""
    _reach(by=house("test"), people=list(people), purpose=CONTACT, words="138%08d")


def with_mail(*people: UUID) -> None:
    """Keep a mail address of each: p0@muster.test …"""
    _reach(by=house("test"), people=list(people), purpose=MAIL, words="p%d@muster.test")


def tick() -> int:
    """What the clockwork does about messages."""
    return sending.chore()


def states() -> list[str]:
    """How all messages stand, in order."""
    return sorted(Message.objects.values_list("state", flat=True))
