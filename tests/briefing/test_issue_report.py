"""A situation report: read before it is issued, frozen by it, compared and told apart from what was mended later."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from muster.briefing import reports as composing
from muster.briefing.actions import issue_report
from muster.briefing.mended import mended_since
from muster.briefing.models import Report
from muster.briefing.reports import content_of
from muster.foundation import clock, seals
from muster.foundation.models import AuditLine
from muster.mobilisation.answers import correct_acknowledgement, withdraw_acknowledgement
from muster.organisation.tree import Tree
from muster.roll.actions import close_roll, hand_over_entries
from tests.briefing.conftest import ACKNOWLEDGED, REPORTED_IN, Day
from tests.briefing.pages import table_in, text_of
from tests.cast import REASON, START, at, raises_refusal

Visit = Callable[[str], Client]
NEW = "/office/reports/new/"


def issued(day: Day, minutes: float, code: str = "D", **more: Any) -> Report:
    """A report as of so long after START, issued now."""
    by = more.pop("by", None) or day.cast.commander
    as_of = START + timedelta(minutes=minutes)
    return issue_report(by=by, unit=day.cast.units[code], incident=day.cast.incident, as_of=as_of, **more)


def page(report: Report, tail: str = "") -> str:
    return f"/office/reports/{report.pk}/{tail}"


def form(answer: Any) -> tuple[str, dict[str, str]]:
    """Where the page of a new report is sent, and what with it."""
    text = answer.content.decode()
    (address,) = re.findall(r'<form method="post" action="(/office/reports/new/[^"]*)"', text)
    (token,) = re.findall(r'name="request" value="([^"]*)"', text)
    return address.replace("&amp;", "&"), {"request": token}


# Issuing --------------------------------------------------------------------------------------------------------


def test_what_was_read_is_what_is_frozen(day: Day, commander: Client) -> None:
    read = commander.get(NEW, {"as_of": "2020-01-29T09:25"})
    assert "Organisations that acknowledged the order: of 8 units, 4 acknowledged, 4 not acknowledged." in text_of(read)
    address, fields = form(read)
    answer = commander.post(address, fields)
    assert answer.status_code == 302
    report = Report.objects.get()
    shown = commander.get(answer["Location"])
    assert "Issued as no. 1" in text_of(shown)
    content = json.loads(report.content)
    assert content["as_of"] == "2020-01-29T09:25:00+08:00"
    assert {f["key"]: f["value"] for f in content["figures"]}[ACKNOWLEDGED] == 4


def test_what_was_issued_is_read_in_the_readers_own_language(day: Day, commander: Client) -> None:
    with translation.override("zh-hans"):
        report = issued(day, 25)
    for tail in ("", "print/"):
        english = text_of(commander.get(page(report, tail)))
        assert "Organisations that acknowledged the order" in english
        for language, words in (("zh-hans", "组织签收通知"), ("zh-hant", "組織簽收通知")):
            chinese = text_of(commander.get(page(report, tail), headers={"accept-language": language}))
            assert "Organisations" not in chinese
            assert words in chinese


def test_what_was_issued_before_a_language_was_spoken_is_read_in_the_usual_one(day: Day, commander: Client) -> None:
    report = issued(day, 25)
    content = json.loads(report.content)
    del content["words"]["zh-hant"]
    report.content = json.dumps(content)
    with translation.override("zh-hant"):
        assert "组织签收通知" in str(content_of(report)["figures"])


def test_the_moment_that_was_read_stays_while_the_clock_runs_on(day: Day, commander: Client) -> None:
    address, fields = form(commander.get(NEW))
    with at(hours=25, minutes=5):
        commander.post(address, fields)
    assert Report.objects.get().as_of == START + timedelta(hours=25, seconds=-10)


def test_the_same_page_sent_twice_issues_one_report(day: Day, commander: Client) -> None:
    address, fields = form(commander.get(NEW))
    first, second = commander.post(address, fields), commander.post(address, fields)
    assert first["Location"] == second["Location"]
    assert Report.objects.count() == 1


def test_the_file_is_what_was_frozen_and_its_hash_is_printed(day: Day, commander: Client) -> None:
    report = issued(day, 25)
    file = commander.get(page(report, "report.json"))
    assert file.content == report.content.encode()
    assert hashlib.sha256(file.content).hexdigest() == report.hash
    shown = f"{report.hash[:4]}·{report.hash[4:8]}·{report.hash[8:12]}·{report.hash[12:16]}"
    for address in (page(report), page(report, "print/")):
        words = text_of(commander.get(address))
        assert shown in words
        assert f"{report.seal_hash[:4]}·{report.seal_hash[4:8]}" in words


def test_the_latest_seal_stands_on_it(day: Day) -> None:
    report = issued(day, 25)
    latest = seals.latest()
    assert report.seal_hash == (latest.hash if latest else seals.FIRST)
    assert composing.prove() == []


def test_numbers_run_on_for_each_unit(day: Day) -> None:
    assert [issued(day, 25).no, issued(day, 30).no, issued(day, 30, "A").no, issued(day, 40).no] == [1, 2, 1, 3]


def test_it_is_issued_by_whoever_leads_the_unit_or_a_level_above_and_nobody_else(day: Day, visit: Visit) -> None:
    for actor in (day.cast.member, day.cast.inspector, day.cast.outsider, day.cast.administrator):
        with raises_refusal("rights.refused"):
            issued(day, 25, "A", by=actor)
    assert issued(day, 25, "A", by=day.cast.town_lead).no == 1
    theirs = visit("lead_b")
    assert theirs.post(f"{NEW}?unit=A").status_code == 404
    assert Report.objects.count() == 1


def test_a_moment_that_is_not_settled_or_before_the_incident_is_no_reports(day: Day) -> None:
    with raises_refusal("as_of.ahead"):
        issued(day, 26 * 60)
    with raises_refusal("as_of.before_incident"):
        issued(day, -60 * 48)


def test_issuing_is_one_line_of_the_log(day: Day) -> None:
    report = issued(day, 25)
    line = AuditLine.objects.get(verb="briefing.issue_report")
    assert (line.pk, json.loads(line.ids)) == (report.line, [str(report.pk)])


# Reading --------------------------------------------------------------------------------------------------------


def test_every_number_opens_beside_the_text_and_its_rows_on_their_page(day: Day, commander: Client) -> None:
    report = issued(day, 25)
    text = commander.get(page(report)).content.decode()
    links = re.findall(r'<a class="fig" href="\?figure=([^&"]*)&amp;part=(\w+)#opened">', text)
    assert (ACKNOWLEDGED, "expected") in links
    assert len(links) >= 7
    for key, part in links:
        opened = commander.get(page(report), {"figure": key, "part": part})
        assert 'aria-current="true"' in opened.content.decode()
        (rows,) = re.findall(r'<a class="button" href="(/office/figures/[^"]*)">', opened.content.decode())
        assert commander.get(rows.replace("&amp;", "&")).status_code == 200
    assert commander.get(page(report), {"figure": "no.such"}).status_code == 200


def test_a_report_of_a_foreign_unit_is_not_found(day: Day, visit: Visit) -> None:
    theirs, foreign = issued(day, 25, "A"), issued(day, 25, "B")
    lead = visit("lead_a")
    for tail in ("", "print/", "report.json"):
        assert lead.get(page(theirs, tail)).status_code == 200
        assert lead.get(page(foreign, tail)).status_code == 404
    assert "Unit B" not in text_of(lead.get("/office/reports/"))
    assert lead.get("/office/reports/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_a_later_report_shows_the_differences(day: Day, commander: Client) -> None:
    issued(day, 7)
    second = issued(day, 65)
    rows = table_in(commander.get(page(second)), "Differences")
    label = "Organisations that acknowledged the order"
    assert [label, "Answered", "2", "5", "+3"] in rows
    assert [label, "Outstanding", "6", "3", "-3"] in rows
    assert [label, "Cannot comply", "0", "1", "+1"] in rows
    assert ["Could not comply and were answered: No. 1/2020", "Outstanding", "not in it", "1", ""] in rows
    words = text_of(commander.get(page(second), {"figure": ACKNOWLEDGED, "part": "answered"}))
    assert "5 + 0 + 3 = 8" in words
    assert "2 (+3)" in words


def test_two_reports_of_one_moment_do_not_differ(day: Day, commander: Client) -> None:
    issued(day, 65)
    second = issued(day, 65)
    assert "Differences" not in text_of(commander.get(page(second)))


# Changed since issue --------------------------------------------------------------------------------------------


def mended(report: Report) -> dict[str, int]:
    now = clock.settled()
    return mended_since([report], now, Tree.as_of(now))[report.pk]


def test_an_answer_that_is_corrected_later_is_said_on_the_report_that_counted_it(day: Day, commander: Client) -> None:
    counted, before = issued(day, 65), issued(day, 29)
    with at(hours=24):
        correct_acknowledgement(by=day.cast.sibling, unit=day.cast.neighbour, order=day.order, outcome="will_do")
    assert mended(counted) == {ACKNOWLEDGED: 1}
    assert mended(before) == {}
    words = text_of(commander.get(page(counted)))
    assert "1 answer that this report counted was mended since" in words
    assert "5 acknowledged (of them 1 cannot comply)" in words  # it stays as it was issued
    assert "mended since" not in text_of(commander.get(page(before)))
    rows = table_in(commander.get("/office/reports/"), "Situation reports")
    assert [row[5] for row in rows] == ["unchanged", "1 answer mended"]


def test_what_is_taken_back_is_mended_and_what_is_only_answered_later_is_not(day: Day) -> None:
    report = issued(day, 65)
    with at(hours=24):
        day.cast.answer(day.order, "A3")
        withdraw_acknowledgement(by=day.cast.lead, unit=day.cast.village, order=day.order, reason=REASON)
    assert mended(report) == {ACKNOWLEDGED: 1}


def test_what_a_lead_mends_after_the_roll_was_closed_is_said_on_the_report(day: Day, commander: Client) -> None:
    with at(hours=2):
        close_roll(by=day.cast.commander, holder=day.cast.root, roll=day.cast.roll(day.order))
    report = issued(day, 24 * 60)
    with at(hours=26):
        correct_acknowledgement(
            by=day.cast.sibling,
            unit=day.cast.neighbour,
            order=day.order,
            outcome="will_do",
            correction=REASON,
        )
        withdraw_acknowledgement(by=day.cast.lead, unit=day.cast.village, order=day.order, reason=REASON)
    with at(hours=27):
        assert mended(report) == {ACKNOWLEDGED: 2}
        words = text_of(commander.get(page(report)))
    assert "2 answers that this report counted were mended since" in words
    assert "5 acknowledged (of them 1 cannot comply)" in words  # it stays as it was issued


def test_an_answer_given_and_taken_back_after_it_is_none_of_its(day: Day) -> None:
    report = issued(day, 65)
    with at(hours=24):
        day.cast.answer(day.order, "A3")
        withdraw_acknowledgement(
            by=day.cast.actor("lead_a3"), unit=day.cast.units["A3"], order=day.order, reason=REASON
        )
    assert mended(report) == {}


def test_handing_over_mends_nothing(day: Day) -> None:
    report = issued(day, 65)
    units = day.cast.units
    with at(hours=24):
        hand_over_entries(by=day.cast.commander, parent=units["A"], unit=units["A3"], into=units["A1"], reason=REASON)
    assert mended(report) == {}


def test_it_is_counted_within_the_reports_unit(day: Day) -> None:
    ours, theirs = issued(day, 65, "A"), issued(day, 65, "B")
    with at(hours=24):
        correct_acknowledgement(by=day.cast.sibling, unit=day.cast.neighbour, order=day.order, outcome="will_do")
    assert mended(ours) == {ACKNOWLEDGED: 1}
    assert mended(theirs) == {}


# Paper ----------------------------------------------------------------------------------------------------------


def test_on_paper_each_figure_has_a_note_with_its_definition_and_the_missing_stand_below(
    day: Day, commander: Client
) -> None:
    report = issued(day, 65)
    answer = commander.get(page(report, "print/"))
    notes = table_in(answer, "Notes")
    assert [row[0] for row in notes] == ["1", "2", "3", "4", "5"]
    assert notes[0][1] == "5 / 8"
    assert "Units to which the order" in notes[0][2]
    assert answer.content.decode().count("<sup>") == 5
    missing = table_in(answer, "Organisations that acknowledged the order")
    assert missing == [["Unit A", "1", "Unit A3"], ["Unit B", "2", "Unit B2, Unit B3"]]
    assert ["Unit A", "5"] in table_in(answer, "Members who reported in")


def test_chinese_on_paper_has_no_space_beside_digits() -> None:
    from django.utils.safestring import mark_safe

    from muster.briefing.prose import Paragraph

    han = "\u5e94 <span>412</span> \u5bb6, 9 \u4eba\u3002"
    assert Paragraph("", mark_safe(han)).on_paper().text == "\u5e94<span>412</span>\u5bb6, 9 \u4eba\u3002"


def test_labels_are_words_and_no_markup(day: Day, commander: Client) -> None:
    with at(hours=24):
        day.cast.order(key="odd", title="<b>Bold & {braces}</b>", founding=False)
    report = issued(day, 24 * 60 + 30)
    for tail in ("", "print/"):
        text = commander.get(page(report, tail)).content.decode()
        assert "<b>Bold" not in text


@pytest.mark.parametrize("address", ["/office/reports/", "/office/reports/new/"])
def test_what_is_only_read_is_not_written_to(commander: Client, address: str) -> None:
    before = Report.objects.count()
    assert commander.put(address).status_code == 405
    assert Report.objects.count() == before


def test_without_a_report_the_list_says_what_to_do(commander: Client) -> None:
    words = text_of(commander.get("/office/reports/"))
    assert "No report has been issued yet." in words
    assert "Compose one, read it, issue it." in words


def test_figures_say_in_which_reports_they_stand(day: Day, commander: Client) -> None:
    issued(day, 65)
    words = text_of(commander.get(f"/office/figures/{REPORTED_IN}/"))
    assert "Situation report no. 1, as of 29 Jan 10:05" in words
