"""The office's pages of rolls: what is counted, who is missing, as of when, for whom; excusing; paper and file."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from muster.foundation.models import AuditLine
from muster.mobilisation.kinds import ACKNOWLEDGEMENT, REPORT_IN
from muster.mobilisation.models import Order
from muster.organisation.models import Person
from muster.roll import exports
from muster.roll.models import Entry
from muster.vault.particulars import CONTACT, NewParticular, keep
from tests.cast import REASON, START, Cast, at
from tests.website.conftest import Visit


def text_of(answer: Any) -> str:
    """A page's words, its tags blanked out."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def address(cast: Cast, order: Order, kind: str = ACKNOWLEDGEMENT) -> str:
    return f"/office/rolls/{cast.roll(order, kind).pk}/"


def names_in(page: str) -> list[str]:
    """The names that a list shows, from the links to their entries."""
    return re.findall(r'<a class="opens strong" href="/office/entries/[^"]*">([^<]*)</a>', page)


def give_phones(cast: Cast) -> None:
    """Everybody gets a number, by an action."""
    from muster.foundation.action import action
    from muster.foundation.registry import ACTIONS

    if "test.give_phones" not in ACTIONS:

        @action("test.give_phones", roles=("commander",))
        def give(*, by: Any, people: Any) -> None:
            rows = enumerate(sorted(people, key=lambda person: person.number))
            keep([NewParticular("person", p.pk, CONTACT, f"1000000{n:04d}", START.replace(year=2090)) for n, p in rows])

    ACTIONS["test.give_phones"](by=cast.commander, people=list(cast.people.values()))


def test_the_list_shows_each_roll_with_its_coverage(cast: Cast, order: Order, visit: Visit) -> None:
    page = text_of(visit("commander").get("/office/rolls/"))
    assert "Acknowledgement of an order · No. 1/2020" in page
    assert "Reporting in of members called up" in page
    assert "Units that cannot comply" in page
    assert (
        "Expected 8 = Acknowledged 3 + Overdue 5 (Cannot 1)"
        in visit("commander").get("/office/rolls/").content.decode()
    )


def test_a_lead_sees_the_counts_of_their_units_only(cast: Cast, order: Order, visit: Visit) -> None:
    page = visit("lead_a").get("/office/rolls/").content.decode()
    assert "Expected 4 = Acknowledged 2 + Overdue 2" in page
    assert "Expected 8" not in page
    village = visit("lead_a3").get(address(cast, order)).content.decode()
    assert names_in(village) == ["Unit A3"]
    assert "Unit B" not in village


def test_the_names_are_the_outstanding_ones(cast: Cast, order: Order, visit: Visit) -> None:
    page = visit("commander").get(address(cast, order)).content.decode()
    assert sorted(names_in(page)) == ["Unit A", "Unit A3", "Unit B1", "Unit B2", "Unit B3"]
    assert "overdue by 0:59" in page


@pytest.mark.parametrize(
    ("show", "names"),
    [
        ("answered", ["Unit A1", "Unit A2", "Unit B"]),
        ("met", ["Unit A1", "Unit B"]),
        ("unmet", ["Unit A2"]),
        ("overdue", ["Unit A", "Unit A3", "Unit B1", "Unit B2", "Unit B3"]),
        ("excused", []),
        ("expected", ["Unit A", "Unit A1", "Unit A2", "Unit A3", "Unit B", "Unit B1", "Unit B2", "Unit B3"]),
        ("nonsense", ["Unit A", "Unit A3", "Unit B1", "Unit B2", "Unit B3"]),
    ],
)
def test_each_part_opens_its_names(cast: Cast, order: Order, visit: Visit, show: str, names: list[str]) -> None:
    page = visit("commander").get(address(cast, order), {"show": show}).content.decode()
    assert sorted(names_in(page)) == names


def test_the_record_tells_each_mark_since_the_opening(cast: Cast, order: Order, visit: Visit) -> None:
    page = text_of(visit("commander").get(address(cast, order), {"show": "record"}))
    assert page.index("cannot comply Because") < page.index("will do")
    assert "put on the roll" not in page


def test_a_unit_is_opened_with_the_way_back(cast: Cast, order: Order, visit: Visit) -> None:
    page = visit("commander").get(address(cast, order), {"unit": "A"}).content.decode()
    assert sorted(names_in(page)) == ["Unit A", "Unit A3"]
    assert "Expected 4 = Acknowledged 2 + Overdue 2" in page
    assert "A itself" in page
    assert '?unit=D"' in page or "unit=D" in page


def test_levels_add_up_to_the_whole(cast: Cast, order: Order, visit: Visit) -> None:
    page = visit("commander").get(address(cast, order)).content.decode()
    rows = re.findall(r'<tr><th scope="row">(.*?)</tr>', page, re.DOTALL)
    numbers = [
        [int(n) for n in re.findall(r"(?:<b class=\"alarm\">|<td class=\"n[^\"]*\">)(\d+)<", row)] for row in rows
    ]
    assert len(numbers) == 3  # two towns and the total
    assert [sum(column) for column in zip(*numbers[:2], strict=True)] == numbers[2]


def test_as_of_is_shown_and_a_past_one_says_so(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    now = text_of(client.get(address(cast, order)))
    assert "As of 29 Jan 14:59" in now
    assert "Not now" not in now
    past = client.get(address(cast, order), {"as_of": "2020-01-29T09:10"})
    assert "As of 29 Jan 09:10 Not now" in text_of(past)
    assert "Expected 8 = Acknowledged 0 + To come 8" in past.content.decode()
    assert len(names_in(past.content.decode())) == 8
    assert "Excuse those ticked" not in past.content.decode(), "the past is not changed"
    before = text_of(client.get(address(cast, order), {"as_of": "2020-01-29T08:00"}))
    assert "was not open yet" in before


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("yesterday", "is no date and time"),
        ("2020-01-29", "is no date and time"),
        ("2020-01-29T25:00", "is no date and time"),
        ("2020-01-29T15:30", "lies ahead"),
        ("2020-01-01T12:00", "before the incident"),
        ("9" * 500, "is no date and time"),
    ],
)
def test_an_as_of_that_is_none_is_refused(cast: Cast, order: Order, visit: Visit, asked: str, says: str) -> None:
    for page in ("/office/rolls/", address(cast, order), "/office/orders/", f"{address(cast, order)}print/"):
        answer = visit("commander").get(page, {"as_of": asked})
        assert answer.status_code == 422, page
        assert says in text_of(answer)


def test_search_finds_names_and_units(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    page = client.get(address(cast, order), {"q": "Unit B"}).content.decode()
    assert sorted(names_in(page)) == ["Unit B1", "Unit B2", "Unit B3"]
    members = client.get(address(cast, order, REPORT_IN), {"q": "m_a2"}).content.decode()
    assert sorted(names_in(members)) == ["Name of m_a2_1", "Name of m_a2_2"]
    nobody = text_of(client.get(address(cast, order), {"q": "Zebra"}))
    assert "Nobody in this list is called “Zebra”" in nobody


def test_search_finds_by_pinyin(cast: Cast, order: Order, visit: Visit) -> None:
    Person.objects.filter(number="m_a3_1").update(name="\u738b\u6587\u6e05", pinyin="wangwenqing wwq")
    for words in ("\u738b\u6587", "wangwen", "WWQ", "wang wen"):
        page = visit("lead_a").get(address(cast, order, REPORT_IN), {"q": words}).content.decode()
        assert names_in(page) == ["\u738b\u6587\u6e05"], words


def test_no_search_reaches_beyond_ones_own(cast: Cast, order: Order, visit: Visit) -> None:
    page = visit("lead_a").get(address(cast, order, REPORT_IN), {"q": "m_b1"}).content.decode()
    assert names_in(page) == []


def test_what_is_not_mine_is_not_there(cast: Cast, order: Order, visit: Visit) -> None:
    own = cast.order(key="own", issuer=cast.units["A"], by=cast.town_lead, audience="under:A -unit:A", founding=False)
    roll = cast.roll(own)
    entry = cast.entry(order, "A1").pk
    client = visit("lead_b")
    for hidden in (
        f"/office/rolls/{roll.pk}/",
        f"/office/rolls/{roll.pk}/print/",
        f"/office/rolls/{roll.pk}/outstanding.csv",
        f"/office/entries/{entry}/",
        f"{address(cast, order)}?unit=A",
        f"{address(cast, order)}?unit=NONE",
    ):
        assert client.get(hidden).status_code == 404, hidden
    assert visit("lead_a1").get(f"/office/entries/{cast.entry(order, 'A2').pk}/").status_code == 404


def test_the_lead_to_call_has_a_masked_number(cast: Cast, order: Order, visit: Visit) -> None:
    give_phones(cast)
    page = visit("commander").get(address(cast, order)).content.decode()
    assert "Name of lead_a3" in page
    assert re.search(r"100\*\*\*\*\d{4}", page)
    assert "1000000" not in page


def test_a_number_is_shown_once_it_is_asked_for_and_that_is_logged(cast: Cast, order: Order, visit: Visit) -> None:
    give_phones(cast)
    entry = cast.entry(order, "A3")
    client = visit("lead_a")
    assert "1000000" not in client.get(f"/office/entries/{entry.pk}/").content.decode()
    answer = client.post(f"/office/entries/{entry.pk}/phone/")
    assert "tel:1000000" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    line = AuditLine.objects.latest("at", "id")
    assert (line.verb, line.actor) == ("roll.open_phone", "lead_a")
    assert str(cast.people["lead_a3"].pk) in line.ids


def test_ticked_names_are_excused_with_a_reason(cast: Cast, order: Order, visit: Visit) -> None:
    ticked = [cast.entry(order, code).pk for code in ("A3", "B1")]
    answer = visit("commander").post(f"{address(cast, order)}excuse/", {"entry": ticked, "reason": REASON, "unit": "D"})
    assert answer.status_code == 302
    after = visit("commander").get(answer["Location"])
    assert "2 excused" in text_of(after)
    assert set(Entry.objects.filter(pk__in=ticked).values_list("state", flat=True)) == {"excused"}
    with at(hours=7):
        page = visit("commander").get(address(cast, order), {"show": "excused"}).content.decode()
        assert sorted(names_in(page)) == ["Unit A3", "Unit B1"]
        assert "Excused: Because" in page
        assert "Name of commander" in page


def test_excusing_is_refused_without_reason_or_right(cast: Cast, order: Order, visit: Visit) -> None:
    own = cast.entry(order, "A3").pk
    page = f"{address(cast, order)}excuse/"
    assert visit("commander").post(page, {"entry": [own], "reason": ""}).status_code == 422
    assert visit("commander").post(page, {"entry": [own], "reason": "invented"}).status_code == 422
    assert visit("commander").post(page, {"reason": REASON}).status_code == 422
    assert visit("commander").post(page, {"entry": ["nonsense"], "reason": REASON}).status_code == 422
    assert visit("lead_a3").post(page, {"entry": [own], "reason": REASON}).status_code == 403, "never excuses itself"
    assert visit("lead_b").post(page, {"entry": [own], "reason": REASON}).status_code == 404, "not theirs to see"
    assert cast.entry(order, "A3").state == "outstanding"


def test_only_who_may_excuse_sees_the_boxes(cast: Cast, order: Order, visit: Visit) -> None:
    assert "Excuse those ticked" in visit("lead_a").get(address(cast, order)).content.decode()
    assert "Excuse those ticked" not in visit("lead_a3").get(address(cast, order)).content.decode()


def test_the_file_opens_in_a_spreadsheet(cast: Cast, order: Order, visit: Visit) -> None:
    Person.objects.filter(number="m_a3_1").update(name='=HYPERLINK("x")')
    answer = visit("commander").get(f"{address(cast, order, REPORT_IN)}outstanding.csv")
    body = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert body.startswith("\ufeffCode,Name,")
    rows = list(csv.DictReader(io.StringIO(body.removeprefix("\ufeff"))))
    assert len(rows) == 17
    row = next(row for row in rows if row["Code"] == "m_a3_1")
    assert row["Name"] == '\'=HYPERLINK("x")'
    assert row["Unit"] == "Unit A3"
    assert row["Unit above"] == "Unit A"
    assert row["Lead to call"] == "Name of lead_a3"
    assert row["Hours overdue"] == "1.00"
    assert row["As of"] == "2020-01-29 14:59"
    line = AuditLine.objects.latest("at", "id")
    assert line.verb == "roll.export_names"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert exports.safe(cell) == f"'{cell}"
    assert exports.safe("Unit A") == "Unit A"
    assert exports.safe(None) == ""


def test_paper_has_a_checksum_and_masked_numbers(cast: Cast, order: Order, visit: Visit) -> None:
    give_phones(cast)
    client = visit("commander")
    sheet = text_of(client.get(f"{address(cast, order)}print/"))
    assert "Expected 8 = acknowledged 3 + excused 0 + not acknowledged 5" in sheet
    assert re.search(r"Checksum [0-9a-f]{4}·[0-9a-f]{4}", sheet)
    assert "100****" in sheet
    assert "1000000" not in sheet
    calls = client.post(f"{address(cast, order)}print/")
    assert "1000000" in calls.content.decode()
    assert AuditLine.objects.latest("at", "id").verb == "roll.print_call_list"


def test_long_lists_are_paged(cast: Cast, order: Order, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("muster.roll.views.PAGE_ROWS", 3)
    client = visit("commander")
    first = client.get(address(cast, order)).content.decode()
    second = client.get(address(cast, order), {"page": "2"}).content.decode()
    assert len(names_in(first)) == 3
    assert len(names_in(second)) == 2
    assert not set(names_in(first)) & set(names_in(second))
    for odd in ("0", "99", "-1", "x", "9" * 40):
        assert client.get(address(cast, order), {"page": odd}).status_code == 200


def _queries(client: Any, page: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as caught:
        assert client.get(page).status_code == 200
    return len(caught)


def test_queries_are_pinned_and_flat(cast: Cast, order: Order, visit: Visit) -> None:
    commander, village = visit("commander"), visit("lead_a3")
    roll, members = address(cast, order), address(cast, order, REPORT_IN)
    assert _queries(commander, "/office/rolls/") == 7
    assert _queries(commander, roll) == 12
    assert _queries(commander, members) == 12
    assert _queries(commander, f"{members}?show=answered") == 11
    assert _queries(commander, f"{roll}?show=record") <= 15
    assert _queries(commander, f"{roll}?as_of=2020-01-29T11:00") <= 13
    assert _queries(village, roll) <= 12, "one name costs what a hundred cost"
    assert _queries(commander, f"/office/entries/{cast.entry(order, 'A3').pk}/") <= 18
