"""At a desk: from the board down to a missing name, from a report down to one answer; the wall; every page sound."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from muster.briefing import views
from muster.briefing.actions import issue_report
from muster.foundation import clock, database
from tests.briefing.conftest import FIGURE, MEMBERS
from tests.cast import START
from tests.journeys.conftest import District

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

Sound = Callable[["Page"], None]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
PAGES = [
    "/office/",
    "/office/?unit=A",
    "/office/?unit=A1",
    "/office/?as_of=2020-01-28T12:00",
    "/office/figures/",
    FIGURE,
    f"{FIGURE}?history=table&unit=B&show=expected",
    f"{MEMBERS}?show=answered",
    "/office/figures/mobilisation.orders_issued/",
    "/office/reports/",
    "/office/reports/new/",
]

SMALLEST = """Math.min(...[...document.querySelectorAll("main *")]
  .filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
"""px of the smallest words that are shown."""


@pytest.fixture
def desk(new_context: Callable[..., BrowserContext]) -> Page:
    """A desk in English."""
    return new_context(viewport=DESK, locale="en-GB").new_page()


def go(page: Page, place: Locator) -> None:
    """Click, and wait for the page that it leads to."""
    with page.expect_navigation():
        place.click()


def sign_in(page: Page, district: District) -> None:
    page.goto(district.url)
    go(page, page.get_by_role("button", name="commander"))


def fits(page: Page) -> bool:
    """Whether the page needs no scrolling."""
    found: bool = page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    return found


def test_the_commander_sees_a_town_behind_and_opens_it_down_to_the_missing_name(
    district: District, desk: Page, sound: Sound
) -> None:
    database.run_clock_on_from(START + timedelta(hours=7))  # the order has been due for two hours
    sign_in(desk, district)
    assert desk.url == f"{district.url}/office/"
    sound(desk)
    assert fits(desk), "the board is one screen"
    behind = desk.locator("a.tile.late")
    assert behind.inner_text().split("\n")[0] == "B"
    assert "overdue 4" in behind.inner_text()
    go(desk, behind)
    sound(desk)
    assert fits(desk)
    go(desk, desk.locator("a.tile", has_text="B2"))
    sound(desk)
    assert desk.get_by_label("Who has not answered").get_by_text("3 of 3 not reported in").is_visible()
    go(desk, desk.locator("#lower tr", has_text="3 of 3").get_by_role("link"))
    sound(desk)
    assert "Members who reported in · Unit B2" in desk.locator("h1").inner_text()
    go(desk, desk.get_by_role("link", name="Name of m_b2_1"))
    sound(desk)
    assert "/office/entries/" in desk.url
    assert "Name of m_b2_1" in desk.inner_text("main")


def test_a_reader_of_the_report_opens_a_figure_down_to_one_answer(district: District, desk: Page, sound: Sound) -> None:
    sign_in(desk, district)
    go(desk, desk.get_by_role("link", name="Reports"))
    go(desk, desk.get_by_role("link", name="Compose a report"))
    go(desk, desk.get_by_role("button", name="Issue as of"))
    sound(desk)
    assert "Issued as no. 1. It cannot be changed any more." in desk.inner_text("main")
    go(desk, desk.locator('a.fig[href*="organisations_acknowledged&part=answered"]'))
    sound(desk)
    assert desk.locator("#opened .figure-value").inner_text() == "1 units"
    go(desk, desk.get_by_role("link", name="Open the rows"))
    sound(desk)
    go(desk, desk.get_by_role("link", name="Unit A1"))
    sound(desk)
    assert "Name of lead_a1" in desk.inner_text("main")
    assert "will do" in desk.inner_text("main")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_is_sound(
    district: District, new_context: Callable[..., BrowserContext], sound: Sound, size: dict[str, int], theme: Any
) -> None:
    made = district.cast
    ids = [
        issue_report(by=made.commander, unit=made.root, incident=made.incident, as_of=START + timedelta(minutes=n)).pk
        for n in (10, 60)
    ]
    page = new_context(viewport=size, color_scheme=theme, locale="en-GB").new_page()
    sign_in(page, district)
    report = f"/office/reports/{ids[1]}/"
    for address in [
        *PAGES,
        report,
        f"{report}?figure=mobilisation.members_reported_in&part=expected",
        f"{report}print/",
    ]:
        answer = page.goto(f"{district.url}{address}")
        assert answer is not None
        assert answer.status == 200
        sound(page)
        if size is DESK and address.partition("?")[0] == "/office/":
            assert fits(page), address


def test_the_pages_of_paper_print_on_a4(district: District, desk: Page) -> None:
    made = district.cast
    report = issue_report(by=made.commander, unit=made.root, incident=made.incident, as_of=START + timedelta(hours=1))
    sign_in(desk, district)
    desk.goto(f"{district.url}/office/reports/{report.pk}/print/")
    file = desk.pdf(prefer_css_page_size=True)
    width, height = map(float, re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", file)[0])
    assert (round(width), round(height)) in ((594, 842), (595, 842), (595, 841), (596, 842))  # points


def test_the_board_refreshes_itself_and_leaves_open_what_is_open(
    district: District, desk: Page, sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "REFRESH_SECONDS", 1)
    sign_in(desk, district)
    desk.evaluate("window.same = true")
    desk.locator(".time-bar summary").click()
    with clock.played_at(clock.now()):
        district.cast.answer(district.order, "B")
    database.run_clock_on_from(clock.now() + timedelta(seconds=30))
    desk.locator("#streams text", has_text="Acknowledged 2").wait_for()
    assert desk.evaluate("window.same"), "the page was not loaded anew"
    assert desk.locator(".time-bar .pop-body").is_visible()
    assert desk.locator("a.tile", has_text="B").inner_text().startswith("B")
    sound(desk)


def test_a_wall_that_hears_nothing_says_so_and_recovers(
    district: District, new_context: Callable[..., BrowserContext], sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "REFRESH_SECONDS", 1)
    page = new_context(viewport={"width": 1920, "height": 1080}, locale="en-GB").new_page()
    sign_in(page, district)
    page.goto(f"{district.url}/office/?wall=1")
    sound(page)
    assert fits(page)
    assert page.evaluate(SMALLEST) >= 20, "nothing on a wall is smaller"
    page.wait_for_timeout(3000)
    assert page.locator("#moment.stale").count() == 0
    page.route("**/office/**", lambda route: route.abort())
    page.locator("#moment.stale").wait_for()
    assert "Data stopped here" in page.locator("#moment").inner_text()
    page.unroute("**/office/**")
    page.locator("#moment:not(.stale)").wait_for()
    assert "Live" in page.locator("#moment").inner_text()
