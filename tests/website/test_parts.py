"""The parts say what they show, keep the content policy, and are translated."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.utils import timezone, translation

from muster.website import charts
from muster.website.templatetags import shown
from tests.website.test_bar import Counts

ROOT = Path(__file__).resolve().parents[2]
WEBSITE = ROOT / "src/muster/website"
urlpatterns: list[object] = []  # the frame stands without any address of the rooms
NOW = datetime(2020, 2, 11, 10, 42, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"), timezone.override("Asia/Shanghai"):
        yield


def render(source: str, **context: object) -> str:
    return engines["django"].from_string("{% load parts shown %}" + source).render(context)


def test_the_bar_says_the_whole_equation_and_every_part_opens() -> None:
    counts = Counts(answered=389, excused=6, outstanding=20, overdue=17, unmet=2)
    page = render('{% coverage_bar c "acknowledged" "Order 21" "/roll?unit=1" "units" %}', c=counts)
    label = 'aria-label="Order 21: Expected 415 = Acknowledged 389 + Excused 6 + Overdue 17 + To come 3 (Cannot 2)"'
    assert label in page
    for show in ("met", "unmet", "excused", "overdue", "waiting"):
        assert f'href="/roll?unit=1&amp;show={show}"' in page
    assert "Overdue 17" in page
    assert "url(#hatch-excused)" in page


def test_words_that_do_not_fit_leave_the_bar_the_excused_part_first() -> None:
    wide, narrow, tiny = (
        render('{% coverage_bar c "answered" "x" "" "" room %}', c=Counts(answered=90, excused=10), room=room)
        for room in (400, 110, 40)
    )
    assert ">Answered 90 · Excused 10</text>" in wide
    assert ">Answered 90</text>" in narrow
    assert "</text>" not in tiny
    assert "Answered 90</span>" in tiny


def test_a_complete_bar_with_refusals_shows_them() -> None:
    page = render('{% coverage_bar c "acknowledged" %}', c=Counts(answered=412, unmet=9))
    assert "Complete" in page
    assert "Cannot 9" in page
    assert "hatch-unmet" in page


def test_labels_are_escaped() -> None:
    page = render("{% coverage_bar c words label href %}", c=Counts(answered=1), words="", label="<b>", href='/"><b>')
    assert "<b>" not in page


def test_mini_bar_speaks() -> None:
    assert 'role="img" aria-label="Expected 3 = Answered 1 + To come 2"' in render(
        "{% mini_bar c %}", c=Counts(answered=1, outstanding=2)
    )


def test_equation_opens_each_term() -> None:
    page = render('{% equation c "reported_in" "/r" %}', c=Counts(answered=8, excused=1, outstanding=3, overdue=2))
    assert re.findall(r"show=(\w+)", page) == ["expected", "answered", "excused", "overdue", "waiting"]


@pytest.mark.parametrize(
    ("lateness", "said"),
    [
        (timedelta(minutes=42), "0:42"),
        (timedelta(hours=23, minutes=59), "23:59"),
        (timedelta(hours=24), "1 day"),
        (timedelta(days=3, hours=5), "3 days"),
        (1.5, "1:30"),
        (None, ""),
    ],
)
def test_lateness(lateness: timedelta | float | None, said: str) -> None:
    assert shown.hours_minutes(lateness) == said


def test_times_stand_in_the_districts_zone() -> None:
    assert shown.as_of_time(NOW) == "11 Feb 18:42"
    assert shown.as_of_time(NOW, "UTC") == "11 Feb 10:42"
    assert shown.as_of_full(NOW) == "11 Feb 2020 18:42"
    assert shown.iso_minute(NOW) == "2020-02-11T18:42"


def test_percent_and_thousands() -> None:
    assert shown.percent_of(389, 412) == "94.4%"
    assert shown.percent_of(8162, 8163) == "99.9%"
    assert shown.percent_of(412, 412) == "100%"
    assert shown.thousands(13280) == "13,280"


def test_time_bar_opens_the_same_minute_of_each_day() -> None:
    start = NOW - timedelta(days=3)
    page = render('{% time_bar start end at "/b" %}', start=start, end=NOW, at=NOW - timedelta(days=1))
    assert "/b?as_of=2020-02-09T18%3A42" in page
    assert 'href="/b"' in page
    assert "A day earlier" in page


def steps(page: str) -> dict[str, str]:
    """Where the two steps of a time bar lead, by what they are called."""
    return {label: href for href, label in re.findall(r'<a class="step" href="([^"]*)" aria-label="([^"]*)"', page)}


@pytest.mark.parametrize("seconds", [0, 35])
def test_a_step_back_from_now_is_a_day(seconds: int) -> None:
    now = NOW.replace(second=seconds)
    page = render('{% time_bar start end at "/b" %}', start=now - timedelta(days=3), end=now, at=now)
    assert steps(page) == {"A day earlier": "/b?as_of=2020-02-10T18%3A42"}


def test_a_step_from_a_moment_between_two_minutes_is_a_day() -> None:
    at = NOW.replace(second=20) - timedelta(days=1)
    page = render('{% time_bar start end at "/b" %}', start=NOW - timedelta(days=3), end=NOW.replace(second=35), at=at)
    assert steps(page) == {
        "A day earlier": "/b?as_of=2020-02-09T18%3A42",
        "A day later": "/b?as_of=2020-02-11T18%3A42",
    }


def test_there_is_no_day_before_the_first() -> None:
    now = NOW.replace(second=35)
    assert not steps(render('{% time_bar s e e "/b" %}', s=now - timedelta(hours=3), e=now))


def test_time_bar_keeps_what_is_asked() -> None:
    page = render('{% time_bar s e e "/b" m k %}', s=NOW - timedelta(days=2), e=NOW, m=(), k={"unit": "7"})
    assert "unit=7&amp;as_of=2020-02-10T18%3A42" in page
    assert '<input type="hidden" name="unit" value="7">' in page


def test_chart_says_its_ends_and_names_its_lines() -> None:
    series = [charts.Series("Acknowledged", [(NOW - timedelta(days=2), 0), (NOW, 412)])]
    page = render('{% step_chart series now "units" %}', series=series, now=NOW)
    assert "Acknowledged: 0 → 412 units" in page


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html", "error.html"])
def test_refusals_say_what_to_do_next_even_without_a_request(name: str) -> None:
    page = render_to_string(name)
    assert "next-step" in page
    assert "<h1" in page


def test_no_template_breaks_the_content_policy() -> None:
    for path in (WEBSITE / "templates").rglob("*.html"):
        source = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\bsrc=)", source), path


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = (WEBSITE / "static/icons.svg").read_text("utf-8")
    named = {
        name
        for path in (ROOT / "src/muster").rglob("*.html")
        for name in re.findall(r'{% icon "([a-z0-9-]+)"', path.read_text("utf-8"))
    }
    assert named
    assert [name for name in named if f'id="{name}"' not in sprite] == []


def test_vendored_files_are_the_listed_ones() -> None:
    done = subprocess.run([sys.executable, "tools/vendor.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
