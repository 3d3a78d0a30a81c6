"""The pages of the registers: search, filters, order, pages; queries do not grow with the people."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.foundation.rights import house
from muster.organisation.actions import NewPerson, register_people
from tests.access.matrix import client_of
from tests.cast import LONG_AGO, Cast

QUERIES_MOST = 12


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


def test_units_stand_as_a_tree(cast: Cast) -> None:
    page = client_of("lead_a").get("/office/units/").content.decode()
    assert [(int(depth), name) for depth, name in re.findall(r'<span class="d(\d)"><a [^>]+>([^<]+)</a>', page)] == [
        (0, "Unit A"),
        (1, "Unit A1"),
        (1, "Unit A2"),
        (1, "Unit A3"),
    ]
