"""The phone: one thing asked, one tap, what was recorded, taking it back; my unit's members; the badge."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.mobilisation.actions import withdraw_order
from muster.mobilisation.answers import report_in
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Acknowledgement, Badge, Order, Receipt, ReportIn
from muster.roll.actions import hand_over_entries
from muster.roll.kinds import Expected
from tests.cast import REASON, START, Cast, at
from tests.roll.visits import open_visits
from tests.website.conftest import Visit
from tests.website.test_roll_pages import text_of


def test_a_member_reports_in_with_one_tap(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("m_a1_2")
    page = client.get("/my/")
    assert "Report in to Unit A1" in text_of(page)
    assert "I go first" in text_of(page), "what is promised is read before it is tapped"
    assert "overdue 1:00" in text_of(page)
    entry = cast.entry(order, "m_a1_2", REPORT_IN)
    assert f'action="/my/entries/{entry.pk}/report-in/"' in page.content.decode()
    done = client.post(f"/my/entries/{entry.pk}/report-in/", {"pledged": "1"})
    assert done["Location"] == f"/my/entries/{entry.pk}/done/"
    assert "Recorded: reported in" in text_of(client.get(done["Location"]))
    fact = ReportIn.objects.get(person=cast.people["m_a1_2"])
    assert (fact.pledged, fact.for_person, fact.channel) == (True, None, "phone")
    assert "Nothing is asked of you now" in text_of(client.get("/my/"))
    again = client.post(f"/my/entries/{entry.pk}/report-in/", {"pledged": "1"})
    assert again["Location"] == done["Location"], "a second tap changes nothing"
    assert ReportIn.objects.filter(person=cast.people["m_a1_2"]).count() == 1


def test_what_was_recorded_by_mistake_is_taken_back(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "m_a1_1", REPORT_IN)
    client = visit("m_a1_1")
    assert f"/my/entries/{entry.pk}/take-back/" in client.get(f"/my/entries/{entry.pk}/done/").content.decode()
    assert "Because" in text_of(client.get(f"/my/entries/{entry.pk}/take-back/"))
    assert client.post(f"/my/entries/{entry.pk}/take-back/").status_code == 422
    assert client.post(f"/my/entries/{entry.pk}/take-back/", {"reason": REASON})["Location"] == "/my/"
    assert cast.entry(order, "m_a1_1", REPORT_IN).state == "outstanding"
    page = client.get("/my/badge/")
    assert "Your badge was revoked A new one comes by itself when you report in. My matters" in text_of(page)
    assert "Ask the lead" not in text_of(page)
    assert '<a href="/my/">My matters</a>' in page.content.decode()
    assert f'action="/my/entries/{entry.pk}/report-in/"' in client.get("/my/").content.decode()
    with at(hours=6):
        withdraw_order(by=cast.commander, order=order)
        assert "Ask the lead of your unit for a new one." in text_of(client.get("/my/badge/"))


def test_a_new_version_tells_what_was_said_to_the_one_before(cast: Cast, order: Order, visit: Visit) -> None:
    with at(hours=6):
        cast.order(version=2, text="Mended.", founding=False, re_acknowledge=False)
    with at(hours=6, minutes=1):
        third = cast.order(version=3, text="Changed.", founding=False)
        page = text_of(visit("lead_a1").get(f"/my/orders/{third.pk}/"))
    assert "To version 2 you said We will do it" in page, "the answer to the first version stands for the mended one"


def test_nobody_answers_for_another_member(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "m_a1_2", REPORT_IN)
    for number in ("m_a1_1", "m_b1_1", "lead_b1", "counsellor"):
        assert visit(number).post(f"/my/entries/{entry.pk}/report-in/").status_code == 404, number
        assert visit(number).get(f"/my/entries/{entry.pk}/done/").status_code == 404, number
    assert cast.entry(order, "m_a1_2", REPORT_IN).state == "outstanding"


def test_a_lead_opens_reads_and_acknowledges(cast: Cast, order: Order, visit: Visit) -> None:
    client, entry = visit("lead_a3"), cast.entry(order, "A3")
    receipts = Receipt.objects.filter(order=order, at_unit=cast.units["A3"])
    page = client.get("/my/")
    assert "Acknowledge: To your posts" in text_of(page)
    assert [r.what for r in receipts.all()] == ["delivered"], "it stood in the list"
    opened = client.get(f"/my/orders/{order.pk}/")
    assert "Man the entrances" in text_of(opened)
    assert sorted(r.what for r in receipts.all()) == ["delivered", "read"]
    client.get("/my/")
    client.get(f"/my/orders/{order.pk}/")
    assert receipts.count() == 2, "each once"
    done = client.post(f"/my/entries/{entry.pk}/acknowledge/", {"pledged": "1"})
    assert "Recorded: will do" in text_of(client.get(done["Location"]))
    fact = Acknowledgement.objects.get(subject=cast.units["A3"])
    assert (fact.outcome, fact.pledged) == ("will_do", True)


def test_a_look_of_somebody_else_is_no_receipt(cast: Cast, order: Order, visit: Visit) -> None:
    for number in ("commander", "lead_a", "m_a3_1"):
        visit(number).get(f"/my/orders/{order.pk}/")
    assert not Receipt.objects.filter(at_unit=cast.units["A3"]).exists()
    assert not Receipt.objects.filter(at_unit=cast.units["D"]).exists()


def test_a_member_reads_the_order_that_calls_them(cast: Cast, order: Order, visit: Visit) -> None:
    assert "Man the entrances" in text_of(visit("m_a3_1").get(f"/my/orders/{order.pk}/"))
    assert visit("counsellor").get(f"/my/orders/{order.pk}/").status_code == 404


def test_cannot_comply_asks_why(cast: Cast, order: Order, visit: Visit) -> None:
    client, entry = visit("lead_a3"), cast.entry(order, "A3")
    page = client.get(f"/my/entries/{entry.pk}/cannot/")
    assert "Why can you not comply?" in text_of(page)
    refused = client.post(f"/my/entries/{entry.pk}/cannot/")
    assert refused.status_code == 422
    assert "Choose a reason from the list" in text_of(refused)
    client.post(f"/my/entries/{entry.pk}/cannot/", {"reason": REASON})
    assert cast.entry(order, "A3").unmet
    assert cast.told(order, "A3") is not None


def test_who_answered_may_still_say_that_they_cannot(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "A1")
    visit("lead_a1").post(f"/my/entries/{entry.pk}/cannot/", {"reason": REASON})
    assert (cast.entry(order, "A1").outcome, cast.entry(order, "A1").differs) == ("cannot", False)


def test_a_new_version_shows_what_was_said_to_the_old_one(cast: Cast, order: Order, visit: Visit) -> None:
    second = cast.order(version=2, text="Man the entrances at night too.", founding=False)
    page = text_of(visit("lead_a1").get(f"/my/orders/{second.pk}/"))
    assert "To version 1 you said We will do it" in page
    assert "What changed against version 1" in page
    old = text_of(visit("lead_a1").get(f"/my/orders/{order.pk}/"))
    assert "A newer version is in force" in old


def test_a_lead_who_took_entries_over_answers_for_each(cast: Cast, order: Order, visit: Visit) -> None:
    hand_over_entries(by=cast.town_lead, parent=cast.town, unit=cast.units["A3"], into=cast.village, reason=REASON)
    page = text_of(visit("lead_a1").get(f"/my/orders/{order.pk}/"))
    assert "Unit A3 will do it" in page
    entry = cast.entry(order, "A3")
    visit("lead_a1").post(f"/my/entries/{entry.pk}/acknowledge/")
    assert cast.entry(order, "A3").state == "answered"
    assert visit("lead_a3").post(f"/my/entries/{entry.pk}/acknowledge/").status_code == 404


def test_a_lead_writes_down_for_members(cast: Cast, order: Order, visit: Visit) -> None:
    client, entry = visit("lead_a1"), cast.entry(order, "m_a1_2", REPORT_IN)
    page = text_of(client.get("/my/unit/"))
    assert "3 called up = 1 reported in + 0 excused + 2 missing" in page
    assert "2 have not reported in" in page
    done = client.post(f"/my/unit/{entry.pk}/report-in/")
    after = text_of(client.get(done["Location"]))
    assert "Recorded: Name of m_a1_2 reported in, written down by you" in after
    assert "3 called up = 2 reported in + 0 excused + 1 missing" in after
    fact = ReportIn.objects.get(person=cast.people["m_a1_2"])
    assert (fact.by_person, fact.for_person) == (cast.people["lead_a1"].pk, cast.people["m_a1_2"].pk)


def test_my_unit_is_the_leads_own(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "m_a1_2", REPORT_IN)
    assert visit("lead_a2").post(f"/my/unit/{entry.pk}/report-in/").status_code == 404
    assert visit("m_a1_1").get("/my/unit/").status_code == 403
    assert "Nobody of your unit is called up" in text_of(visit("lead_h").get("/my/unit/"))


def test_a_withdrawn_order_asks_nothing(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "m_a1_2", REPORT_IN)
    withdraw_order(by=cast.commander, order=order)
    client = visit("m_a1_2")
    assert "Nothing is asked of you now" in text_of(client.get("/my/"))
    refused = client.post(f"/my/entries/{entry.pk}/report-in/")
    assert refused.status_code == 409
    assert "no answer is needed" in text_of(refused)
    assert "This order was withdrawn" in text_of(visit("lead_a1").get(f"/my/orders/{order.pk}/"))


def test_the_badge_stands_on_the_phone(cast: Cast, order: Order, visit: Visit) -> None:
    page = visit("m_a1_1").get("/my/badge/")
    badge = Badge.objects.get(person=cast.people["m_a1_1"])
    assert "On duty Unit A1" in text_of(page)
    assert badge.no in text_of(page)
    assert "valid to 2020-03-29" in text_of(page)
    drawing = re.search(r"<svg[^>]*class=\"segno\".*?</svg>", page.content.decode(), re.DOTALL)
    assert drawing is not None
    assert "style" not in drawing.group()
    assert "Name of m_a1_1" not in drawing.group()
    assert "You have no badge yet" in text_of(visit("m_a1_2").get("/my/badge/"))


def test_an_old_badge_is_not_shown_as_valid(cast: Cast, order: Order, visit: Visit) -> None:
    with at(hours=24 * 62):
        assert "Your badge has expired" in text_of(visit("m_a1_1").get("/my/badge/"))


def test_the_next_thing_follows(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("lead_a3")
    page = text_of(client.get("/my/"))
    assert "Next 1" in page, "the order first, then reporting in"
    entry = cast.entry(order, "A3")
    done = client.post(f"/my/entries/{entry.pk}/acknowledge/")
    assert "One thing is still asked of you" in text_of(client.get(done["Location"]))


def _queries(client: Any, page: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(page).status_code == 200
    return len(caught)


def test_queries_are_pinned_and_flat(cast: Cast, order: Order, visit: Visit) -> None:
    member, lead = visit("m_a1_2"), visit("lead_a1")
    assert _queries(member, "/my/") == 6
    assert _queries(visit("m_a1_1"), "/my/badge/") == 3
    lead.get("/my/")
    assert _queries(lead, "/my/") == 6
    lead.get(f"/my/orders/{order.pk}/")
    read = _queries(lead, f"/my/orders/{order.pk}/")
    assert read <= 12
    before = _queries(lead, "/my/unit/")
    person = cast.people["m_a1_2"]
    report_in(by=cast.lead, unit=cast.village, person=person, order=order)
    assert _queries(lead, "/my/unit/") == before


def test_all_that_is_asked_is_counted_beyond_what_is_shown(
    cast: Cast, order: Order, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        cast.order(key=f"more{n}", audience="unit:A3", founding=False)
    client, whole = visit("lead_a3"), text_of(visit("lead_a3").get("/my/"))
    monkeypatch.setattr("muster.roll.mine.NEXT_MOST", 2)
    cut = text_of(client.get("/my/"))
    count = re.search(r"Next (\d+)", whole)
    assert count is not None
    assert int(count.group(1)) >= 3
    assert f"Next {count.group(1)}" in cut
    assert "The others stand here when some of these are answered." in cut
    assert "The others stand here" not in whole


def test_a_kind_that_asks_nothing_takes_no_place(
    cast: Cast, order: Order, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = cast.units["A3"]
    with at(hours=-1):
        open_visits(
            by=cast.commander,
            holder=cast.root,
            incident=cast.incident,
            expected=[Expected(lead.pk, "unit", lead.pk)],
            due_at=START,
        )
    monkeypatch.setattr("muster.roll.mine.NEXT_MOST", 1)
    assert "Acknowledge: To your posts" in text_of(visit("lead_a3").get("/my/"))
