"""The page of the one box, and the box in the head of the office's pages."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.foundation.rights import house
from muster.mobilisation.models import Order
from muster.organisation import phone_ends, views_search
from muster.organisation.actions import NewPerson, register_people
from tests.cast import LONG_AGO, Cast
from tests.organisation.test_open_phone import phone_of, with_phones
from tests.website.conftest import Visit
from tests.website.test_roll_pages import text_of

SEARCH = "/office/search/"
QUERIES_MOST = 22
TITLE = re.compile(r'class="opens strong" href="([^"]+)">([^<]+)</a>')


def found(page: str) -> list[str]:
    return [title for _address, title in TITLE.findall(page)]


def test_each_kind_stands_for_itself_with_what_where_and_why(cast: Cast, order: Order, visit: Visit) -> None:
    register_people(by=house("t"), people=[NewPerson("n1", "A1 Ada", cast.village.pk, "Nurse")], since=LONG_AGO)
    answer = visit("lead_a").get(SEARCH, {"q": "a1"})
    assert found(answer.content.decode()) == ["Unit A1", "A1 Ada"]
    assert "Unit A1 A1 Unit A code" in text_of(answer)
    assert re.findall(r'<h2 id="of-\w+">([^<]+)</h2>', answer.content.decode()) == ["Units", "People"]
    assert "A1 Ada n1 \u00b7 Nurse Unit A1 beginning of the name" in text_of(answer)


def test_every_result_opens(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    for words in ("Name of lead", "Unit", "posts", "orders", "members"):
        page = client.get(SEARCH, {"q": words}).content.decode()
        assert TITLE.findall(page)
        for address, _title in TITLE.findall(page):
            assert client.get(address).status_code == 200, address


def test_more_of_a_kind_is_a_list_of_the_same_words(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    page = client.get(SEARCH, {"q": "Name of"}).content.decode()
    assert len(found(page)) == 6
    more = re.findall(r'<p class="card-foot"><a href="([^"]+)">', page)
    assert more == ["/office/people/?q=Name+of"]
    assert len(TITLE.findall(client.get(more[0]).content.decode())) == len(cast.people)
    alone = client.get(SEARCH, {"q": "Name of", "kind": "people"}).content.decode()
    assert len(found(alone)) == len(cast.people)
    assert "card-foot" not in alone


def test_more_without_a_list_of_its_own_is_this_page_of_that_kind_and_says_when_that_is_all(
    cast: Cast, order: Order, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views_search, "OF_EACH_KIND", 1)
    monkeypatch.setattr(views_search, "OF_ONE_KIND", 1)
    client = visit("commander")
    page = client.get(f"{SEARCH}?q=post~").content.decode()
    (more,) = re.findall(r'<p class="card-foot"><a href="([^"]+kind=rolls[^"]*)">', page)
    assert more.startswith("?")
    # However a browser writes the sign, the page knows that it is the one of this kind.
    for address in (more.replace("&amp;", "&"), "?kind=rolls&q=post%7E"):
        alone = client.get(SEARCH + address)
        assert len(found(alone.content.decode())) == 1
        assert "These are the first 1." in text_of(alone)
        assert 'class="card-foot"><a' not in alone.content.decode()


def test_it_says_what_can_be_searched_and_what_to_try(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    assert "Type a name or its beginning" in text_of(client.get(SEARCH))
    nothing = text_of(client.get(SEARCH, {"q": "qqxx"}))
    assert "Nothing that you may see is found by these words." in nothing
    assert "its pinyin" in nothing
    assert "Search all kinds" in text_of(client.get(SEARCH, {"q": "qqxx", "kind": "units"}))
    assert client.get(SEARCH, {"q": "\x07%'<b>"}).status_code == 200


@pytest.mark.parametrize("words", ["Unit B1", "Name of m_b1_1", "lead_b1"])
def test_what_is_not_mine_reads_as_what_there_is_not(cast: Cast, order: Order, visit: Visit, words: str) -> None:
    client = visit("lead_a1")
    one, other = (client.get(SEARCH, {"q": q}).content.decode() for q in (words, "x" * len(words)))
    said = [re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"', "", page) for page in (one, other)]
    for written in (words, words.replace(" ", "%20"), words.replace(" ", "+")):
        said[0] = said[0].replace(written, "x" * len(words))
    assert said[0] == said[1]


def test_the_last_four_digits_show_a_masked_number_and_an_end(
    cast: Cast, order: Order, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_phones(cast)
    monkeypatch.setattr(phone_ends, "LOOKS_MAX", 1)
    number, client = phone_of("m_a1_1", cast), visit("lead_a1")
    page = text_of(client.get(SEARCH, {"q": number[-4:]}))
    assert f"139****{number[-4:]}" in page
    assert "end of the telephone number" in page
    again = text_of(client.get(SEARCH, {"q": number[-4:]}))
    assert "Telephone numbers were not looked through" in again
    assert "Name of m_a1_1" not in again


def test_the_box_is_in_the_office_and_for_who_works_there(cast: Cast, order: Order, visit: Visit) -> None:
    for address in ("/office/", "/office/people/", "/office/rolls/", f"/office/orders/{order.pk}/"):
        assert f'role="search" method="get" action="{SEARCH}"' in visit("lead_a1").get(address).content.decode()
    for number, address in (("m_a1_1", "/my/"), ("administrator", "/office/access/accounts/"), ("lead_a1", "/my/")):
        page = visit(number).get(address)
        assert page.status_code == 200
        assert SEARCH not in page.content.decode()


@pytest.mark.parametrize("number", ["m_a1_1", "counsellor", "administrator"])
def test_it_rejects_who_has_no_role_of_the_office(cast: Cast, order: Order, visit: Visit, number: str) -> None:
    assert visit(number).get(SEARCH, {"q": "Name"}).status_code == 403


def test_it_rejects_a_kind_that_there_is_not(cast: Cast, order: Order, visit: Visit) -> None:
    assert visit("commander").get(SEARCH, {"q": "Name", "kind": "residents"}).status_code == 404


@pytest.mark.parametrize("words", ["a1", "Name of", "qq", "zzz"])
def test_the_queries_do_not_grow_with_what_is_found(cast: Cast, order: Order, visit: Visit, words: str) -> None:
    client, counts = visit("commander"), []
    for turn in range(2):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(SEARCH, {"q": words}).status_code == 200
        counts.append(len(asked))
        people = [NewPerson(f"x{words}{turn}{n}", f"b2 {n}", cast.village.pk, "") for n in range(60)]
        register_people(by=house("test"), people=people, since=LONG_AGO)
    assert counts[0] == counts[1] <= QUERIES_MOST
