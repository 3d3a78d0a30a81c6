"""The office and a phone in Traditional: changed to with one button, whole at both sizes, in its own faces."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.journeys.conftest import District

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

SIZES = {"office": (1280, 800), "phone": (390, 844)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("light", ["light", "dark"])
def test_a_reader_changes_to_traditional(
    district: District,
    new_context: Callable[..., BrowserContext],
    sound: Callable[[Page], None],
    size: str,
    light: str,
) -> None:
    width, height = SIZES[size]
    page = new_context(viewport={"width": width, "height": height}, locale="zh-CN", color_scheme=light).new_page()
    page.goto(district.url)
    with page.expect_navigation():
        page.get_by_role("button", name="commander").click()
    for address, said in (
        ("/my/me/", "語言"),
        ("/office/", "指揮"),
        ("/office/rolls/", "點名冊"),
        ("/my/", "這裡會列出來"),
    ):
        page.goto(f"{district.url}{address}")
        if address == "/my/me/":
            with page.expect_navigation():
                page.get_by_role("button", name="繁體中文").click()
        assert page.locator("html").get_attribute("lang") == "zh-hant"
        assert said in page.inner_text("body")
        assert "PingFang TC" in page.evaluate("getComputedStyle(document.body).fontFamily")
        sound(page)
