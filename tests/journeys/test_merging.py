"""A unit is merged in mid-roll: the lead above merges at a desk or on a phone; the sums stay exact to the last name."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from muster.foundation import clock, database
from muster.mobilisation.models import Order
from muster.organisation.models import Unit
from tests.journeys.conftest import District

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

Sound = Callable[["Page"], None]
New = Callable[..., "BrowserContext"]
DESK = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}
BEFORE = "as_of=2020-01-29T10:30"
"""An hour and a half after the order; it is two hours after it by the drill's clock."""


@pytest.fixture
def opened(district: District) -> Order:
    """An order that every village acknowledges: A1 and A2 did, A3 did not."""
    from tests.cast import at

    with at(30):
        district.cast.answer(district.order, "A2")
    return district.order


def go(page: Page, place: Locator) -> None:
    """Click, and wait for the page that it leads to."""
    with page.expect_navigation():
        place.click()


def sign_in(page: Page, district: District, number: str) -> None:
    """Somebody who leads a unit takes the place at the door that is offered to one, and goes in."""
    from muster.drill.models import Cast as Offered
    from muster.organisation.models import Account

    Offered.objects.filter(role="lead").update(account=Account.objects.get(name=number), note=number)
    page.goto(district.url)
    go(page, page.get_by_role("button", name=number))


def sums(page: Page) -> tuple[int, int, int, int]:
    """Expected, answered, excused, outstanding, as they are read from the screen: exact, or the test ends here."""
    terms = page.locator(".equation .term")
    found = [int(re.sub(r"\D", "", words)) for words in terms.locator("dd > a").all_inner_texts()]
    expected, answered, excused, outstanding = found
    assert expected == answered + excused + outstanding
    return expected, answered, excused, outstanding


def settled() -> None:
    """Half a minute later: a page counts as of the last moment of which nothing can be written any more."""
    database.run_clock_on_from(clock.now() + timedelta(seconds=30))


def merge(page: Page, unit: Unit, into: str, url: str, sound: Sound) -> None:
    """On the page of changes of a unit: where it goes on, and why another sees to what is open."""
    page.goto(f"{url}/office/units/{unit.pk}/change/")
    sound(page)
    form = page.locator("form", has=page.locator("[name=do][value=merge]"))
    assert "4 open entries are handed over first" in form.inner_text()
    form.get_by_label("Code of the unit that goes on").fill(into)
    form.get_by_role("combobox").select_option("because")
    go(page, form.get_by_role("button", name="Hand over and merge"))
    assert "Written down." in page.inner_text("main")
    assert "goes on in Unit A1" in page.inner_text("main")
    sound(page)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_unit_is_merged_in_mid_roll(
    district: District, opened: Order, new_context: New, sound: Sound, size: dict[str, Any]
) -> None:
    cast, roll = district.cast, f"{district.url}/office/rolls/{district.cast.roll(opened).pk}/"
    gone = cast.units["A3"]
    desk = new_context(**size).new_page()
    sign_in(desk, district, "lead_a")
    desk.goto(f"{roll}?unit=A")
    before = sums(desk)
    merge(desk, gone, "A1", district.url, sound)
    settled()

    desk.goto(f"{roll}?unit=A")
    assert sums(desk) == before, "nobody was lost and nobody was made"
    sound(desk)
    desk.goto(f"{roll}?unit=A1")
    assert sums(desk) == (2, 1, 0, 1), "the missing name stands at the unit that goes on"
    assert "Unit A3" in desk.locator("section.names").inner_text()
    sound(desk)

    desk.goto(f"{district.url}/office/units/{cast.village.pk}/change/")
    form = desk.locator("form", has=desk.locator("[name=do][value=rename]"))
    form.get_by_label("Name", exact=True).fill("Unit A1 and A3")
    form.get_by_label("Short name").fill("A1+A3")
    go(desk, form.get_by_role("button", name="Rename"))

    phone = new_context(**PHONE).new_page()
    sign_in(phone, district, "lead_a1")
    phone.goto(f"{district.url}/my/")
    sound(phone)
    assert "Unit A3" in phone.inner_text("main"), "it is said for whom the answer is"
    go(phone, phone.get_by_role("link", name="Open the order"))
    sound(phone)
    go(phone, phone.get_by_role("button", name="Unit A3 will do it"))
    assert "Recorded: will do" in phone.inner_text("main")
    assert cast.entry(opened, "A3").state == "answered"
    settled()

    desk.goto(f"{roll}?unit=A")
    assert sums(desk) == (before[0], before[1] + 1, 0, before[3] - 1)
    assert "A1+A3" in desk.locator("section.level").inner_text()
    desk.goto(f"{roll}?unit=A&{BEFORE}")
    assert sums(desk) == before
    of_old = desk.locator("section.level").inner_text()
    assert "A3" in of_old
    assert "A1+A3" not in of_old, "as of then the units stand there as they were, and are called as they were"
    sound(desk)
    desk.goto(f"{roll}?unit=A3&{BEFORE}")
    assert sums(desk) == (1, 0, 0, 1)
    sound(desk)
