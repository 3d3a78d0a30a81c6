"""The one box at a desk and on a small screen: the slash leads to it, what is found opens, its pages are sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.journeys.conftest import District
from tests.journeys.test_board import DESK, PHONE, go, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

Sound = Callable[["Page"], None]
PAGES = ("", "?q=a1", "?q=Name+of", "?q=qqxx", "?q=Name+of&kind=people")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_sound(
    district: District, new_context: Callable[..., BrowserContext], sound: Sound, size: dict[str, int], scheme: str
) -> None:
    page = new_context(viewport=size, color_scheme=scheme, locale="en-GB").new_page()
    sign_in(page, district)
    for query in PAGES:
        page.goto(f"{district.url}/office/search/{query}")
        sound(page)


def test_the_slash_leads_to_the_box_and_what_is_found_opens(
    district: District, new_context: Callable[..., BrowserContext], sound: Sound
) -> None:
    page = new_context(viewport=DESK, locale="en-GB").new_page()
    sign_in(page, district)
    sound(page)
    page.goto(f"{district.url}/office/people/")
    page.keyboard.press("/")
    page.keyboard.type("m_a1_1/")
    box = page.get_by_role("searchbox", name="Search everything that I may see")
    assert box.input_value() == "m_a1_1/", "a slash within the words is one"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    go(page, page.get_by_role("link", name="Name of m_a1_1"))
    assert page.get_by_role("heading", level=1).inner_text().startswith("Name of m_a1_1")


def test_on_a_small_screen_and_without_scripts_the_way_is_there(
    district: District, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(viewport=PHONE, java_script_enabled=False, locale="en-GB").new_page()
    sign_in(page, district)
    go(page, page.get_by_role("link", name="Search", exact=True))
    page.get_by_role("searchbox").fill("a1")
    with page.expect_navigation():
        page.get_by_role("searchbox").press("Enter")
    assert page.get_by_role("link", name="Unit A1", exact=True).is_visible()
