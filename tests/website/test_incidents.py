"""Where several incidents are held, the frame says which one a page is about and leads to the others."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from muster.mobilisation.forms import MINUTE
from muster.mobilisation.models import Order, OrderDraft
from muster.organisation import asking
from muster.organisation.actions import open_incident
from muster.organisation.asking import incident_of
from muster.organisation.models import Incident
from tests.cast import DUE, START, Cast, at
from tests.website.conftest import Visit
from tests.website.test_roll_pages import _queries, address, text_of

PAGES = ("/office/", "/office/rolls/", "/office/orders/", "/office/orders/new/", "/office/reports/")


@pytest.fixture
def frost(cast: Cast, order: Order) -> Incident:
    """A second incident, opened an hour ago."""
    with at(hours=5):
        return open_incident(by=cast.commander, key="frost", name="Frost", kind="frost", opened_at=START)


def chosen(page: str) -> str:
    """The incident that the frame names; empty where it names none."""
    found = re.search(r'aria-label="Incident: ([^"]*)\. Choose another"', page)
    return found.group(1) if found else ""


@pytest.mark.parametrize("page", PAGES)
def test_the_frame_names_the_incident_and_leads_to_the_other(
    cast: Cast, order: Order, frost: Incident, visit: Visit, page: str
) -> None:
    client = visit("commander")
    latest = client.get(page).content.decode()
    assert chosen(latest) == "Frost"
    assert f'href="{page}?incident=flood"' in latest
    other = client.get(page, {"incident": "flood"}).content.decode()
    assert chosen(other) == "Flood"
    assert f'href="{page}?incident=frost"' in other


@pytest.mark.parametrize("page", PAGES)
def test_one_incident_needs_no_choice(cast: Cast, order: Order, visit: Visit, page: str) -> None:
    answer = visit("commander").get(page).content.decode()
    assert chosen(answer) == ""
    assert 'class="pop incidents"' not in answer


def test_the_choice_costs_no_query(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    pages = [f"{page}?incident=flood" for page in PAGES]
    before = {page: _queries(client, page) for page in pages}
    open_incident(by=cast.commander, key="frost", name="Frost", kind="frost", opened_at=START)
    assert {page: _queries(client, page) for page in pages} == before


def test_the_way_through_the_pages_stays_with_it(cast: Cast, order: Order, frost: Incident, visit: Visit) -> None:
    client = visit("commander")
    page = client.get("/office/rolls/", {"incident": "flood", "unit": "A"}).content.decode()
    for place in ("/office/", "/office/rolls/", "/office/orders/", "/office/reports/"):
        assert f'href="{place}?incident=flood"' in page
    assert f'href="{address(cast, order)}?unit=A&amp;incident=flood"' in page
    assert 'href="/office/rolls/?incident=frost&amp;unit=A"' in page, "the unit stays, the incident changes"
    roll = client.get(address(cast, order)).content.decode()
    assert 'href="/office/rolls/?incident=flood">Rolls</a>' in roll, "back to the list that the roll stands in"


def test_an_order_belongs_to_the_incident_that_its_form_names(
    cast: Cast, order: Order, frost: Incident, visit: Visit
) -> None:
    client = visit("commander")
    listed = client.get("/office/orders/", {"incident": "flood"}).content.decode()
    assert 'href="/office/orders/new/?incident=flood"' in listed
    form = client.get("/office/orders/new/", {"incident": "flood"})
    assert "Belongs to the incident “Flood”." in text_of(form)
    assert '<input type="hidden" name="incident" value="flood">' in form.content.decode()
    given = {
        "incident": "flood",
        "key": "posts",
        "issuer": cast.root.pk,
        "title": "Posts",
        "text": "Man them.",
        "audience": "kind:village",
        "effective_at": (START + timedelta(hours=14)).strftime(MINUTE),
        "due_at": (DUE + timedelta(hours=20)).strftime(MINUTE),
    }
    done = client.post("/office/orders/new/", given)
    assert done.status_code == 302, "another was opened last, and the address names none"
    draft = OrderDraft.objects.get(key="posts")
    assert draft.incident == cast.incident
    assert "Incident Flood" in text_of(client.get(done["Location"]))
    for what in (f"/office/orders/{order.pk}/new-version/", f"/office/orders/drafts/{draft.pk}/change/"):
        assert "Belongs to the incident “Flood”." in text_of(client.get(what))


def test_an_incident_that_is_none_is_refused(cast: Cast, order: Order, frost: Incident, visit: Visit) -> None:
    for page in PAGES:
        assert visit("commander").get(page, {"incident": "drought"}).status_code == 404, page
    assert visit("commander").post("/office/orders/new/", {"incident": "drought"}).status_code == 404


def test_an_old_incident_is_found_behind_many(
    cast: Cast, order: Order, frost: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "HELD_MOST", 1)
    assert incident_of("flood").name == "Flood"
    assert incident_of("").name == "Frost"


def test_the_phone_asks_for_everything_at_once(cast: Cast, order: Order, frost: Incident, visit: Visit) -> None:
    assert chosen(visit("lead_a1").get("/my/").content.decode()) == ""
