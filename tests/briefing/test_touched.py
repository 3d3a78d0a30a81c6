"""What the log says of a situation report, in the language of whoever reads it."""

from __future__ import annotations

from django.utils import translation

from muster.briefing.touched import reports
from tests.briefing.conftest import Day
from tests.briefing.test_issue_report import issued


def test_a_report_is_numbered_in_the_readers_language(day: Day) -> None:
    report = issued(day, 90)
    for language, words in (("en", f"No. {report.no}"), ("zh-hans", f"第 {report.no} 期")):
        with translation.override(language):
            assert reports(day.cast.commander, [report.pk])[report.pk].name == words


def test_a_report_about_units_that_are_not_theirs_stays_an_id(day: Day) -> None:
    assert reports(day.cast.member, [issued(day, 90).pk]) == {}
