"""Whoever keeps the server and its log: tokens, audit, health, at a desk and on a phone, light and dark; all sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from muster.foundation import clock
from muster.foundation.models import AuditLine
from muster.organisation import scopes, tokens
from muster.organisation.granting import grant_role
from muster.organisation.models import Account
from tests.cast import START
from tests.journeys.conftest import District
from tests.journeys.test_board import DESK, PHONE, Sound, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext


def made_of(district: District) -> list[str]:
    """The pages, with something on each."""
    by, whose = district.cast.commander, Account.objects.select_related("person").get(name="commander")
    words = tokens.hash_of(tokens.make())
    until = clock.now() + tokens.longest()
    new = tokens.NewToken("The wall screen in the hall", words, (scopes.FIGURES, scopes.NAMES), until)
    tokens.make_token(by=by, account=whose, token=new)
    account = Account.objects.get(name="m_a1_2")
    grant_role(by=by, account=account, role="lead", unit=district.cast.village, since=START)
    lines = [
        AuditLine.objects.filter(verb=verb).latest("id")
        for verb in ("mobilisation.acknowledge", "organisation.grant_role")
    ]
    opened = [f"/office/audit/{line.pk}/" for line in lines]
    return ["/my/me/tokens/", "/office/audit/", "/office/audit/?id=none", *opened, "/office/health/"]


@pytest.mark.parametrize("size", [DESK, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_sound(
    district: District,
    new_context: Callable[..., BrowserContext],
    sound: Sound,
    size: dict[str, int],
    scheme: str,
) -> None:
    page = new_context(viewport=size, color_scheme=scheme, locale="en-GB").new_page()
    sign_in(page, district)
    for address in made_of(district):
        page.goto(district.url + address)
        sound(page)
    page.goto(f"{district.url}/my/me/tokens/")
    page.get_by_label("What it is for").fill("A script")
    page.get_by_label("Who I am").check()
    page.get_by_role("button", name="Make the token").click()
    page.get_by_text("Copy it now").wait_for()
    assert page.locator(".quote").inner_text().startswith(tokens.PREFIX)
    sound(page)
