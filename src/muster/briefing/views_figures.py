"""The pages of figures: the list, one figure opened, its rows as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from muster.briefing import actions
from muster.briefing.board import STREAMS
from muster.briefing.counting import is_shown
from muster.briefing.figures import all_figures, answer_all
from muster.briefing.opened import (
    Opened,
    look_of,
    names_of,
    open_figure,
    page_of_counts,
    page_of_names,
    reports_with,
    state_shown,
)
from muster.briefing.visits import Visit, visit_of
from muster.foundation.sql import slices
from muster.organisation.asking import page_number
from muster.roll.coverage import Coverage, Name
from muster.roll.faces import face_of
from muster.roll.kinds import kind_of
from muster.roll.looks import Known, seen_above, units_known
from muster.roll.models import ANSWERED, EXCUSED, OUTSTANDING
from muster.roll.rows import rows_of, units_of
from muster.sheets.out import BYTE_ORDER_MARK, Echo, safe

SLICE = 500
HISTORY_TABLE = "table"


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Every figure that there is for the unit, found by its words."""
    visit = visit_of(request)
    search = request.GET.get("q", "").strip()[:80]
    found = [f for f in all_figures(visit.asked) if _holds(search, str(f.label), str(f.definition), f.key)]
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


def _holds(search: str, *words: str) -> bool:
    return not search or any(search.lower() in text.lower() for text in words)


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
def export(request: HttpRequest, key: str) -> StreamingHttpResponse:
    """The rows behind a figure as CSV, streamed; that it was taken along is a line in the log."""
    visit, zone = visit_of(request), timezone.get_current_timezone()
    opened = open_figure(key, visit)
    if opened.counted is not None:
        count, lines = len(opened.counted), _lines_of_counts(opened, visit, zone)
    else:
        show = state_shown(request.GET.get("show", ""), opened.total or Coverage())
        names = names_of(look_of(visit), opened.rolls[-1], show) if opened.rolls else []
        count, lines = len(names), _lines_of_names(opened, visit, names, zone)
    actions.export_rows(by=visit.actor, unit=visit.asked.unit, figure=key, as_of=visit.asked.as_of, count=count)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{key}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def _line(writer: Any, cells: Sequence[Any]) -> str:
    written: str = writer.writerow([safe(cell) for cell in cells])
    return written


def _moment(at: datetime | None, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""


def _lines_of_counts(opened: Opened, visit: Visit, zone: tzinfo) -> Iterator[str]:
    writer = csv.writer(Echo())
    head = [_("What"), _("Code of the unit"), _("Unit"), _("When"), _("State"), _("Value"), _("As of")]
    yield BYTE_ORDER_MARK + _line(writer, head)
    as_of = _moment(visit.asked.as_of, zone)
    for part in slices(opened.counted or (), SLICE):
        units = units_known({row.unit for row in part}, as_of=visit.asked.as_of)
        for row in part:
            unit = units.get(row.unit)
            place = [unit.code if unit else "", unit.name if unit else ""]
            yield _line(writer, [row.name, *place, _moment(row.at, zone), row.state, row.value, as_of])


def _lines_of_names(opened: Opened, visit: Visit, names: Sequence[Name], zone: tzinfo) -> Iterator[str]:
    """Line by line: name, unit, state, what was said or why, by whom, when. Six queries a slice.

    zone: given, since the lines are written when the request's own zone is over.
    """
    writer = csv.writer(Echo())
    head = [_("Name"), _("Code of the unit"), _("Unit"), _("State"), _("Answer or reason"), _("Recorded by"), _("When")]
    yield BYTE_ORDER_MARK + _line(writer, [*head, _("As of")])
    look, as_of = look_of(visit), _moment(visit.asked.as_of, zone)
    states = {OUTSTANDING: _("outstanding"), ANSWERED: _("answered"), EXCUSED: _("excused")}
    for part in slices(names, SLICE):
        units = units_of(look, part)
        for row in rows_of(look, opened.rolls[-1], part, units, phones=False):
            unit = units.get(row.name.unit)
            told = [row.said or row.reason, row.by, _moment(row.name.recorded_at, zone)]
            if row.name.state == OUTSTANDING:
                told = ["", "", ""]
            place = [unit.code if unit else "", unit.name if unit else ""]
            yield _line(writer, [row.title, *place, states[row.name.state], *told, as_of])
