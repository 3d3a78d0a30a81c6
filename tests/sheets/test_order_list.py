"""A long list is made by a job, kept encrypted for a day, and fetched by whoever asked for it only."""

from __future__ import annotations

import pytest

from muster.foundation import jobs
from muster.organisation import views_lists
from muster.sheets import made, reading
from muster.sheets.models import MadeList
from muster.vault.models import Particular
from tests.access.matrix import client_of
from tests.cast import Cast, at, raises_refusal


def test_it_is_made_and_fetched(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views_lists, "AT_ONCE_ROWS", 3)
    browser = client_of("lead_a")
    page = browser.get("/office/lists/people/xlsx/", {"sort": "name"})
    assert page.status_code == 302
    assert "refresh" in browser.get(page["Location"]).content.decode()
    jobs.work()
    assert "refresh" not in browser.get(page["Location"]).content.decode()
    content = b"".join(browser.get(f"{page['Location']}file/").streaming_content)
    rows = reading.read(content).sheets[0].rows
    assert len(rows) == 3 + 10
    assert client_of("lead_b").get(page["Location"]).status_code == 404
    assert not any(b"Name of" in bytes(one.body or b"") for one in Particular.objects.filter(subject_kind="sheet"))
    with at(60 * 25):
        assert browser.get(f"{page['Location']}file/").status_code == 404


def test_it_rejects_whoever_takes_nothing_out(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        made.order_list(by=cast.member, which="people", asked={}, count=1)
    assert not MadeList.objects.exists()
