"""A small district on a real server: its drill's clock runs on from two hours after the order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from muster.mobilisation.models import Order
    from tests.cast import Cast

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OFFERED = {"commander": "commander", "lead_a3": "lead", "m_a1_2": "member"}


@dataclass
class District:
    """The cast, the order that calls it, and the address of the server."""

    cast: Cast
    order: Order
    url: str


@pytest.fixture
def district(transactional_db: None, live_server: Any) -> District:
    """A drill with an order an hour old; three people are offered at the door."""
    from muster.drill.models import Cast as Offered
    from muster.foundation import clock, database
    from muster.foundation.models import Database
    from muster.organisation.models import Account
    from tests.cast import DUE, START, at, make

    made = make()
    with at():
        order = made.order(call_up="kind:village", call_up_due_at=DUE)
    with at(20):
        made.answer(order, "A1")
    for position, (number, role) in enumerate(OFFERED.items(), start=1):
        account = Account.objects.get(name=number)
        Offered.objects.create(account=account, role=role, note=number, position=position)
    Database.objects.update_or_create(defaults={"drill": True, "made_at": clock.machine_now()})
    database.run_clock_on_from(START + timedelta(hours=2))
    return District(made, order, live_server.url)


@pytest.fixture
def sound() -> Callable[[Page], None]:
    """Asks axe about the page, and whether it fits the screen."""
    from axe_playwright_python.sync_playwright import Axe

    def check(page: Page) -> None:
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
        assert not [(rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in found], page.url
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url

    return check
