"""The parts that pages are made of. `{% load parts shown %}`.

`coverage` is anything with the counts expected, answered, excused, outstanding, overdue, unmet and late; `words` is a
key of `words.KINDS` or any object with words as attributes (a kind of roll). Addresses of the parts' lists are the
roll's address with `show=` one of met, unmet, excused, overdue, waiting, outstanding, answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from muster.website import bar, charts, drawn, words
from muster.website.templatetags.shown import iso_minute, short_day

register = template.Library()

STATES = {
    "answered": ("circle-check", "ok"),
    "complete": ("circle-check", "ok"),
    "excused": ("circle-minus", "excused"),
    "waiting": ("clock", "waiting"),
    "overdue": ("alert-triangle", "late"),
    "refused": ("circle-x", "late"),
    "sent": ("truck", "waiting"),
    "kept": ("cloud-off", "waiting"),
    "unchanged": ("equal", "excused"),
    "nobody": ("circle-dashed", "excused"),
}
"""State -> icon and class. A state is told by icon and word; colour comes third."""


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite. With a label it speaks; without, the word beside it does."""
    place = static("icons.svg")
    if label:
        return format_html('<svg class="i" role="img" aria-label="{}"><use href="{}#{}"/></svg>', label, place, name)
    return format_html('<svg class="i" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', place, name)


@register.simple_tag
def status(state: str, text: str, href: str = "") -> SafeString:
    """A state as icon and word: `{% status "overdue" words %}`; a link when it has an address."""
    name, kind = STATES[state]
    if href:
        return format_html('<a class="status {}" href="{}">{}{}</a>', kind, href, icon(name), text)
    return format_html('<span class="status {}">{}{}</span>', kind, icon(name), text)


@register.filter
def waiting_word(kind: Any) -> words.Text:
    """What names that are not due yet are called in the bars of a kind."""
    return words.words_for(kind).waiting


def opens(href: str, show: str) -> str:
    """The address of one part's list; a query that the address has already is kept."""
    return f"{href}{'&' if '?' in href else '?'}show={show}" if href else ""


@register.inclusion_tag("parts/coverage_bar.html")
def coverage_bar(
    coverage: bar.CoverageLike,
    words_of: Any = "answered",
    label: str = "",
    href: str = "",
    unit: str = "",
    room: int = 200,
) -> dict[str, Any]:
    """The coverage bar with label, what is short, and the target.

    room: px that the bar has where it is narrowest; words that do not fit leave it, the excused part first.
    """
    said = words.words_for(words_of)
    parts = bar.parts(coverage)
    inside, beside, above = _placed(coverage, said, parts, room)
    return {
        "label": label,
        "above": above,
        "href": href,
        "unit": unit,
        "expected": coverage.expected,
        "equation": words.equation(coverage, said),
        "status": _short(coverage, said, href, brief=bool(above)),
        "svg": drawn.bar_svg(
            parts,
            address=(lambda show: opens(href, show)) if href else None,
            titles=_titles(coverage, said),
            inside=inside,
            beside=beside,
        ),
    }


def _placed(
    coverage: bar.CoverageLike, said: words.CoverageWords, parts: Sequence[bar.Part], room: int
) -> tuple[str, str, str]:
    """Words in the answered part, in the hollow part, or in the label's line: where they fit, in that order."""
    answered = f"{said.answered} {coverage.answered:,}"
    whole = f"{answered} · {said.excused} {coverage.excused:,}" if coverage.excused else answered
    for inside in (whole, answered):
        if bar.text_width(inside) + 14 <= room * bar.width_of(parts, bar.MET, bar.UNMET) / 100:
            return inside, "", ""
    if bar.text_width(answered) + 16 <= room * bar.width_of(parts, bar.WAITING) / 100:
        return "", answered, ""
    return "", "", answered if coverage.expected else ""


def _short(coverage: bar.CoverageLike, said: words.CoverageWords, href: str, *, brief: bool = False) -> SafeString:
    """What is short, above the bar's end: icon, word, number."""
    waiting = coverage.outstanding - coverage.overdue
    if not coverage.expected:
        return status("nobody", _("Nobody is expected"))
    if coverage.overdue:
        shown = status("overdue", f"{said.overdue} {coverage.overdue:,}", opens(href, "overdue"))
        if waiting and not brief:
            shown += format_html(' <span class="status waiting">· {} {}</span>', said.waiting, f"{waiting:,}")
        return shown
    if waiting:
        return status("waiting", f"{said.waiting} {waiting:,}", opens(href, "waiting"))
    shown = status("complete", str(said.complete))
    if coverage.unmet:
        shown += format_html(' <span class="status waiting">· {} {}</span>', said.unmet, f"{coverage.unmet:,}")
    return shown


def _titles(coverage: bar.CoverageLike, said: words.CoverageWords) -> dict[str, str]:
    return {
        bar.MET: f"{said.answered} {coverage.answered - coverage.unmet:,}",
        bar.UNMET: f"{said.unmet} {coverage.unmet:,}",
        bar.EXCUSED: f"{said.excused} {coverage.excused:,}",
        bar.OVERDUE: f"{said.overdue} {coverage.overdue:,}",
        bar.WAITING: f"{said.waiting} {coverage.outstanding - coverage.overdue:,}",
    }


@register.simple_tag
def big_bar(coverage: bar.CoverageLike, words_of: Any = "answered", href: str = "") -> SafeString:
    """The bar alone, as high as a line of text, under an equation."""
    said = words.words_for(words_of)
    svg = drawn.bar_svg(
        bar.parts(coverage),
        address=(lambda show: opens(href, show)) if href else None,
        titles=_titles(coverage, said),
    )
    label = words.equation(coverage, said)
    return format_html('<div class="big-bar" role="group" aria-label="{}">{}</div>', label, svg)


@register.simple_tag
def mini_bar(coverage: bar.CoverageLike, words_of: Any = "answered") -> SafeString:
    """8 px, without words: in a table's row or a tile, beside its figures."""
    label = words.equation(coverage, words.words_for(words_of))
    svg = drawn.bar_svg(bar.parts(coverage))
    return format_html('<span class="mini-bar" role="img" aria-label="{}">{}</span>', label, svg)


@register.inclusion_tag("parts/equation.html")
def equation(coverage: Any, words_of: Any = "answered", href: str = "") -> dict[str, Any]:
    """expected = answered + excused + overdue + to come, each number opening its list."""
    said = words.words_for(words_of)
    waiting = coverage.outstanding - coverage.overdue
    terms = [("excused", said.excused, coverage.excused)]
    if coverage.overdue:
        terms.append(("overdue", said.overdue, coverage.overdue))
    if waiting or not coverage.overdue:
        terms.append(("waiting", said.waiting, waiting))
    inside = [(_("late"), getattr(coverage, "late", 0)), (said.unmet, coverage.unmet)]
    return {
        "whole": {"word": said.expected, "count": coverage.expected, "href": opens(href, "expected")},
        "answered": {"word": said.answered, "count": coverage.answered, "href": opens(href, "answered")},
        "inside": [(word, count) for word, count in inside if count],
        "terms": [
            {"kind": kind, "word": word, "count": count, "href": opens(href, kind)} for kind, word, count in terms
        ],
    }


@register.inclusion_tag("parts/legend.html")
def legend(words_of: Any = "answered", unmet: bool = False) -> dict[str, Any]:
    """What the bar's patterns mean, in the roll's words; unmet=True where something was answered with no."""
    return {"said": words.words_for(words_of), "unmet": unmet}


@register.simple_tag
def sparkline(values: Sequence[float | None]) -> SafeString:
    """The last values as a small line, a figure beside it in words. None leaves a hole."""
    return drawn.spark_svg(values)


@register.inclusion_tag("parts/step_chart.html")
def step_chart(
    series: Sequence[charts.Series],
    until: datetime | None = None,
    unit: str = "",
    marks: Sequence[tuple[datetime, str]] = (),
) -> dict[str, Any]:
    """A figure's history. series: charts.Series; until: the as-of; marks: moments to point at, with their words."""
    chart = charts.chart(series, until, marks)
    first = {one.label: _first(one) for one in series}
    spoken = [f"{line.label}: {first[line.label]:,} → {line.last:,} {unit}".strip() for line in chart.lines]
    return {
        "chart": chart,
        "spoken": "; ".join(spoken),
        "base": charts.HEIGHT,
        "top": charts.TOP,
        "height": charts.HEIGHT - charts.TOP,
    }


def _first(one: charts.Series) -> float:
    return next((value for _moment, value in one.points if value is not None), 0)


@register.inclusion_tag("parts/as_of.html")
def as_of_line(at: datetime, live: bool = True, now_href: str = "", seconds: int = 0) -> dict[str, Any]:
    """As of when a page speaks. live=False turns the time alarm and says so, with the way to now.

    seconds: how often the page refreshes itself; 0: not by itself.
    """
    return {"at": at, "live": live, "now_href": now_href, "seconds": seconds}


@register.inclusion_tag("parts/time_bar.html")
def time_bar(
    start: datetime,
    end: datetime,
    at: datetime,
    href: str,
    marks: Sequence[tuple[datetime, str]] = (),
    keep: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The days of an incident as a line to choose from, without JavaScript: each day opens the same minute of it.

    href: the page's address without a query; keep: query parameters that a choice keeps.
    """
    span = max((end - start) / timedelta(seconds=1), 1.0)

    def percent(moment: datetime) -> float:
        return round(100 * min(1.0, max(0.0, (moment - start) / timedelta(seconds=1) / span)), 2)

    days = _days(start, end, at)
    width = 100 / max(1, len(days))
    # To the minute: the minute that has begun is no step away from itself.
    minute = at.replace(second=0, microsecond=0)
    here = next((place for place, day in enumerate(days) if day >= minute), len(days) - 1)
    return {
        "days": [
            {
                "at": day,
                "x": percent(day),
                "from": round(max(0.0, percent(day) - width / 2), 2),
                "href": _then(href, day, end, keep),
            }
            for day in days
        ],
        "hit": round(width, 2),
        "knob": percent(at),
        "marks": _labels(start, end, marks, percent),
        "before": _then(href, days[here - 1], end, keep) if here > 0 else "",
        "after": _then(href, days[here + 1], end, keep) if at < end and here + 1 < len(days) else "",
        "href": href,
        "keep": dict(keep or {}),
        "value": iso_minute(at),
        "least": iso_minute(start),
        "most": iso_minute(end),
    }


def _days(start: datetime, end: datetime, at: datetime) -> list[datetime]:
    """The minute of `at` on every day from start to end; the end itself comes last."""
    clock = timezone.localtime(at)
    day = timezone.localtime(start).replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    days = []
    while day < end:
        days.append(max(day, start))
        day += timedelta(days=1)
    return [*days, end]


def _then(href: str, moment: datetime, end: datetime, keep: Mapping[str, str] | None) -> str:
    """The page as of a moment; the end is now, so it needs no parameter."""
    query = dict(keep or {}) | ({} if moment >= end else {"as_of": iso_minute(moment)})
    return f"{href}?{urlencode(query)}" if query else href


def _labels(start: datetime, end: datetime, marks: Any, percent: Any) -> list[dict[str, Any]]:
    """First day, last day and the marks between, as far as they do not lie on one another."""
    shown = [
        {"x": 0.0, "word": short_day(start), "anchor": "start"},
        {"x": 100.0, "word": short_day(end), "anchor": "end"},
    ]
    for moment, word in marks:
        x = percent(moment)
        if all(abs(x - other["x"]) > 18 for other in shown):
            shown.append({"x": x, "word": f"{short_day(moment)} {word}", "anchor": "middle"})
    return shown
