"""The pages of the registers: search, filters, order, pages; queries do not grow with the people."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.foundation.rights import house
from muster.organisation import lists
from muster.organisation.actions import NewPerson, register_people
from muster.organisation.models import Unit
from tests.access.matrix import client_of
from tests.cast import LONG_AGO, START, Cast

QUERIES_MOST = 12
UNIT_QUERIES = 9


def names(query: str, by: str = "commander") -> list[str]:
    page = client_of(by).get(f"/office/people/{query}").content.decode()
    return re.findall(r'class="opens strong" href="[^"]+">([^<]+)</a>', page)


def test_it_lists_the_people_of_my_units_only(cast: Cast) -> None:
    assert len(names("")) == len(cast.people)
    assert set(names("", "lead_a1")) == {"Name of lead_a1", "Name of m_a1_1", "Name of m_a1_2"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=m_a1_2", ["Name of m_a1_2"]),
        ("?unit=A1&sort=name", ["Name of lead_a1", "Name of m_a1_1", "Name of m_a1_2"]),
        ("?unit=A&leads=1&sort=number", ["Name of lead_a", "Name of lead_a1", "Name of lead_a2", "Name of lead_a3"]),
        ("?q=nobody", []),
        ("?gone=1", []),
    ],
)
def test_search_filters_and_order(cast: Cast, query: str, expected: list[str]) -> None:
    assert names(query) == expected


def test_it_rejects_a_unit_that_is_not_mine(cast: Cast) -> None:
    for address in ("/office/people/?unit=B1", "/office/units/?unit=B1", f"/office/units/{cast.units['B1'].pk}/"):
        assert client_of("lead_a").get(address).status_code == 404


@pytest.mark.parametrize("address", ["/office/people/", "/office/people/?q=a1&sort=name", "/office/units/"])
def test_the_queries_of_a_page_do_not_grow_with_the_people(cast: Cast, address: str) -> None:
    browser = client_of("commander")
    counts = []
    for turn in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert browser.get(address).status_code == 200
        counts.append(len(asked))
        new = [NewPerson(f"x{turn}_{n}", f"a1 {n}", cast.village.pk, "") for n in range(150)]
        register_people(by=house("test"), people=new, since=LONG_AGO)
    assert counts[0] == counts[1] <= QUERIES_MOST


def unit_page(cast: Cast, code: str, by: str) -> str:
    return str(client_of(by).get(f"/office/units/{cast.units[code].pk}/").content.decode())


def test_the_page_of_a_unit_shows_every_one_below_and_counts_all_people(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("muster.organisation.views_people.UNITS_MOST", 3)
    page = unit_page(cast, "D", "commander")
    assert re.findall(r'class="opens strong" href="[^"]+">([^<]+)</a>', page) == ["Unit A", "Unit B", "Unit H"]
    assert f"Its {len(cast.people)} people" in page


def test_the_queries_of_a_units_page_are_pinned(cast: Cast) -> None:
    counts = {}
    for code in ("D", "A1"):
        browser, address = client_of("commander"), f"/office/units/{cast.units[code].pk}/"
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address).status_code == 200
        counts[code] = len(asked)
    assert counts == {"D": UNIT_QUERIES, "A1": UNIT_QUERIES}


def test_it_names_no_unit_that_is_not_mine(cast: Cast) -> None:
    """Neither what stands above my topmost one, nor what it goes on in."""
    assert "Unit D" not in unit_page(cast, "A", "lead_a")
    Unit.objects.filter(pk=cast.village.pk).update(closed_at=START, successor=cast.units["B1"])
    assert "goes on in" not in unit_page(cast, "A1", "lead_a")
    assert "goes on in Unit B1" in unit_page(cast, "A1", "commander")


def test_the_list_names_no_unit_above_mine(cast: Cast) -> None:
    def above(by: str) -> dict[str, tuple[str, str]]:
        return {row[1]: (row[4], row[5]) for row in lists.units(cast.actor(by), {}).rows()}

    assert above("lead_a")["Unit A"] == ("", "")
    assert above("lead_a")["Unit A1"] == ("A", "Unit A")
    assert above("commander")["Unit A"] == ("D", "Unit D")


def test_units_stand_as_a_tree(cast: Cast) -> None:
    page = client_of("lead_a").get("/office/units/").content.decode()
    assert [(int(depth), name) for depth, name in re.findall(r'<span class="d(\d)"><a [^>]+>([^<]+)</a>', page)] == [
        (0, "Unit A"),
        (1, "Unit A1"),
        (1, "Unit A2"),
        (1, "Unit A3"),
    ]
