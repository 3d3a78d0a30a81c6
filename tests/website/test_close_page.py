"""A roll is closed on a page that says what that means; only by whoever may, and only once."""

from __future__ import annotations

import pytest
from django.urls import reverse

from muster.mobilisation.actions import withdraw_order
from muster.mobilisation.models import Order
from muster.roll.models import Roll, Ruling
from tests.cast import Cast, at
from tests.website.conftest import Visit
from tests.website.test_roll_pages import _queries, address, text_of


def test_the_page_says_what_closing_means_and_how_many_are_outstanding(cast: Cast, order: Order, visit: Visit) -> None:
    client, page = visit("commander"), address(cast, order)
    assert f'href="{page}close/"' in client.get(page).content.decode()
    asked = text_of(client.get(f"{page}close/"))
    assert "Close the roll “To your posts”?" in asked
    assert "8 expected = 3 acknowledged + 0 excused + 5 not acknowledged" in asked
    assert "Still not acknowledged: 5. They are not asked any more, and stay so in the figures." in asked
    assert "Close it with 5 not acknowledged" in asked
    assert "What asked for the answers stays in force. See the order" in asked
    assert cast.roll(order).state == "open", "looking closes nothing"


@pytest.mark.parametrize("number", ["commander", "second", "clerk"])
def test_whoever_may_closes_it_and_is_told(cast: Cast, order: Order, visit: Visit, number: str) -> None:
    client, page = visit(number), address(cast, order)
    done = client.post(f"{page}close/")
    assert (done.status_code, done["Location"]) == (302, f"{page}?closed=1")
    assert cast.roll(order).state == "closed"
    assert Ruling.objects.get(what=Ruling.What.CLOSED).by_person == cast.people[number].pk
    after = client.get(done["Location"])
    assert "The roll is closed. It takes no new answer" in text_of(after)
    assert f"{page}close/" not in after.content.decode()
    refused = visit("lead_a3").post(f"/my/entries/{cast.entry(order, 'A3').pk}/acknowledge/")
    assert refused.status_code == 409
    with at(hours=7):
        assert "Expected 8 = Acknowledged 3 + To come 5" in client.get(page).content.decode(), "nothing is lost"


def test_a_notice_is_only_given_for_what_is_so(cast: Cast, order: Order, visit: Visit) -> None:
    assert "The roll is closed" not in text_of(visit("commander").get(f"{address(cast, order)}?closed=1"))


@pytest.mark.parametrize("number", ["lead_a", "lead_a1"])
def test_who_does_not_hold_it_sees_no_way_and_is_refused(cast: Cast, order: Order, visit: Visit, number: str) -> None:
    client, page = visit(number), address(cast, order)
    assert f"{page}close/" not in client.get(page).content.decode()
    for answer in (client.get(f"{page}close/"), client.post(f"{page}close/")):
        assert answer.status_code == 403
        assert "acknowledged: 5" not in text_of(answer)
    assert cast.roll(order).state == "open"


def test_what_is_not_ones_own_is_not_there(cast: Cast, order: Order, visit: Visit) -> None:
    own = cast.order(key="own", issuer=cast.town, by=cast.town_lead, audience="under:A -unit:A", founding=False)
    page = f"{address(cast, own)}close/"
    assert visit("lead_b").post(page).status_code == 404
    assert visit("m_a1_1").post(page).status_code == 403, "no page of the office"
    assert visit("").post(page)["Location"] == reverse("door")
    assert cast.roll(own).state == "open"
    assert visit("lead_a").post(page).status_code == 302, "the holder's lead"


@pytest.mark.parametrize("ends", ["closed", "withdrawn"])
def test_what_has_ended_is_not_closed_again(cast: Cast, order: Order, visit: Visit, ends: str) -> None:
    client, page = visit("commander"), f"{address(cast, order)}close/"
    if ends == "closed":
        client.post(page)
    else:
        withdraw_order(by=cast.commander, order=order)
    for answer in (client.get(page), client.post(page)):
        assert answer.status_code == 409
    assert Roll.objects.get(pk=cast.roll(order).pk).state == ends


def test_a_roll_of_which_nobody_is_outstanding(cast: Cast, order: Order, visit: Visit) -> None:
    one = cast.order(key="one", audience="unit:A1", founding=False)
    cast.answer(one, "A1")
    with at(hours=7):
        asked = text_of(visit("commander").get(f"{address(cast, one)}close/"))
    assert "Nobody is outstanding." in asked
    assert "Close this roll" in asked


def test_queries_are_pinned(cast: Cast, order: Order, visit: Visit) -> None:
    assert _queries(visit("commander"), f"{address(cast, order)}close/") <= 8
