"""Chasing at a desk and on a phone: a ladder is taken, a roll is chased, whoever is outstanding is reminded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from muster.mobilisation.kinds import REPORT_IN
from tests.journeys.conftest import District
from tests.journeys.test_board import DESK, PHONE, go, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

Sound = Callable[["Page"], None]


def pages_of(district: District) -> list[str]:
    roll = f"/office/rolls/{district.cast.roll(district.order, REPORT_IN).pk}/"
    entry = district.cast.entry(district.order, "m_a1_2", REPORT_IN).pk
    asked = ("", "chase/", "remind/", f"remind/?entry={entry}", "copy/", "print/?whom=unreached")
    return ["/office/ladders/", *(roll + one for one in asked), f"/office/entries/{entry}/"]


def test_a_ladder_is_taken_a_roll_is_chased_and_those_outstanding_are_reminded(
    district: District, new_context: Callable[..., BrowserContext], sound: Sound
) -> None:
    desk = new_context(viewport=DESK, locale="en-GB").new_page()
    sign_in(desk, district)
    ladders, roll, *_others = pages_of(district)
    desk.goto(district.url + ladders)
    sound(desk)
    go(desk, desk.get_by_role("button", name="Take this ladder"))
    sound(desk)
    desk.goto(district.url + roll)
    go(desk, desk.get_by_role("link", name="Chase", exact=True))
    go(desk, desk.get_by_role("button", name="Chase by this ladder"))
    assert (
        desk.get_by_text("to 17 as things stand now").count() or desk.get_by_text("to 18 as things stand now").count()
    )
    go(desk, desk.get_by_role("link", name="Remind by hand"))
    sound(desk)
    go(desk, desk.get_by_role("button", name="Remind them"))
    assert desk.get_by_text("they stand on the call list").count()
    sound(desk)
    desk.goto(district.url + roll)
    go(desk, desk.get_by_role("button", name="Called, no answer").first)
    assert desk.get_by_text("called 1×").count() == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_is_sound(
    district: District, new_context: Callable[..., BrowserContext], sound: Sound, size: dict[str, int], theme: str
) -> None:
    page = new_context(viewport=size, color_scheme=theme, locale="en-GB").new_page()
    sign_in(page, district)
    for address in pages_of(district):
        page.goto(district.url + address)
        sound(page)
    page.goto(district.url + "/office/ladders/")
    page.get_by_text("Make another ladder").click()
    sound(page)


def test_the_text_is_copied_with_one_tap(district: District, new_context: Callable[..., BrowserContext]) -> None:
    context = new_context(viewport=DESK, locale="en-GB")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    sign_in(page, district)
    page.goto(district.url + pages_of(district)[5])
    page.get_by_role("button", name="Copy", exact=True).click()
    assert page.evaluate("navigator.clipboard.readText()").startswith("[To your posts]")
