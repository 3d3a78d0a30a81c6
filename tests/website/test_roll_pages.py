"""The office's pages of rolls: what is counted, who is missing, as of when, for whom; excusing; paper and file."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.foundation import jobs
from muster.foundation.models import AuditLine, Job
from muster.foundation.rights import Actor, house
from muster.mobilisation.kinds import ACKNOWLEDGEMENT, REPORT_IN
from muster.mobilisation.models import Order
from muster.organisation.granting import grant_role
from muster.organisation.models import Account, Person, Unit
from muster.organisation.names import person_columns
from muster.organisation.tree import Tree
from muster.roll import opening
from muster.roll.actions import hand_over_entries
from muster.roll.coverage import Counted, Coverage
from muster.roll.kinds import Expected
from muster.roll.looks import Look, elsewhere, level
from muster.roll.models import Entry, Roll
from muster.sheets.out import safe
from muster.vault.particulars import NewParticular, keep
from muster.vault.purposes import CONTACT
from tests.cast import REASON, START, TREE, Cast, at
from tests.roll.visits import open_visits
from tests.roll.visits import visit as visit_place
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
    Person.objects.filter(number="m_a3_1").update(name="\u738b\u6587\u6e05", **person_columns("\u738b\u6587\u6e05"))
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
    assert (line.verb, line.actor) == ("organisation.open_phone", "lead_a")
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
    assert row["Hours overdue"] == "1.0"
    assert (row["State"], row["Answer or reason"], row["When"]) == ("outstanding", "", "")
    assert row["As of"] == "2020-01-29 14:59"
    line = AuditLine.objects.latest("at", "id")
    assert line.verb == "roll.export_names"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert safe(cell) == f"'{cell}"
    assert safe("Unit A") == "Unit A"
    assert safe(None) == ""


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
    assert _queries(commander, "/office/rolls/") == 6
    assert _queries(commander, roll) == 11
    assert _queries(commander, members) == 11
    assert _queries(commander, f"{members}?show=answered") == 8
    assert _queries(commander, f"{roll}?show=record") <= 12
    assert _queries(commander, f"{roll}?as_of=2020-01-29T11:00") == 10
    assert _queries(village, roll) == 10, "one name costs what a hundred cost"
    assert _queries(commander, f"/office/entries/{cast.entry(order, 'A3').pk}/") <= 12


def two_hats(cast: Cast) -> None:
    """The lead of A1 is a team leader in B1 too."""
    account = Account.objects.get(name="lead_a1")
    grant_role(by=house("set-up"), account=account, role="team_lead", unit=cast.units["B1"], since=START)


def test_a_lead_who_is_a_team_leader_elsewhere_takes_their_own_along(cast: Cast, order: Order, visit: Visit) -> None:
    two_hats(cast)
    give_phones(cast)
    client, page = visit("lead_a1"), address(cast, order, REPORT_IN)
    both = client.get(page).content.decode()
    assert {"Name of m_a1_2", "Name of m_b1_1"} <= set(names_in(both))
    assert "Export CSV" in both
    answer = client.get(f"{page}outstanding.csv")
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "m_a1_2" in body
    assert "m_b1_1" not in body
    sheet = client.post(f"{page}print/")
    assert sheet.status_code == 200
    assert "Name of m_b1_1" not in sheet.content.decode()
    elsewhere = client.get(page, {"unit": "B1"}).content.decode()
    assert "Export CSV" not in elsewhere
    assert client.get(f"{page}outstanding.csv", {"unit": "B1"}).status_code == 403


def test_what_was_handed_over_beyond_the_holder_stands_in_a_line_of_its_own(
    cast: Cast, order: Order, visit: Visit
) -> None:
    own = cast.order(key="own", issuer=cast.units["A"], by=cast.town_lead, audience="under:A -unit:A", founding=False)
    hand_over_entries(by=cast.commander, parent=cast.root, unit=cast.units["A3"], into=cast.units["B1"], reason=REASON)
    with at(hours=7):
        page = visit("lead_a").get(address(cast, own)).content.decode()
    rows = re.findall(r'<tr><th scope="row">(.*?)</tr>', page, re.DOTALL)
    last = [int(re.findall(r'<td class="n[^"]*">(?:<b class="alarm">)?(\d+)<', row)[-1]) for row in rows]
    assert "Elsewhere" in rows[-2]
    assert sum(last[:-1]) == last[-1] == 3


def test_an_answer_that_arrives_meanwhile_refuses_no_batch(cast: Cast, order: Order, visit: Visit) -> None:
    ticked = [cast.entry(order, code).pk for code in ("A3", "B1")]
    cast.answer(order, "A3")
    answer = visit("commander").post(f"{address(cast, order)}excuse/", {"entry": ticked, "reason": REASON})
    assert answer.status_code == 302
    said = text_of(visit("commander").get(answer["Location"]))
    assert "1 excused." in said
    assert "1 had answered or been excused meanwhile" in said
    assert [cast.entry(order, code).state for code in ("A3", "B1")] == ["answered", "excused"]


def test_the_record_of_a_staged_roll_leaves_its_names_out(
    cast: Cast, order: Order, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "AT_ONCE_MAX", 1)
    staged = cast.order(key="staged", audience="kind:village", founding=False)
    with at(hours=6, minutes=2):
        jobs.do_slice(Job.objects.get(args__roll=str(cast.roll(staged).pk)))
    with at(hours=6, minutes=5):
        jobs.work()
    with at(hours=6, minutes=10):
        assert cast.roll(staged).opened_at is not None
        client = visit("commander")
        for moment in ("", "2020-01-29T15:03"):
            page = text_of(client.get(address(cast, staged), {"show": "record", "as_of": moment}))
            assert "put on the roll" not in page, moment


def test_another_time_and_now_keep_the_incident(cast: Cast, order: Order, visit: Visit) -> None:
    asked = {"incident": "flood", "as_of": "2020-01-29T10:00"}
    page = visit("commander").get("/office/rolls/", asked).content.decode()
    assert '<input type="hidden" name="incident" value="flood">' in page
    assert 'href="/office/rolls/?incident=flood">Back to now' in page


def test_a_page_beyond_the_end_says_that_it_is_the_last(
    cast: Cast, order: Order, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("muster.roll.views.PAGE_ROWS", 3)
    for odd, says in (("99", "Page 2 of 2"), ("0", "Page 1 of 2")):
        assert says in text_of(visit("commander").get(address(cast, order), {"page": odd}))


def test_an_attempt_hides_no_difference(cast: Cast, order: Order, visit: Visit) -> None:
    own = cast.village
    expected = [Expected(own.pk, "unit", own.pk)]
    visits = open_visits(by=cast.commander, holder=cast.root, incident=cast.incident, expected=expected)
    entry = Entry.objects.get(roll=visits).pk
    for minute, outcome in enumerate(("met", "refused", "nobody"), 1):
        with at(hours=6, minutes=minute):
            visit_place(by=cast.lead, unit=own, entry=entry, outcome=outcome)
    with at(hours=7):
        page = visit("commander").get(f"/office/rolls/{visits.pk}/", {"show": "answered"})
        assert "two answers differ" in text_of(page)


def test_the_heads_are_the_words_of_the_kind(cast: Cast, order: Order, visit: Visit) -> None:
    page = visit("commander").get(address(cast, order)).content.decode()
    assert '<abbr title="Acknowledged">Answ.</abbr>' in page
    assert '<abbr title="Not acknowledged">Miss.</abbr>' in page
    chinese = visit("commander").get(address(cast, order), headers={"accept-language": "zh-hans"}).content.decode()
    assert '<th class="n">\u5df2\u7b7e' in chinese, "short words stand in the head themselves"


@given(
    st.dictionaries(st.sampled_from(["D", "A", "B", "H", "A1", "A2", "A3", "B1", "B2", "B3"]), st.integers(0, 9)),
    st.sampled_from("DAB"),
)
@settings(max_examples=60, deadline=None)
def test_levels_and_elsewhere_add_up_to_the_total(counts: dict[str, int], holder: str) -> None:
    ids = {code: UUID(int=n) for n, code in enumerate(TREE, 1)}

    def path(code: str) -> str:
        return (path(TREE[code]) if TREE[code] else "") + f"{ids[code].int}."

    tree = Tree(START, {ids[code]: path(code) for code in TREE})
    actor = Actor(name="x", grants=(("lead", path(holder)),), channel="web")
    seen = Look(actor, START, True, tree, (ids[holder],))
    counted = Counted(
        Roll(held_by=Unit(path=path(holder))), START, {ids[c]: Coverage(outstanding=n) for c, n in counts.items() if n}
    )
    lines = level(seen, counted)
    if lines:
        beyond = elsewhere(seen, counted)
        assert sum((line.coverage for line in lines), Coverage()) + beyond == seen.coverage(counted)
