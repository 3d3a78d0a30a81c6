"""An office from an empty Muster to its first answer, in a browser, in Chinese: the actions are counted."""

from __future__ import annotations

from base64 import b32decode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from muster.foundation import clock
from muster.foundation.models import Database
from muster.organisation import codes, second_factor
from muster.organisation.models import Unit
from muster.roll.models import Entry
from muster.website import first_run

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

ACTIONS_MAX = 20
PASSWORD = "correct horse battery staple"


class Office:
    """Somebody at a browser: each click that leads somewhere is an action."""

    def __init__(self, page: Page, sound: Callable[[Page], None]) -> None:
        self.page, self.sound, self.actions = page, sound, 0

    def go(self, place: Locator) -> None:
        with self.page.expect_navigation():
            place.click()
        self.actions += 1
        self.sound(self.page)

    def fill(self, **fields: str) -> None:
        for name, words in fields.items():
            self.page.locator(f"[name={name}]").first.fill(words)

    def send(self, words: str = "") -> None:
        """The one big button, or the one that says so."""
        buttons = self.page.locator("main button.primary, main button.answer")
        self.go(buttons.filter(has_text=words).first if words else buttons.first)


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_from_empty_to_the_first_answer(
    transactional_db: None,
    live_server: Any,
    new_context: Callable[..., BrowserContext],
    sound: Callable[[Page], None],
    size: tuple[int, int],
) -> None:
    Database.objects.update_or_create(defaults={"drill": False, "made_at": clock.machine_now()})
    page = new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN").new_page()
    office = Office(page, sound)
    _set_up(office, live_server.url)
    _come_in(office)
    _open_and_order(office)
    _answer(office)
    entry = Entry.objects.get(subject_id=Unit.objects.get(short_name="义井").pk, state="answered")
    assert entry.roll.title == "到岗通知"
    print("actions:", office.actions)
    assert office.actions <= ACTIONS_MAX


def _set_up(office: Office, url: str) -> None:
    page = office.page
    page.goto(url)
    office.go(page.locator("a[href='/set-up/']"))
    office.fill(code=codes.grouped(first_run.code()))
    office.send()
    office.fill(name="晋源区", code="140110000000")
    office.send()
    office.send()  # the shipped divisions
    assert Unit.objects.count() == 118
    office.fill(commander="张勇")
    office.send()


def _come_in(office: Office) -> None:
    page = office.page
    office.go(page.locator(".key-sheet a").first)
    office.fill(password=PASSWORD, again=PASSWORD)
    office.send()
    if not page.locator("[name=name]").count():
        office.go(page.locator("main a.button, main a.line").first)
    office.fill(name="a001", password=PASSWORD)
    office.send()
    secret = b32decode(page.locator(".code-words").first.inner_text().replace("-", "").replace(" ", ""))
    office.fill(code=second_factor.code_at(secret, second_factor.step_now()))
    office.send()


def _open_and_order(office: Office) -> None:
    page = office.page
    page.goto(f"{page.url.split('/my/')[0].split('/office/')[0]}/office/")
    office.actions += 1
    office.go(page.locator("main a[href='/office/incidents/']"))
    office.fill(name="防汛", kind="洪水", level="II")
    office.send()
    page.goto(f"{page.url.split('/office/')[0]}/office/orders/new/")
    office.actions += 1
    office.fill(title="到岗通知", text="请各镇街到岗。", audience="kind:rank2")
    office.send()
    office.send("签发")


def _answer(office: Office) -> None:
    """The first town said so by telephone: the commander writes it down."""
    page = office.page
    entry = Entry.objects.get(subject_id=Unit.objects.get(short_name="义井").pk)
    page.wait_for_timeout(11_000)  # what was issued is shown once it is settled: 10 seconds
    page.goto(f"{page.url.split('/office/')[0]}/office/rolls/{entry.roll_id}/")
    office.actions += 1
    office.go(page.locator(f"a[href*='/office/entries/{entry.pk}/']").first)
    office.go(page.locator("form[action*='acknowledge'] button[value=will_do]").first)
