"""Ways in, in a browser: a lead prints cards, a member signs in, loses the phone; passkeys; without scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from muster.foundation import clock
from muster.mobilisation.kinds import REPORT_IN
from muster.organisation import codes, paper, second_factor
from muster.organisation.cards import NewCode, issue_codes
from tests.journeys.conftest import District

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

Sound = Callable[["Page"], None]
New = Callable[..., "BrowserContext"]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}
DESK = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}
PASSWORD = "four words that differ"
MEMBER = "m_a1_2"


@pytest.fixture
def own(district: District) -> District:
    """The district's own database, where nobody is signed in by a button; the lead of A1 has a password."""
    from django.contrib.auth.hashers import make_password

    from muster.foundation.models import Database
    from muster.organisation.models import Account

    Database.objects.update(drill=False, clock_offset_microseconds=0)
    clock.forget_offset()
    Account.objects.filter(name="lead_a1").update(password=make_password(PASSWORD))
    return district


def go(page: Page, place: Locator) -> None:
    """Tap or click, and wait for the page that it leads to."""
    with page.expect_navigation():
        place.click()


def looked_at(page: Page, sound: Sound) -> None:
    """Sound in both themes, at desk size and at phone size."""
    size = page.viewport_size
    for width, height in ((1280, 800), (390, 844)) if size and size["width"] > 500 else ((390, 844),):
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            sound(page)
    if size:
        page.set_viewport_size(size)


def set_up_office(page: Page, own: District, sound: Sound | None = None) -> bytes:
    """The lead signs in with the password and sets the second factor up; returns its secret."""
    from base64 import b32decode

    page.goto(own.url)
    page.get_by_label("Account").fill("lead_a1")
    page.get_by_label("Password").fill(PASSWORD)
    go(page, page.get_by_role("button", name="Sign in", exact=True))
    assert "Set up your second factor" in page.inner_text("main")
    if sound:
        looked_at(page, sound)
    secret = b32decode(page.locator(".code-words").inner_text().replace("-", ""))
    page.get_by_label("2. Type the six digits").fill(second_factor.code_at(secret, second_factor.step_now()))
    go(page, page.get_by_role("button", name="Set it up"))
    assert "Write these down" in page.inner_text("main")
    if sound:
        looked_at(page, sound)
    go(page, page.get_by_role("link", name="I have written them down"))
    return secret


def come_in(page: Page, link: str, pin: str, sound: Sound | None = None) -> None:
    """A member opens the link of their card, says yes, chooses a PIN."""
    page.goto(link)
    assert "Is it you?" in page.inner_text("main")
    if sound:
        looked_at(page, sound)
        answer = page.get_by_role("button", name="Yes, sign me in").bounding_box()
        assert answer is not None
        assert answer["height"] >= 72
        assert answer["y"] + answer["height"] <= 844, "the answer stands at the thumb, without scrolling"
    go(page, page.get_by_role("button", name="Yes, sign me in"))
    if sound:
        looked_at(page, sound)
    page.get_by_label("New PIN").fill(pin)
    page.get_by_label("Once more").fill(pin)
    go(page, page.get_by_role("button", name="Keep this PIN"))
    assert page.url.endswith("/my/")


def test_a_lead_prints_cards_and_a_member_loses_the_phone(
    own: District, new_context: New, sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[paper.Card] = []
    real = paper.pdf

    def pdf(cards: Sequence[paper.Card], **more: Any) -> bytes:
        printed.extend(cards)
        return real(cards, **more)

    monkeypatch.setattr(paper, "pdf", pdf)
    desk, phone = new_context(**DESK).new_page(), new_context(**PHONE).new_page()
    set_up_office(desk, own, sound)
    desk.goto(f"{own.url}/my/unit/")
    go(desk, desk.get_by_role("link", name="Cards to sign in"))
    looked_at(desk, sound)
    with desk.expect_download() as given:
        desk.get_by_role("button", name="Print 3 cards").click()
    assert given.value.suggested_filename.endswith(".pdf")
    assert given.value.path().read_bytes().startswith(b"%PDF-")
    assert {card.number for card in printed} == {"lead_a1", "m_a1_1", MEMBER}
    card = next(one for one in printed if one.number == MEMBER)

    come_in(phone, card.link, "4831", sound)
    go(phone, phone.get_by_role("button", name="I report in and keep these"))
    assert own.cast.entry(own.order, MEMBER, REPORT_IN).state == "answered"

    desk.goto(f"{own.url}/office/people/cards/")
    looked_at(desk, sound)
    go(desk, desk.get_by_role("link", name=f"Name of {MEMBER}", exact=True))
    looked_at(desk, sound)
    go(desk, desk.get_by_role("button", name="New card, on this screen"))
    looked_at(desk, sound)
    new = desk.get_by_label("As a link").input_value()

    phone.goto(f"{own.url}/my/")
    assert "/in/" in phone.url, "the lost phone is out"
    phone.goto(card.link)
    assert "This card was used already." in phone.inner_text("main")
    looked_at(phone, sound)
    second = new_context(**PHONE).new_page()
    come_in(second, new, "7702")
    assert "Nothing is asked of you now" in second.inner_text("main")
    second.context.clear_cookies(name="sessionid")
    second.goto(f"{own.url}/my/")
    looked_at(second, sound)
    second.get_by_label("PIN").fill("7702")
    go(second, second.get_by_role("button", name="Go in"))
    assert second.url.endswith("/my/")
    for page in ("/my/me/ways/", "/my/me/pin/"):
        second.goto(f"{own.url}{page}")
        looked_at(second, sound)


def card_of(own: District, number: str = MEMBER) -> str:
    """The link of a card for somebody of A1."""
    code = codes.make()
    made = [NewCode(own.cast.people[number].pk, codes.hash_of(code))]
    issue_codes(by=own.cast.town_lead, unit=own.cast.village, made=made)
    return f"{own.url}/in/{code}"


def test_signing_in_and_answering_need_no_scripts(own: District, new_context: New) -> None:
    phone = new_context(**PHONE, java_script_enabled=False).new_page()
    link = card_of(own)
    phone.goto(f"{own.url}/in/")
    phone.get_by_label("Code").fill(codes.grouped(link.rsplit("/", 1)[1]).lower())
    go(phone, phone.get_by_role("button", name="Go on"))
    come_in(phone, phone.url, "4831")
    go(phone, phone.get_by_role("button", name="I report in and keep these"))
    assert own.cast.entry(own.order, MEMBER, REPORT_IN).state == "answered"
    desk = new_context(**DESK, java_script_enabled=False).new_page()
    set_up_office(desk, own)
    desk.goto(f"{own.url}/office/people/cards/")
    assert "Cards to sign in" in desk.inner_text("main")
    assert not desk.get_by_role("button", name="passkey").is_visible()


def test_with_the_keyboard_only(own: District, new_context: New) -> None:
    page = new_context(**DESK).new_page()

    def tab_to(found: str) -> None:
        for _ in range(30):
            if page.evaluate(f"document.activeElement.matches({found!r})"):
                return
            page.keyboard.press("Tab")
        pytest.fail(f"the keyboard does not reach {found}")

    page.goto(own.url)
    tab_to("[name=name]")
    page.keyboard.type("lead_a1")
    tab_to("[name=password]")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Set up your second factor" in page.inner_text("main")
    phone = new_context(**PHONE).new_page()
    page = phone
    page.goto(card_of(own))
    tab_to("[value=yes]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to("[name=pin]")
    page.keyboard.type("4831")
    tab_to("[name=again]")
    page.keyboard.type("4831")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/my/")


def test_this_is_not_me(own: District, new_context: New, sound: Sound) -> None:
    phone = new_context(**PHONE).new_page()
    phone.goto(card_of(own))
    go(phone, phone.get_by_role("button", name="This is not me"))
    assert "the lead is told" in phone.inner_text("main")
    looked_at(phone, sound)


def test_members_take_turns_on_a_shared_phone(own: District, new_context: New, sound: Sound) -> None:
    desk, phone = new_context(**DESK).new_page(), new_context(**PHONE).new_page()
    come_in(new_context(**PHONE).new_page(), card_of(own), "4831")
    set_up_office(desk, own)
    desk.goto(f"{own.url}/office/people/cards/")
    go(desk, desk.get_by_role("button", name="Enrol one for A1"))
    looked_at(desk, sound)
    phone.goto(desk.get_by_label("As a link").input_value())
    looked_at(phone, sound)
    go(phone, phone.get_by_role("button", name="Yes, enrol this phone"))
    looked_at(phone, sound)
    phone.get_by_label("Number").fill(MEMBER)
    phone.get_by_label("PIN").fill("4831")
    go(phone, phone.get_by_role("button", name="Go in"))
    assert f"it is the turn of Name of {MEMBER}" in phone.inner_text("body")
    looked_at(phone, sound)
    go(phone, phone.get_by_role("button", name="I'm done"))
    assert "Number and PIN" in phone.inner_text("main")
    assert MEMBER not in phone.inner_text("body")


def test_a_passkey_is_password_and_factor_in_one(own: District, new_context: New, sound: Sound) -> None:
    page = new_context(**DESK).new_page()
    key = page.context.new_cdp_session(page)
    key.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    made = key.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    set_up_office(page, own)
    page.goto(f"{own.url}/my/me/ways/")
    looked_at(page, sound)
    go(page, page.get_by_role("button", name="Make a passkey here"))
    assert "The passkey opens your account from now on." in page.inner_text("main")
    looked_at(page, sound)
    page.context.clear_cookies()
    page.goto(f"{own.url}/?next=/office/people/cards/")
    looked_at(page, sound)
    go(page, page.get_by_role("button", name="Sign in with a passkey"))
    assert page.url == f"{own.url}/office/people/cards/"

    page.context.clear_cookies()
    key.send("WebAuthn.setUserVerified", {**made, "isUserVerified": False})
    page.goto(own.url)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.locator("#passkey-told").wait_for(state="visible")
    assert "The passkey was not taken." in page.inner_text("main"), "whoever holds the phone is not yet its owner"
    looked_at(page, sound)
