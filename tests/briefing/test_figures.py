"""A figure opened: every number adds up on the page, down to the names, for each unit and moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation

from muster.briefing import opened
from muster.briefing.changes import Changes
from muster.briefing.figures import answer_all, figure_by_key
from muster.briefing.history import Places, closed_days, recounted, same
from muster.foundation import clock
from muster.organisation.models import Unit
from muster.roll import coverage
from muster.roll.figures import Question
from muster.roll.models import Roll, Tally
from tests.briefing.conftest import ACKNOWLEDGED, FIGURE, MEMBERS, REPORTED_IN, Day
from tests.briefing.pages import equation_in, names_in, table_in, text_of
from tests.cast import REASON, START, at

Visit = Callable[[str], Client]
MOMENTS = ["2020-01-29T09:00", "2020-01-29T09:07", "2020-01-29T09:45", "2020-01-29T10:30", "2020-01-30T00:00", ""]


def question(day: Day, code: str, as_of: object = None) -> Question:
    """A question about a unit, by its code."""
    moment = coverage.as_of_moment(as_of or clock.settled())  # type: ignore[arg-type]
    return Question(day.cast.incident, day.cast.units[code], moment, Places.up_to(moment).tree(moment))


# Adding up ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [FIGURE, MEMBERS])
@pytest.mark.parametrize("as_of", MOMENTS)
@pytest.mark.parametrize("code", ["D", "A", "A2"])
def test_a_coverage_adds_up_from_its_units_and_its_names(
    commander: Client, address: str, as_of: str, code: str
) -> None:
    asked = {"unit": code, "as_of": as_of}
    answer = commander.get(address, asked)
    expected, answered, excused, *outstanding = equation_in(answer)
    assert expected == answered + excused + sum(outstanding)
    assert "added up from its marks: equal" in text_of(answer)
    if "By unit" in text_of(answer):
        *rows, foot = table_in(answer, "By unit")
        assert [sum(int(row[n]) for row in rows) for n in range(2, 6)] == [int(cell) for cell in foot[2:]]
        assert [int(cell) for cell in foot[2:]] == [answered, excused, sum(outstanding), expected]
    listed = {show: names_in(commander.get(address, asked | {"show": show})) for show in ("answered", "excused")}
    missing = names_in(commander.get(address, asked | {"show": "outstanding"}))
    everybody = names_in(commander.get(address, asked | {"show": "expected"}))
    assert (len(listed["answered"]), len(listed["excused"]), len(missing)) == (answered, excused, sum(outstanding))
    assert sorted(everybody) == sorted([*listed["answered"], *listed["excused"], *missing])


@pytest.mark.parametrize("address", [FIGURE, MEMBERS])
def test_the_units_below_add_up_to_their_own_pages(commander: Client, address: str) -> None:
    *rows, _foot = table_in(commander.get(address), "By unit")
    for row in rows:
        unit = row[0].removeprefix("Unit ").removesuffix(" itself")
        expected, answered, excused, *outstanding = equation_in(commander.get(address, {"unit": unit}))
        assert [int(cell) for cell in row[2:]] == [answered, excused, sum(outstanding), expected]


def test_names_open_their_entries_and_say_how_they_stand(day: Day, commander: Client) -> None:
    answered = text_of(commander.get(MEMBERS, {"show": "answered"}))
    assert "Name of m_a2_1 Unit A2 reported in Name of lead_a2 29 Jan 09:55" in answered
    assert "Name of m_a1_1 Unit A1 reported in themselves 29 Jan 09:41" in answered
    assert "Name of m_a2_2 Unit A2 Because Name of commander 29 Jan 10:00" in text_of(
        commander.get(MEMBERS, {"show": "excused"})
    )
    assert "Unit A3 A Name of lead_a3 19:59" in text_of(commander.get(FIGURE))
    assert names_in(commander.get(FIGURE, {"show": "unmet"})) == ["Unit A2"]


def test_whoever_was_late_is_listed(day: Day, commander: Client) -> None:
    with at(hours=6):
        day.cast.answer(day.order, "B3")
    with at(hours=7):
        assert names_in(commander.get(FIGURE, {"show": "late"})) == ["Unit B3"]
        assert "of them late 1" in text_of(commander.get(FIGURE))


def test_an_outsider_learns_nothing_of_a_roll_that_it_does_not_stand_on(day: Day, visit: Visit) -> None:
    outsider = visit("lead_b")
    assert "mobilisation.cannot_answered.stand-to" not in text_of(outsider.get("/office/figures/"))
    assert outsider.get("/office/figures/mobilisation.cannot_answered.order/").status_code == 404
    assert "cannot_answered" in text_of(visit("commander").get("/office/figures/"))
    assert "cannot_answered" not in text_of(outsider.get("/office/figures/"))


def test_many_names_come_in_pages_that_leave_none_out(
    day: Day, commander: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "PAGE_ROWS", 5)
    whole: list[str] = []
    for page, count in ((1, 5), (2, 5), (3, 5), (4, 3)):
        answer = commander.get(MEMBERS, {"show": "expected", "page": page})
        assert len(names_in(answer)) == count
        assert ("Next page" in text_of(answer)) == (page < 4)
        whole += names_in(answer)
    assert len(set(whole)) == 18
    assert "16 to 18 of 18" in text_of(answer)
    assert names_in(commander.get(MEMBERS, {"show": "expected", "page": 99})) == whole[15:]
    assert names_in(commander.get(MEMBERS, {"show": "expected", "page": "x"})) == whole[:5]


def test_a_count_opens_to_its_rows(commander: Client) -> None:
    answer = commander.get("/office/figures/mobilisation.reported_in_by_lead/")
    words = text_of(answer)
    assert "1 row, together 1" in words
    assert "Name of m_a2_1 Unit A2 29 Jan 09:55" in words
    assert "its rows add up" in words
    assert "No. 1/2020 To your posts" in text_of(commander.get("/office/figures/mobilisation.orders_issued/"))


def test_before_its_roll_was_open_a_figure_says_so_and_no_0_is_drawn(commander: Client) -> None:
    answer = commander.get(FIGURE, {"as_of": "2020-01-28T12:00"})
    assert answer.status_code == 200
    assert "no roll was open yet" in text_of(answer)
    assert "Nothing was counted yet" in text_of(answer)


# The list -------------------------------------------------------------------------------------------------------


def test_the_list_is_searched_by_words_of_name_definition_or_key(commander: Client) -> None:
    assert "Orders issued" in text_of(commander.get("/office/figures/"))
    found = text_of(commander.get("/office/figures/?q=WRITTEN"))
    assert "Report-ins written down by a lead" in found
    assert "Orders issued" not in found
    assert "members_reported_in" in text_of(commander.get("/office/figures/?q=members_rep"))
    assert "No figure holds “zebra”" in text_of(commander.get("/office/figures/?q=zebra"))


def test_words_to_search_for_are_only_words(commander: Client) -> None:
    page = commander.get("/office/figures/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page


def test_an_unknown_figure_is_not_found(commander: Client) -> None:
    for address in ("/office/figures/no.such/", "/office/figures/no.such/rows.csv"):
        answer = commander.get(address)
        assert answer.status_code == 404
        assert "There is no figure with this key" in text_of(answer)


def test_a_figure_of_an_order_between_others_is_not_found(day: Day, visit: Visit) -> None:
    made = day.cast
    with at(hours=24):
        made.order(key="own", issuer=made.town, by=made.town_lead, audience="unit:A1", call_up="", founding=False)
    key = "/office/figures/mobilisation.acknowledged.own/"
    assert visit("lead_a").get(key).status_code == 200
    assert visit("lead_b").get(key).status_code == 404
    assert "acknowledged.own" not in text_of(visit("lead_b").get("/office/figures/"))


# What it is, how it is cited ------------------------------------------------------------------------------------


def test_the_side_says_what_it_is_where_it_comes_from_and_how_to_cite_it(commander: Client) -> None:
    words = text_of(commander.get(FIGURE))
    assert "Units to which the order that founds the incident is addressed" in words
    assert "8, called on 29 Jan 09:00 · No. 1/2020" in words
    assert (
        "Unit D: Organisations that acknowledged the order 5 units (as of 30 Jan 2020 09:59, figure"
        f" {ACKNOWLEDGED}, check "
    ) in words


def test_the_check_of_a_citation_is_the_hash_of_the_figure_as_json(day: Day, commander: Client) -> None:
    asked = question(day, "D")
    with translation.override("en"):
        digest = opened.hash_of(answer_all([figure_by_key(ACKNOWLEDGED, asked)], asked)[0].as_json())
    assert f"check {digest[:4]}·{digest[4:8]})" in text_of(commander.get(FIGURE))


def test_a_tally_that_was_changed_behind_our_back_differs_from_the_recount(day: Day, commander: Client) -> None:
    with at(hours=24, minutes=50):
        day.cast.answer(day.order, "A3")  # a mark of the last hour: the present is read from the tallies
    roll = day.cast.roll(day.order)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Tally._meta.db_table} SET answered = answered + 1 WHERE roll_id = %s AND answered > 0",
            [roll.pk.hex if connection.vendor == "sqlite" else roll.pk],
        )
    assert "recount differs: run muster verify" in text_of(commander.get(FIGURE))
    assert "recount differs: run muster verify" in text_of(commander.get(FIGURE, {"recount": "1"}))


def test_a_figure_that_an_order_called_for_later_was_nothing_before(day: Day, commander: Client) -> None:
    with at(hours=24, minutes=30):
        day.cast.order(key="later", founding=False)
    address = "/office/figures/mobilisation.acknowledged.later/"
    assert "No. 2/2020" in text_of(commander.get(address))
    before = text_of(commander.get(address, {"as_of": "2020-01-29T12:00"}))
    assert "Nobody was expected at this moment" in before
    assert commander.get("/office/figures/mobilisation.acknowledged.never/").status_code == 404


def test_a_name_of_the_past_opens_as_it_stood_then(day: Day, commander: Client) -> None:
    past = commander.get(FIGURE, {"as_of": "2020-01-29T09:07", "show": "expected"}).content.decode()
    entry = day.cast.entry(day.order, "A1").pk
    assert f'href="/office/entries/{entry}/?as_of=2020-01-29T09%3A07"' in past
    now = commander.get(FIGURE, {"show": "expected"}).content.decode()
    assert f'href="/office/entries/{entry}/"' in now


def test_it_is_counted_name_by_name_when_somebody_asks(commander: Client) -> None:
    assert "recounted by name: equal" in text_of(commander.get(FIGURE, {"recount": "1"}))


# History --------------------------------------------------------------------------------------------------------


def test_the_history_is_what_each_moment_itself_says(day: Day) -> None:
    for code in ("D", "A", "B2"):
        asked = question(day, code)
        places = Places.up_to(asked.as_of)
        for key in (ACKNOWLEDGED, REPORTED_IN):
            rolls = list(Roll.objects.filter(figure=key).order_by("opened_at"))
            now = coverage.count(rolls[-1:], asked.as_of)[rolls[-1].pk].under(asked.tree, asked.path)
            changes = Changes.read(rolls, asked, places)
            days = changes.by_day(now)
            assert Changes.read(rolls, asked, places, opening=True).by_day(now) == days
            assert same(changes.total(rolls[-1]), now)
            assert [p.at for p in days if p.opened] == [START]
            assert len(days) == 3  # opened, midnight, now
            for point in [*days, *changes.by_hour(now)]:
                there = coverage.count(rolls, point.at)[point.roll].under(asked.tree, asked.path)
                assert same(point.coverage, there), (code, key, point)
                assert same(recounted(rolls[-1], question(day, code, point.at)), there)


def test_a_new_version_begins_at_nothing_and_the_history_shows_both(day: Day, commander: Client) -> None:
    made = day.cast
    with at(hours=24, minutes=30):
        made.order(version=2)
    answer = commander.get(FIGURE, {"history": "table"})
    assert equation_in(answer)[:2] == [8, 0]
    rows = table_in(answer, "History")
    assert [(row[0], row[1], row[4]) for row in rows] == [
        ("30 Jan 09:59", "0", "8"),
        ("30 Jan 09:30 roll opened", "0", "8"),
        ("30 Jan 00:00", "5", "8"),
        ("29 Jan 09:00 roll opened", "0", "8"),
    ]
    assert "version 2" in text_of(commander.get(FIGURE))


def test_a_moved_unit_is_counted_where_it_stood(day: Day) -> None:
    """Closings are summed over the tree of their own moment."""
    made = day.cast
    asked = question(day, "A")
    before = closed_days(list(Roll.objects.filter(figure=ACKNOWLEDGED)), START, asked, Places.up_to(asked.as_of))
    places = Places.up_to(asked.as_of)
    moved = [*places.rows, (made.units["A1"].pk, f"{made.units['B'].path}x.", asked.as_of - timedelta(minutes=5))]
    later = Places(moved)
    now = Question(made.incident, made.units["A"], asked.as_of, later.tree(asked.as_of))
    after = closed_days(list(Roll.objects.filter(figure=ACKNOWLEDGED)), START, now, later)
    assert before == after
    assert made.units["A1"].pk not in now.units()
    assert Unit.objects.count() == len(made.units)


# Rights ---------------------------------------------------------------------------------------------------------


def test_a_figure_of_a_foreign_unit_is_not_found(day: Day, visit: Visit) -> None:
    theirs = visit("lead_a")
    for address in (FIGURE, MEMBERS, "/office/figures/", f"{FIGURE}rows.csv", "/office/reports/new/"):
        assert theirs.get(address, {"unit": "B1"}).status_code == 404
        assert theirs.get(address, {"unit": "A1"}).status_code == 200


def test_no_name_of_another_town_is_on_a_leads_pages(day: Day, visit: Visit) -> None:
    for show in ("outstanding", "answered", "expected"):
        words = text_of(visit("lead_a").get(MEMBERS, {"show": show}))
        assert "_b1" not in words
        assert "_b2" not in words


def test_reasons_are_words_and_never_codes(commander: Client) -> None:
    assert REASON not in text_of(commander.get(MEMBERS, {"show": "excused"}))
