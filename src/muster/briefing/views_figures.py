"""The pages of figures: the list, one figure opened, its rows as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from muster.briefing import lists
from muster.briefing.board import STREAMS
from muster.briefing.counting import is_shown
from muster.briefing.figures import all_figures, answer_all
from muster.briefing.finding import why_of_figure
from muster.briefing.opened import (
    Opened,
    look_of,
    open_figure,
    page_of_counts,
    page_of_names,
    reports_with,
    state_shown,
)
from muster.briefing.visits import Visit, visit_of
from muster.foundation.rights import Actor
from muster.organisation.asking import page_number
from muster.organisation.finding import words_of
from muster.organisation.views_lists import as_csv
from muster.roll.coverage import Coverage
from muster.roll.faces import face_of
from muster.roll.kinds import kind_of
from muster.roll.looks import Known, seen_above, units_known

HISTORY_TABLE = "table"


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Every figure that there is for the unit, found by its words."""
    visit = visit_of(request)
    search = request.GET.get("q", "").strip()[:80]
    words = words_of(search)
    found = [f for f in all_figures(visit.asked) if not search or why_of_figure(words, f)]
    answers = answer_all(found, visit.asked)
    context = _frame(request, visit) | {
        "q": search,
        "rows": [
            {
                "answer": a,
                "href": visit.way.figure(a.figure.key),
                "words": face_of(a.roll.kind).words if a.roll else "answered",
                "stream": STREAMS.get(a.figure.stream, (a.figure.stream, ""))[0],
            }
            for a in answers
            if a.roll is None or is_shown(a.roll, visit.actor)
        ],
    }
    return render(request, "briefing/figures.html", context)


@require_safe
def figure(request: HttpRequest, key: str) -> HttpResponse:
    """One figure opened down to its rows."""
    visit = visit_of(request)
    table = request.GET.get("history") == HISTORY_TABLE
    opened = open_figure(key, visit, by_day=table, recount=request.GET.get("recount") == "1")
    show = request.GET.get("show", "")
    rows = _rows(request, visit, opened, show)
    context = _frame(request, visit) | {
        "opened": opened,
        "figure": opened.answer.figure,
        "answer": opened.answer,
        "total": opened.total,
        "roll": opened.rolls[-1] if opened.rolls else None,
        "words": opened.words,
        "series": opened.series(),
        "marks": opened.marks(),
        "names_first": bool(show),
        "table": table,
        "then": "" if visit.now else f"?{urlencode({'as_of': visit.way.as_of})}",
        "points": list(reversed(opened.points)),
        "stream": STREAMS.get(opened.answer.figure.stream, (opened.answer.figure.stream, ""))[0],
        # Whoever came for some names or the table has not come for this: a link instead of a query.
        "reports": None if show or table else reports_with(key, visit.asked, visit.actor),
        "here": request.path,
        "here_href": visit.way.figure(key),
        "chart_href": visit.way.figure(key, show=show),
        "table_href": visit.way.figure(key, history=HISTORY_TABLE),
        "recount_href": visit.way.figure(key, show=show, recount="1"),
        "now_href": visit.way.figure(key, as_of="", show=show),
        "keep": visit.way.keep(as_of="", show=show),
        "crumbs": _crumbs(visit, key, rows["units"]),
    }
    return render(request, "briefing/figure.html", context | rows)


def _frame(request: HttpRequest, visit: Visit) -> dict[str, Any]:
    """What every page of figures shows of the question."""
    return {
        "asked": visit.asked,
        "incident": visit.asked.incident,
        "now": visit.now,
        "end": visit.end,
        "way": visit.way,
        "board_href": visit.way.board(),
        "figures_href": visit.way.figures(),
        "here": request.path,
        "now_href": visit.way.figures(as_of=""),
        "keep": visit.way.keep(as_of=""),
    }


def _crumbs(visit: Visit, key: str, known: Mapping[UUID, Known]) -> list[tuple[str, str]]:
    """(name, this figure there) of the units above, as far up as the reader sees."""
    above = seen_above(look_of(visit), visit.asked.unit.pk)[:-1]
    return [(known[unit].short_name, visit.way.figure(key, unit=known[unit].code)) for unit in above if unit in known]


def _rows(request: HttpRequest, visit: Visit, opened: Opened, show: str) -> dict[str, Any]:
    """The rows of one page, the units below, where the other pages are; units: all that the page names."""
    number, key = page_number(request), opened.answer.figure.key
    file = reverse("briefing:figure_csv", args=[key])
    if opened.counted is not None:
        counts = page_of_counts(opened, visit.asked, number)
        lines = [
            {"unit": counts.units[unit], "value": value, "href": visit.way.figure(key, unit=counts.units[unit].code)}
            for unit, value in counts.lines
            if unit in counts.units and unit != visit.asked.unit.pk
        ]
        own = dict(counts.lines).get(visit.asked.unit.pk, 0)
        pages = _pages(visit, key, "", number, counts.pages)
        shown = {"counts": counts, "units": counts.units, "lines": lines, "own": own, "csv_href": visit.way.to(file)}
        return shown | pages
    if opened.total is None or not opened.rolls:
        return {
            "names": None,
            "units": units_known(seen_above(look_of(visit), visit.asked.unit.pk), as_of=visit.asked.as_of),
        }
    state = state_shown(show, opened.total)
    names = page_of_names(opened, visit, state, number)
    lines = [
        {"unit": names.units[line.unit], "line": line, "href": visit.way.figure(key, unit=names.units[line.unit].code)}
        for line in names.lines
        if line.unit in names.units
    ]
    return {
        "names": names,
        "units": names.units,
        "kind": kind_of(opened.rolls[-1].kind),
        "lines": lines,
        "sum": sum((line.coverage for line in names.lines), Coverage()),
        "show": state,
        "tabs": _tabs(visit, key, opened.total, state),
        "csv_href": visit.way.to(file, show=state),
    } | _pages(visit, key, state, number, names.pages)


def _tabs(visit: Visit, key: str, total: Coverage, shown: str) -> list[dict[str, Any]]:
    """The states of names with their counts, which add up to the last one."""
    parts = [
        ("outstanding", _("Outstanding"), total.outstanding),
        ("answered", _("Answered"), total.answered),
        ("excused", _("Excused"), total.excused),
        ("expected", _("All expected"), total.expected),
    ]
    if total.unmet:
        parts.insert(2, ("unmet", _("of them cannot"), total.unmet))
    if total.late:
        parts.insert(2, ("late", _("of them late"), total.late))
    return [
        {"word": word, "count": count, "href": f"{visit.way.figure(key, show=state)}#names", "current": state == shown}
        for state, word, count in parts
    ]


def _pages(visit: Visit, key: str, show: str, number: int, pages: int) -> dict[str, str]:
    """The addresses of the page before and the page after, where there is one."""
    here = min(max(1, number), pages)

    def page(n: int) -> str:
        return f"{visit.way.figure(key, show=show, page=str(n))}#names" if 1 <= n <= pages else ""

    return {"before_href": page(here - 1), "after_href": page(here + 1)}


@require_safe
def export(request: HttpRequest, key: str) -> HttpResponseBase:
    """The rows behind a figure as CSV, streamed: its list, by the figure's own address."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    listing = lists.figure(actor, {**request.GET.dict(), "figure": key})
    return as_csv(listing, key)
