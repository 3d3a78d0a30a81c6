"""A name that stands on a roll by mistake is taken off, with a reason, and may be put back."""

from __future__ import annotations

import pytest

from muster.mobilisation.kinds import CANNOT, REPORT_IN
from muster.mobilisation.models import Badge, Order
from muster.roll.actions import close_roll
from muster.roll.models import Mark
from tests.cast import REASON, Cast
from tests.website.conftest import Visit
from tests.website.test_roll_pages import _queries, address, text_of


def page_of(cast: Cast, order: Order, code: str = "B1") -> str:
    return f"/office/entries/{cast.entry(order, code).pk}/remove/"


def test_a_name_is_taken_off_with_a_reason(cast: Cast, order: Order, visit: Visit) -> None:
    client, page = visit("commander"), page_of(cast, order)
    names = f"{address(cast, order)}names/"
    assert f'href="{page}"' in client.get(names, {"q": "B1"}).content.decode()
    asked = text_of(client.get(page))
    assert "Take “Unit B1” off the roll?" in asked
    assert "is excused instead" in asked
    done = client.post(page, {"reason": REASON})
    entry = cast.entry(order, "B1")
    assert (done.status_code, done["Location"]) == (302, f"{names}?told={entry.pk}")
    assert entry.state is None
    assert Mark.objects.filter(entry=entry).latest("n").reason == REASON
    after = client.get(done["Location"])
    assert "Unit B1 was taken off the roll." in text_of(after)
    assert cast.coverage(order).expected == 7
    back = client.post(names, {"subject": entry.subject_id})
    assert "Unit B1 is on the roll." in text_of(client.get(back["Location"])), "and comes back by the same entry"
    assert cast.entry(order, "B1").state == "outstanding"


def test_the_page_of_a_name_leads_there_whoever_holds_the_roll(cast: Cast, order: Order, visit: Visit) -> None:
    page = page_of(cast, order, "A1")
    entry = page.replace("remove/", "")
    for who, leads in (("commander", True), ("clerk", True), ("lead_a", False), ("lead_a1", False)):
        assert (f'href="{page}"' in visit(who).get(entry).content.decode()) is leads, who
    visit("commander").post(page, {"reason": REASON})
    assert f'href="{page}"' not in visit("commander").get(entry).content.decode(), "it is off"


def test_that_it_has_answered_is_said(cast: Cast, order: Order, visit: Visit) -> None:
    asked = text_of(visit("clerk").get(page_of(cast, order, "A1")))
    assert "It has answered: the answer is not counted any more." in asked
    visit("clerk").post(page_of(cast, order, "A1"), {"reason": REASON})
    assert cast.entry(order, "A1").state is None


def test_what_ends_with_the_answer_is_said_and_ends(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    member = cast.entry(order, "m_a1_1", REPORT_IN)
    page, badge = f"/office/entries/{member.pk}/remove/", Badge.objects.get(person=member.subject_id)
    assert "The badge ends with it." in text_of(client.get(page))
    still = cast.entry(order, "m_a1_2", REPORT_IN).pk
    assert "badge" not in text_of(client.get(f"/office/entries/{still}/remove/")).split("Take “")[1].split("Why")[0]
    client.post(page, {"reason": REASON})
    checked = visit("").post("/badge/check", {"text": badge.payload})
    assert "This badge was revoked." in text_of(checked)
    assert "the issuer need not see to that" in text_of(client.get(page_of(cast, order, "A2")))
    client.post(page_of(cast, order, "A2"), {"reason": REASON})
    assert cast.told(order, "A2") is None


def test_that_it_holds_for_this_version_is_said(cast: Cast, order: Order, visit: Visit) -> None:
    client, said = visit("commander"), "holds for this version of the order"
    assert said in text_of(client.get(page_of(cast, order)))
    member = cast.entry(order, "m_a1_1", REPORT_IN).pk
    assert said not in text_of(client.get(f"/office/entries/{member}/remove/")), "the call-up stays as it is"


@pytest.mark.parametrize("reason", ["", "invented"])
def test_a_reason_is_wanted_from_the_list(cast: Cast, order: Order, visit: Visit, reason: str) -> None:
    answer = visit("commander").post(page_of(cast, order), {"reason": reason})
    assert answer.status_code == 422
    assert "Choose a reason from the list" in text_of(answer)
    assert "Take it off the roll" in text_of(answer), "refused in place"
    assert cast.entry(order, "B1").state == "outstanding"


@pytest.mark.parametrize(("number", "status"), [("lead_b", 403), ("lead_b1", 403), ("lead_a", 404), ("m_b1_1", 403)])
def test_who_does_not_hold_the_roll_takes_nobody_off(
    cast: Cast, order: Order, visit: Visit, number: str, status: int
) -> None:
    client, page = visit(number), page_of(cast, order)
    assert client.get(page).status_code == status
    assert client.post(page, {"reason": REASON}).status_code == status
    assert cast.entry(order, "B1").state == "outstanding"


def test_it_is_taken_off_once(cast: Cast, order: Order, visit: Visit) -> None:
    client, page = visit("commander"), page_of(cast, order)
    client.post(page, {"reason": REASON})
    assert client.get(page).status_code == 409
    again = client.post(page, {"reason": REASON})
    assert again.status_code == 409
    assert "This name was taken off the roll" in text_of(again)


def test_a_closed_roll_stays_as_it_is(cast: Cast, order: Order, visit: Visit) -> None:
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    for answer in (visit("commander").get(page_of(cast, order)), visit("commander").post(page_of(cast, order))):
        assert answer.status_code == 409


def test_a_list_whose_names_go_by_themselves_has_no_such_page(cast: Cast, order: Order, visit: Visit) -> None:
    told = cast.told(order, "A2")
    assert told is not None
    assert told.roll.kind == CANNOT
    assert visit("commander").post(f"/office/entries/{told.pk}/remove/", {"reason": REASON}).status_code == 404


def test_queries_are_pinned(cast: Cast, order: Order, visit: Visit) -> None:
    assert _queries(visit("commander"), page_of(cast, order)) <= 7
