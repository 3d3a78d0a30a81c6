"""The board: what it shows, to whom, as of when, and when it has nothing new to say."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from muster.foundation import clock
from muster.foundation.clockwork import NAME as CLOCKWORK
from muster.foundation.models import Lease
from muster.foundation.rights import house
from muster.mobilisation.actions import withdraw_order
from muster.organisation.actions import register_set
from muster.organisation.granting import grant_role
from muster.organisation.models import Account, Incident
from tests.briefing.conftest import ACKNOWLEDGED, REPORTED_IN, Day
from tests.briefing.pages import text_of
from tests.cast import at

Visit = Callable[[str], Client]


def test_it_says_who_was_called_who_answered_and_who_is_missing(commander: Client) -> None:
    answer = commander.get("/office/")
    page, words = answer.content.decode(), text_of(answer)
    assert "day 3 · 8 units called · 18 people called" in words
    assert "Expected 8 = Acknowledged 5 + Overdue 3 (Cannot 1)" in page
    assert "Called up 18 = Reported in 5 + Excused 1 + Overdue 12" in page
    assert "7 units, 15 overdue" in words  # the issuer itself has one that cannot comply to answer
    assert "A · Name of lead_a3" in words
    assert "3 of 3 not reported in" in words
    assert "not acknowledged due 29 Jan 14:00" in words


def test_every_part_of_a_bar_opens_its_names(commander: Client) -> None:
    page = commander.get("/office/").content.decode()
    for show in ("met", "unmet", "overdue"):
        assert f"/office/figures/{ACKNOWLEDGED}/?show={show}" in page
        assert commander.get(f"/office/figures/{ACKNOWLEDGED}/?show={show}").status_code == 200
    assert f"/office/figures/{REPORTED_IN}/?show=excused" in page


def test_the_tiles_are_the_children_with_what_is_counted_under_each(commander: Client) -> None:
    page = text_of(commander.get("/office/"))
    assert "A overdue 1 3 / 4 acknowledged reported in 3/9" in page
    assert "B overdue 2 2 / 4 acknowledged reported in 2/9" in page


def test_the_tiles_are_the_units_of_the_set_where_a_district_names_one_and_the_rest_is_summed(
    day: Day, commander: Client
) -> None:
    units = day.cast.units
    register_set(by=house("set-up"), key="board", name="Tiles", units=[units["A1"].pk, units["A2"].pk])
    page = text_of(commander.get("/office/"))
    assert re.search(r"A1 complete 1 / 1 acknowledged .* A2 complete 1 / 1 acknowledged", page)
    assert "Other units" in page or "Town" in page
    assert "3/6" in page  # of B, its villages, A and A3


def test_the_figure_of_the_tiles_is_chosen(commander: Client) -> None:
    page = text_of(commander.get(f"/office/?figure={REPORTED_IN}"))
    assert re.search(r"A overdue 5 3 / 9 reported in ?, excused 1 acknowledged 3/4", page)


def test_the_part_furthest_behind_has_a_red_edge(commander: Client) -> None:
    page = commander.get("/office/").content.decode()
    assert re.findall(r'class="tile( late)?" href="/office/\?unit=(\w+)', page) == [("", "A"), (" late", "B")]


def test_it_opens_downwards_with_the_way_back_up(commander: Client) -> None:
    page = commander.get("/office/?unit=A1").content.decode()
    assert '<a href="/office/?unit=D">D</a> / <a href="/office/?unit=A">A</a>' in page
    assert "Called up 3 = Reported in 2 + Overdue 1" in page
    assert "No unit stands below" in page
    assert f"/office/figures/{REPORTED_IN}/?unit=A1&amp;show=outstanding" in page


def test_a_lead_begins_at_their_own_unit(day: Day, visit: Visit) -> None:
    page = text_of(visit("lead_a").get("/office/"))
    assert "Unit A · day 3 · 4 units called · 9 people called" in page
    assert "B3" not in page


def test_who_leads_two_units_finds_both(day: Day, visit: Visit) -> None:
    account = Account.objects.get(name="lead_a1")
    grant_role(by=day.cast.commander, account=account, role="lead", unit=day.cast.units["B1"], since=clock.now())
    page = visit("lead_a1").get("/office/")
    assert "Unit A1 · day 3" in text_of(page)
    assert 'yours: <a href="/office/?unit=A1">A1</a> <a href="/office/?unit=B1">B1</a>' in page.content.decode()
    assert visit("lead_a1").get("/office/?unit=B1").status_code == 200


def test_nobody_sees_a_unit_that_is_not_theirs_nor_whether_it_is_there(day: Day, visit: Visit) -> None:
    theirs = visit("lead_a")
    foreign, unknown = theirs.get("/office/?unit=B1"), theirs.get("/office/?unit=no-such-unit")
    assert foreign.status_code == unknown.status_code == 404
    assert text_of(foreign) == text_of(unknown).replace("no-such-unit", "B1")


@pytest.mark.parametrize("number", ["m_a1_1", "counsellor", "inspector", "administrator"])
@pytest.mark.parametrize("address", ["/office/", "/office/figures/", "/office/reports/", "/office/reports/new/"])
def test_the_office_is_for_those_with_a_role_of_the_office(day: Day, visit: Visit, number: str, address: str) -> None:
    assert visit(number).get(address).status_code == 403


@pytest.mark.parametrize("address", ["/office/", "/office/figures/", "/office/reports/", "/office/reports/new/"])
def test_nobody_at_all_is_asked_to_sign_in(day: Day, visit: Visit, address: str) -> None:
    answer = visit("").get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/?next=")


# As of -----------------------------------------------------------------------------------------------------------


def test_a_past_moment_is_shown_as_it_was(commander: Client) -> None:
    answer = commander.get("/office/?as_of=2020-01-29T09:25")
    page, words = answer.content.decode(), text_of(answer)
    assert "Expected 8 = Acknowledged 4 + To come 4" in page
    assert "Not now · Back to now" in words
    assert "hx-get" not in page
    assert "?unit=A&amp;as_of=2020-01-29T09%3A25" in page


def test_before_the_order_it_says_when_the_first_roll_was_opened_and_leads_there(commander: Client) -> None:
    answer = commander.get("/office/?as_of=2020-01-28T12:00")
    words = text_of(answer)
    assert "Nobody had been called at this moment" in words
    assert "The first roll was opened on 29 Jan 09:00." in words
    there = re.findall(r'<a class="button" href="([^"]*as_of[^"]*)">', answer.content.decode())[-1]
    assert "units called" in text_of(commander.get(there.replace("&amp;", "&")))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("yesterday", "is no date and time"),
        ("2020-02-30T10:00", "is no date and time"),
        ("2020-01-30", "is no date and time"),
        ("2020-01-30T11:00", "lies ahead"),
        ("2019-01-01T00:00", "before the incident"),
        ("0001-01-01T00:00", "Write a year from 2000 to 2999."),
        ("0001-01-01T00:00-12:00", "Write a year from 2000 to 2999."),
        ("9999-12-31T23:59-12:00", "Write a year from 2000 to 2999."),
        ("x" * 100_000, "is no date and time"),
    ],
)
def test_a_moment_that_is_none_is_refused_with_words(commander: Client, asked: str, said: str) -> None:
    for address in ("/office/", f"/office/figures/{ACKNOWLEDGED}/", "/office/figures/", "/office/reports/new/"):
        answer = commander.get(address, {"as_of": asked})
        assert answer.status_code == 422
        assert said in text_of(answer)


def test_it_is_compared_with_the_day_before_or_another_moment(commander: Client) -> None:
    words = text_of(commander.get("/office/"))
    assert "Since 29 Jan 09:59" in words
    assert "unchanged 5/18 · then 5" in words
    words = text_of(commander.get("/office/", {"than": "2020-01-29T09:07"}))
    assert "Since 29 Jan 09:07" in words
    assert "+3" in words
    assert "then 2" in words


def test_it_is_compared_with_an_earlier_moment_only(commander: Client) -> None:
    answer = commander.get("/office/", {"as_of": "2020-01-29T10:00", "than": "2020-01-29T10:00"})
    assert answer.status_code == 422
    assert "Compare with a moment before" in text_of(answer)


def test_an_order_that_was_withdrawn_asks_nobody_any_more(day: Day, commander: Client) -> None:
    with at(hours=24):
        withdraw_order(by=day.cast.commander, order=day.order)
    words = text_of(commander.get("/office/"))
    assert "Who has not answered" not in words
    assert "Who has not answered" in text_of(commander.get("/office/?as_of=2020-01-30T08:00"))


# Empty, old, unchanged -------------------------------------------------------------------------------------------


def test_without_an_incident_it_says_what_to_do(day: Day, commander: Client) -> None:
    assert commander.get("/office/?incident=no-such").status_code == 404
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("muster.briefing.visits.incident_of", lambda key: _nothing())
        answer = commander.get("/office/")
    assert answer.status_code == 200
    assert "No incident is open" in text_of(answer)
    assert "issue the order that calls your units" in text_of(answer)


def _nothing() -> Incident:
    from muster.organisation.asking import incident_of

    return incident_of("no-such")


def test_a_silent_clockwork_is_said(commander: Client) -> None:
    assert "The clockwork has not run yet" in text_of(commander.get("/office/"))
    lease, _made = Lease.objects.get_or_create(name=CLOCKWORK)
    lease.ticked_at = clock.now() - timedelta(minutes=2)
    lease.save()
    assert "clockwork" not in text_of(commander.get("/office/"))
    lease.ticked_at = clock.now() - timedelta(minutes=4)
    lease.save()
    assert "The clockwork stopped at 30 Jan 09:56" in text_of(commander.get("/office/"))


def test_nothing_new_is_304_and_news_is_not(day: Day, commander: Client) -> None:
    first = commander.get("/office/")
    tag = first["ETag"]
    assert first["Cache-Control"] == "private, no-cache"
    same = commander.get("/office/", headers={"if-none-match": tag})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
    assert commander.get("/office/?unit=A", headers={"if-none-match": tag}).status_code == 200
    with at(hours=25, seconds=-15):
        day.cast.answer(day.order, "A3")
    assert commander.get("/office/", headers={"if-none-match": tag}).status_code == 200


def test_an_answer_younger_than_ten_seconds_changes_the_tag_only_when_it_is_counted(
    day: Day, commander: Client
) -> None:
    with at(hours=25, seconds=15):
        tag = commander.get("/office/")["ETag"]
        day.cast.answer(day.order, "A3")
    with at(hours=25, seconds=20):
        assert commander.get("/office/", headers={"if-none-match": tag}).status_code == 304
    with at(hours=25, seconds=26):
        news = commander.get("/office/", headers={"if-none-match": tag})
    assert news.status_code == 200
    assert "Acknowledged 6" in news.content.decode()


def test_the_tag_tells_nobody_what_another_sees(day: Day, visit: Visit) -> None:
    tags = {visit(number).get("/office/?unit=A")["ETag"] for number in ("commander", "clerk", "lead_a")}
    assert len(tags) == 3


def test_the_wall_is_dark_large_and_has_nothing_to_press(commander: Client) -> None:
    page = commander.get("/office/?wall=1").content.decode()
    assert 'class="wall" data-theme="dark"' in page
    assert 'hx-trigger="every 15s"' in page
    assert "<form" not in page.split("<main")[1].split("</main>")[0]
    assert len(re.findall("<tr>", page)) == 6


def test_it_only_reads(commander: Client) -> None:
    assert commander.post("/office/").status_code == 405
    assert commander.head("/office/").status_code == 200
