"""A village's lead acknowledges on a phone; a member reports in with one tap and shows the badge."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from muster.foundation import clock
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Badge, Receipt
from muster.organisation.actions import open_incident
from muster.organisation.models import Grant
from tests.cast import REASON, START
from tests.journeys.conftest import District

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

Sound = Callable[["Page"], None]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}


@pytest.fixture
def screen(new_context: Callable[..., BrowserContext]) -> Page:
    """A phone in English."""
    return new_context(**PHONE).new_page()


def go(page: Page, place: Locator) -> None:
    """Tap, and wait for the page that it leads to."""
    with page.expect_navigation():
        place.tap()


def sign_in(page: Page, district: District, number: str) -> None:
    page.goto(district.url)
    go(page, page.get_by_role("button", name=number))


def test_a_lead_acknowledges_on_a_phone(district: District, screen: Page, sound: Sound) -> None:
    sign_in(screen, district, "lead_a3")
    screen.goto(f"{district.url}/my/")
    sound(screen)
    assert "Acknowledge: To your posts" in screen.locator("h1").inner_text()
    go(screen, screen.get_by_role("link", name="Open the order"))
    sound(screen)
    assert "Man the entrances" in screen.inner_text("main")
    answer = screen.get_by_role("button", name="We will do it")
    box = answer.bounding_box()
    assert box is not None
    assert box["height"] >= 72
    assert box["y"] + box["height"] <= 844, "the answer stands at the thumb, without scrolling"
    go(screen, answer)
    sound(screen)
    assert "Recorded: will do" in screen.inner_text("main")
    assert district.cast.entry(district.order, "A3").outcome == "will_do"
    whats = Receipt.objects.filter(at_unit=district.cast.units["A3"]).values_list("what", flat=True)
    assert set(whats) == {"delivered", "read"}


def test_a_lead_says_that_the_village_cannot(district: District, screen: Page, sound: Sound) -> None:
    sign_in(screen, district, "lead_a3")
    screen.goto(f"{district.url}/my/orders/{district.order.pk}/")
    go(screen, screen.get_by_role("link", name="We cannot comply, say why"))
    sound(screen)
    screen.get_by_label("Because").check()
    go(screen, screen.get_by_role("button", name="Say that we cannot"))
    assert "Recorded: cannot comply" in screen.inner_text("main")
    go(screen, screen.get_by_role("link", name="Recorded by mistake? Take it back"))
    sound(screen)
    screen.get_by_label("Because").check()
    go(screen, screen.get_by_role("button", name="Take it back"))
    assert "Acknowledge: To your posts" in screen.inner_text("main")
    assert district.cast.entry(district.order, "A3").state == "outstanding"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_member_reports_in_with_one_tap_and_shows_the_badge(
    district: District, new_context: Callable[..., BrowserContext], sound: Sound, scripts: bool
) -> None:
    screen = new_context(**PHONE, java_script_enabled=scripts).new_page()
    sign_in(screen, district, "m_a1_2")
    assert screen.url == f"{district.url}/my/", "a member begins at their own page"
    assert "Report in to Unit A1" in screen.inner_text("main")
    assert "I go first" in screen.inner_text("main")
    if scripts:
        sound(screen)
    go(screen, screen.get_by_role("button", name="I report in and keep these"))
    assert "Recorded: reported in" in screen.inner_text("main")
    go(screen, screen.get_by_role("link", name="Show my badge"))
    badge = Badge.objects.get(person=district.cast.people["m_a1_2"])
    assert badge.no in screen.inner_text("main")
    code = screen.locator("svg.segno")
    box = code.bounding_box()
    assert box is not None
    assert box["width"] > 200, "large enough to be scanned"
    if scripts:
        sound(screen)
    assert district.cast.entry(district.order, "m_a1_2", REPORT_IN).state == "answered"
    check(screen, district, badge, "This badge is valid")
    if scripts:
        sound(screen)


def check(screen: Page, district: District, badge: Badge, verdict: str) -> None:
    """Anybody checks a badge, and reads what it is."""
    screen.goto(f"{district.url}/badge/check")
    screen.get_by_label("Text of the badge").fill(badge.payload)
    go(screen, screen.get_by_role("button", name="Check"))
    assert verdict in screen.inner_text("main")


def test_a_member_who_lost_the_badge_gets_a_new_one(district: District, screen: Page, sound: Sound) -> None:
    sign_in(screen, district, "m_a1_2")
    go(screen, screen.get_by_role("button", name="I report in and keep these"))
    lost = Badge.objects.get(person=district.cast.people["m_a1_2"])
    screen.goto(f"{district.url}/my/badge/")
    go(screen, screen.get_by_role("link", name="I have lost it"))
    sound(screen)
    answer = screen.get_by_role("button", name="Revoke it, new badge").bounding_box()
    assert answer is not None
    assert answer["height"] >= 72
    assert answer["y"] + answer["height"] <= 844, "the answer stands at the thumb, without scrolling"
    go(screen, screen.get_by_role("button", name="Revoke it, new badge"))
    sound(screen)
    new = Badge.objects.get(person=district.cast.people["m_a1_2"], revoked_at=None)
    assert new.no in screen.inner_text("main")
    check(screen, district, lost, "This badge was revoked")
    check(screen, district, new, "This badge is valid")


def test_a_lead_gives_a_member_a_new_badge(district: District, screen: Page, sound: Sound) -> None:
    sign_in(screen, district, "lead_a3")
    screen.goto(f"{district.url}/my/unit/")
    go(screen, screen.get_by_role("button", name="Name of m_a3_1 reported in to me"))
    go(screen, screen.get_by_role("link", name="Badges of those who reported in"))
    sound(screen)
    go(screen, screen.get_by_role("link", name="Name of m_a3_1"))
    sound(screen)
    go(screen, screen.get_by_role("button", name="Lost: revoke it, make a new one"))
    sound(screen)
    assert "A new badge was made" in screen.inner_text("main")
    assert Badge.objects.filter(person=district.cast.people["m_a3_1"]).count() == 2


def test_a_lead_writes_down_who_called(district: District, screen: Page, sound: Sound) -> None:
    sign_in(screen, district, "lead_a3")
    screen.goto(f"{district.url}/my/unit/")
    sound(screen)
    assert "3 have not reported in" in screen.inner_text("main")
    go(screen, screen.get_by_role("button", name="Name of m_a3_1 reported in to me"))
    assert re.search(r"Recorded: Name of m_a3_1 reported in, written down by you", screen.inner_text("main"))
    assert "2 have not reported in" in screen.inner_text("main")
    sound(screen)


def test_pages_answer_in_chinese_too(district: District, phone: Page, sound: Sound) -> None:
    sign_in(phone, district, "m_a1_2")
    assert phone.locator("html").get_attribute("lang") == "zh-hans"
    for address in ("/my/", "/my/badge/", "/my/me/", "/my/me/held/", "/my/me/held/print/", "/badge/check", "/"):
        phone.goto(f"{district.url}{address}")
        sound(phone)


def test_the_office_is_sound(district: District, new_context: Callable[..., BrowserContext], sound: Sound) -> None:
    screen = new_context(viewport={"width": 1280, "height": 800}, locale="en-GB").new_page()
    screen.goto(district.url)
    with screen.expect_navigation():
        screen.get_by_role("button", name="commander").click()
    cast, order = district.cast, district.order
    roll, members = cast.roll(order), cast.roll(order, REPORT_IN)
    with clock.played_at(START):
        open_incident(by=cast.commander, key="frost", name="Frost", kind="frost", opened_at=START)
    grant = Grant.objects.select_related("account").get(account__name="lead_a1", role="lead")
    account = grant.account
    for address in (
        "/office/access/",
        "/office/access/kept/",
        "/office/access/kept/contact/",
        f"/office/access/erase/{account.person_id}/",
        "/office/access/?role=lead&q=lead&ended=1",
        "/office/access/give/?q=lead",
        f"/office/access/give/?account={account.pk}",
        "/office/access/stand-in/?q=lead",
        f"/office/access/stand-in/?person={account.person_id}",
        f"/office/access/{grant.pk}/end/",
        "/office/rolls/",
        f"/office/rolls/{roll.pk}/",
        f"/office/rolls/{members.pk}/?unit=A&as_of=2020-01-29T09:30",
        f"/office/rolls/{roll.pk}/?show=answered",
        f"/office/rolls/{roll.pk}/?show=record",
        f"/office/rolls/{roll.pk}/print/",
        f"/office/rolls/{roll.pk}/close/",
        f"/office/rolls/{roll.pk}/names/",
        f"/office/rolls/{roll.pk}/names/?q=Unit&told={cast.entry(order, 'A3').pk}",
        f"/office/rolls/{members.pk}/names/?q=lead",
        f"/office/entries/{cast.entry(order, 'A3').pk}/",
        f"/office/entries/{cast.entry(order, 'A3').pk}/remove/",
        f"/office/entries/{cast.entry(order, 'm_a1_2', REPORT_IN).pk}/badge/",
        "/office/orders/",
        f"/office/orders/{order.pk}/",
        f"/office/orders/{order.pk}/withdraw/",
        f"/office/orders/{order.pk}/new-version/",
        "/office/orders/new/",
        "/office/orders/?as_of=nonsense",
    ):
        screen.goto(f"{district.url}{address}")
        for width, height in ((1280, 800), (390, 844)):
            screen.set_viewport_size({"width": width, "height": height})
            for theme in ("light", "dark"):
                screen.emulate_media(color_scheme=theme)
                sound(screen)


def test_the_commander_excuses_ticked_names(
    district: District, new_context: Callable[..., BrowserContext], sound: Sound
) -> None:
    screen = new_context(viewport={"width": 1280, "height": 800}, locale="en-GB").new_page()
    screen.goto(district.url)
    with screen.expect_navigation():
        screen.get_by_role("button", name="commander").click()
    screen.goto(f"{district.url}/office/rolls/{district.cast.roll(district.order).pk}/")
    screen.get_by_label("Tick Unit A3").check()
    screen.get_by_text("Excuse, with a reason").click()
    screen.get_by_label("Because").check()
    sound(screen)
    with screen.expect_navigation():
        screen.get_by_role("button", name="Excuse those ticked").click()
    assert "1 excused" in screen.inner_text("main")
    entry = district.cast.entry(district.order, "A3")
    assert entry.state == "excused"
    assert REASON


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_commander_puts_the_roll_right_and_closes_it(
    district: District, new_context: Callable[..., BrowserContext], sound: Sound, scripts: bool
) -> None:
    desk = new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", java_script_enabled=scripts).new_page()

    def click(role: Any, name: str) -> None:
        with desk.expect_navigation():
            desk.get_by_role(role, name=name).click()
        if scripts:
            sound(desk)

    desk.goto(district.url)
    click("button", "commander")
    desk.goto(f"{district.url}/office/rolls/{district.cast.roll(district.order).pk}/")
    click("link", "Add or take off a name")
    desk.get_by_role("searchbox", name="Search", exact=True).fill("H")
    click("button", "Search")
    click("button", "Put Unit H on the roll")
    assert "Unit H is on the roll." in desk.inner_text("main")
    click("link", "By mistake? Take it off")
    desk.get_by_label("Because").check()
    click("button", "Take it off the roll")
    assert "Unit H was taken off the roll." in desk.inner_text("main")
    click("link", "To the roll")
    click("link", "Close this roll")
    click("button", "Close it with 7 not acknowledged")
    assert "The roll is closed." in desk.inner_text("main")
    assert district.cast.roll(district.order).state == "closed"


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}], ids=["desk", "phone"])
def test_another_incident_is_chosen_without_scripts(
    district: District, new_context: Callable[..., BrowserContext], size: dict[str, int]
) -> None:
    with clock.played_at(START):
        open_incident(by=district.cast.commander, key="frost", name="Frost", kind="frost", opened_at=START)
    screen = new_context(viewport=size, locale="en-GB", java_script_enabled=False).new_page()
    screen.goto(district.url)
    with screen.expect_navigation():
        screen.get_by_role("button", name="commander").click()
    assert screen.locator("h1").inner_text() == "Frost"
    screen.locator(".incidents summary").click()
    with screen.expect_navigation():
        screen.get_by_role("link", name="Flood").click()
    assert screen.locator("h1").inner_text() == "Flood"
    with screen.expect_navigation():
        screen.get_by_role("link", name="Rolls").click()
    assert screen.url.endswith("/office/rolls/?incident=flood")
