"""Every page of messages is sound, at a desk and on a phone, light and dark: with rows, empty, each kind of channel."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from muster.foundation import clock
from muster.foundation.ids import new_id
from muster.messages.channels import TRIAL
from muster.messages.models import Channel, Message
from tests.journeys.conftest import District
from tests.journeys.test_board import DESK, PHONE, go, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

Sound = Callable[["Page"], None]
New = Callable[..., "BrowserContext"]
EMPTY = [
    "/office/messages/",
    "/office/messages/?show=waiting",
    "/office/messages/?show=sent",
    "/office/messages/?show=given_up",
    "/office/messages/channels/",
    "/office/messages/channels/new/",
    *(f"/office/messages/channels/new/?kind={kind}" for kind in Channel.Kind.values),
    "/my/me/mail/",
]
STATES = {
    Message.State.FAILED: "channel.refused",
    Message.State.UNSURE: "channel.no_answer",
    Message.State.WAITING: "channel.trouble",
    Message.State.SENT: "",
    Message.State.GIVEN_UP: "message.no_address",
}


@pytest.fixture
def told(district: District) -> list[str]:
    """Messages in every state by an SMS gateway and by a robot whose names are long; the addresses that show them."""
    cast, now = district.cast, clock.now()
    made = [
        Channel.objects.create(id=new_id(), unit=cast.root, kind=kind, name=name, made_at=now)
        for kind, name in (("sms", "SMS"), ("feishu", "The group of everybody who leads a village in this district"))
    ]
    Channel.objects.create(id=new_id(), unit=cast.town, kind="mail", name="Mail", made_at=now, paused_at=now)
    ended = Channel.objects.create(id=new_id(), unit=cast.town, kind="wecom", name="Old", made_at=now, ended_at=now)
    for n, (state, error) in enumerate(STATES.items()):
        for channel in made:
            Message.objects.create(
                id=new_id(),
                unit=cast.village,
                person=cast.people["m_a1_1"] if channel.kind == "sms" else None,
                channel=channel,
                template=("roll.asked", "roll.lead", "roll.above", "roll.group", TRIAL)[n],
                made_at=now - timedelta(minutes=n),
                # Nothing is due: the test is about pages, and no gateway stands behind them.
                next_at=now + timedelta(days=1),
                state=state,
                tries=3,
                error=error,
                urgent=n == 0,
            )
    return [*EMPTY[:5], *(f"/office/messages/channels/{one.pk}/" for one in (*made, ended))]


def shown(page: Page, district: District, addresses: list[str], sound: Sound, name: str) -> None:
    """Each address is sound; MUSTER_SHOTS keeps a picture of each in that folder."""
    for n, address in enumerate(addresses):
        answer = page.goto(district.url + address)
        assert answer is not None
        assert answer.status == 200, address
        sound(page)
        if folder := os.environ.get("MUSTER_SHOTS"):
            page.screenshot(path=f"{folder}/{name}-{n:02}.png", full_page=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_is_sound_while_it_is_empty(
    district: District, new_context: New, sound: Sound, size: dict[str, int], theme: str
) -> None:
    page = new_context(viewport=size, color_scheme=theme, locale="en-GB").new_page()
    sign_in(page, district)
    shown(page, district, EMPTY, sound, f"empty-{size['width']}-{theme}")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_is_sound_with_rows(
    district: District, told: list[str], new_context: New, sound: Sound, size: dict[str, int], theme: str
) -> None:
    page = new_context(viewport=size, color_scheme=theme, locale="en-GB").new_page()
    sign_in(page, district)
    shown(page, district, told, sound, f"rows-{size['width']}-{theme}")
    page.goto(f"{district.url}/office/messages/")
    page.get_by_role("checkbox", name="all that did not go").check()
    go(page, page.get_by_role("button", name="Give up"))
    assert "are given up" in page.inner_text("main")
    assert "Everything went." in page.inner_text("main")
    sound(page)


def test_what_cannot_be_opened_says_why_and_keeps_what_was_typed(
    district: District, new_context: New, sound: Sound
) -> None:
    page = new_context(viewport=PHONE, locale="en-GB").new_page()
    sign_in(page, district)
    page.goto(f"{district.url}/office/messages/channels/new/?kind=sms")
    page.get_by_label("Name", exact=True).fill("SMS")
    page.get_by_label("Template of the gateway").fill("no JSON")
    go(page, page.get_by_role("button", name="Open the channel"))
    # In a drill nothing is opened at all, and that is said before anything else is asked.
    assert "In a drill nothing leaves the house" in page.inner_text("main")
    assert page.get_by_label("Template of the gateway").input_value() == "no JSON"
    sound(page)
