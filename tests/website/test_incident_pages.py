"""Incidents on pages: opened, at rest, ended by two with the stand-down list and the final report."""

from __future__ import annotations

import pytest

from muster.briefing import ending
from muster.mobilisation.models import Order
from muster.organisation.incidents import ask_to_end_incident
from muster.organisation.models import Incident
from tests.cast import Cast, at
from tests.website.conftest import Visit
from tests.website.test_roll_pages import text_of

LIST, FLOOD = "/office/incidents/", "/office/incidents/flood/"


def test_a_commander_opens_one_and_is_told_what_comes_next(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    assert "Flood" in text_of(client.get(LIST))
    done = client.post(LIST, {"name": "Frost in the hills", "kind": "frost", "level": "II"})
    assert "write the order that calls your units" in text_of(client.get(done["Location"]))
    made = Incident.objects.latest("recorded_at")
    assert (made.name, made.kind, made.level) == ("Frost in the hills", "frost", "II")
    assert "Open the incident" not in text_of(visit("lead_a").get(LIST))
    assert visit("lead_a").post(LIST, {"name": "Mine", "kind": "x"}).status_code == 403


def test_what_was_typed_stays_when_it_is_refused(cast: Cast, order: Order, visit: Visit) -> None:
    answer = visit("commander").post(LIST, {"name": "Frost", "kind": "frost", "opened_at": "2999-01-01T00:00"})
    assert answer.status_code == 422
    assert 'value="Frost"' in answer.content.decode()


def test_it_rests_and_goes_on(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    client.post(FLOOD, {"do": "rest"})
    assert "at rest" in text_of(client.get(LIST))
    client.post(FLOOD, {"do": "resume"})
    assert "at rest" not in text_of(client.get(LIST))
    assert client.post(FLOOD, {"do": "nonsense"}).status_code == 422


def test_two_end_it_with_what_is_still_open_before_them(cast: Cast, order: Order, visit: Visit) -> None:
    commander, second = visit("commander"), visit("second")
    page = text_of(commander.get(FLOOD))
    assert "names outstanding" in page
    with at(days=3):
        asked = commander.post(FLOOD, {"do": "ask"})
        own = text_of(commander.get(asked["Location"]))
        assert "It waits for another commander" in own
        assert "End the incident" not in own
        assert commander.post(FLOOD, {"do": "end"}).status_code == 409
        assert "End the incident" in text_of(second.get(FLOOD))
        assert "has ended" in text_of(second.get(second.post(FLOOD, {"do": "end"})["Location"]))
    with at(days=3, minutes=1):
        assert ending.chore() == 1
        page = text_of(commander.get(FLOOD))
        assert "read-only" in page
        assert "Ended by Name of commander and Name of second." in page
        assert "Final report" in page
        board = commander.get("/office/")
        assert board.status_code == 200, "it stays openable"


READ_ONLY = "This incident has ended: it is read-only."
OFFERS = {
    "/office/reports/": "Compose a report",
    "/office/reports/new/": "Issue as of",
    "/office/orders/": "Write an order",
    "/office/orders/{order}/": "Write a new version",
    "/office/orders/drafts/{draft}/": "Issue",
    "/office/entries/{entry}/": "Mend the answer",
}
SAYS_SO = ("/office/reports/new/", "/office/orders/drafts/{draft}/", "/office/entries/{entry}/")


@pytest.mark.parametrize("address", OFFERS)
def test_one_that_has_ended_offers_nothing_that_it_refuses(
    cast: Cast, order: Order, visit: Visit, address: str
) -> None:
    client, offer = visit("second"), f" {OFFERS[address]} "
    draft = cast.draft(key="later", founding=False)
    here = address.format(order=order.pk, draft=draft.pk, entry=cast.entry(order, "A2").pk)
    with at(days=2):
        assert offer in text_of(client.get(here))
        ask_to_end_incident(by=cast.commander, incident=cast.incident)
        ending.end_incident(by=cast.second, incident=cast.incident)
    with at(days=3):
        page = text_of(client.get(here))
    assert offer not in page
    assert (READ_ONLY in page) == (address in SAYS_SO)
    assert "What you mend counts from now on" not in page


def test_whoever_answered_in_one_that_has_ended_is_sent_to_nobody(cast: Cast, order: Order, visit: Visit) -> None:
    done = f"/my/entries/{cast.entry(order, 'A1').pk}/done/"
    with at(days=2):
        ask_to_end_incident(by=cast.commander, incident=cast.incident)
        ending.end_incident(by=cast.second, incident=cast.incident)
        page = text_of(visit("lead_a1").get(done))
    assert "Recorded by mistake?" not in page
    assert "tell your lead" not in page
