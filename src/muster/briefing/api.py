"""The API of figures, rolls, the missing and the report: what the commands print, for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from muster.briefing import missing as outstanding
from muster.briefing import reports
from muster.briefing.figures import all_figures, answer_all, ask, figure_by_key, in_words
from muster.briefing.rolls import rolls_listed
from muster.briefing.rows import behind, described
from muster.foundation.api import (
    ROWS_MAX,
    ApiRequest,
    Input,
    Part,
    Short,
    answer,
    answer_if_changed,
    example,
    page_link,
    scope,
)
from muster.organisation import scopes
from muster.roll import coverage
from muster.roll.figures import Question

router = Router(tags=["figures and rolls"])


class Asked(Input):
    """A question: as of when, about which unit, for which incident."""

    as_of: Short | None = Field(
        None,
        description="date and time, in the district's zone where none is named (write + as %2B); now when left out",
    )
    unit: Short | None = Field(None, description="code of a unit: it and all below it; the highest that you see")
    incident: Short | None = Field(None, description="key of an incident; the latest opened when left out")

    def question(self, request: ApiRequest) -> Question:
        """What is asked, by whoever asks. Raises: Refusal."""
        return ask(request.auth, as_of=self.as_of, unit=self.unit, incident=self.incident)


class AskedRows(Asked, Part):
    """A question about rows."""

    state: Literal["outstanding", "excused", "answered"] | None = Field(
        None, description="only the names of a coverage that stood so"
    )


class AskedNames(Asked):
    """A question about names: all of them, or a part."""

    limit: int | None = Field(None, ge=1, le=ROWS_MAX, description="rows of one page; all when left out")
    offset: int = Field(0, ge=0, le=10_000_000, description="rows before the page")


class FigureOut(BaseModel):
    """A figure. Those from `expected` on are of a coverage only: answered + excused + outstanding = expected."""

    key: str
    label: str
    value: int = Field(description="of a coverage: answered, late and unmet included")
    unit: str = Field(description="unit of measure")
    definition: str
    as_of: str
    rows: str = Field(description="address of the page of the rows")
    expected: int | None = None
    answered: int | None = None
    excused: int | None = None
    outstanding: int | None = None
    late: int | None = None
    unmet: int | None = None


class FigureRow(BaseModel):
    """One row behind a figure. A coverage's rows are names on its roll; `value` is of other figures only."""

    id: str
    name: str
    unit: str = Field(description="code of the accountable unit")
    unit_name: str
    state: str
    at: str | None = Field(description="when it came to stand so")
    subject: str | None = Field(None, description="code or number of whom or what it is about")
    outcome: str | None = None
    reason: str | None = Field(None, description="code of a reason")
    differs: bool | None = Field(None, description="two answers differ and nobody has chosen yet")
    by: str | None = Field(None, description="number of the person who recorded it")
    value: int | None = None


class FigureRows(BaseModel):
    """A page of the rows behind a figure; `count` is of all."""

    figure: str
    unit: str
    as_of: str
    count: int
    rows: list[FigureRow]


class ReportOut(BaseModel):
    """The situation report."""

    incident: str
    unit: str = Field(description="code of the unit that it is about")
    as_of: str
    figures: list[FigureOut]


class RollOut(BaseModel):
    """A roll."""

    key: str
    title: str
    figure: str = Field(description="key of the figure that it answers; may be empty")
    state: Literal["opening", "open", "closed", "superseded", "withdrawn"]
    expected: int


class MissingRow(BaseModel):
    """A name that is outstanding."""

    subject: str
    name: str
    unit: str
    lead: str = Field(description="whom to call; empty where nobody leads the unit")
    hours_overdue: float | None = Field(description="none while nothing is overdue")


class MissingOut(BaseModel):
    """Who is outstanding; `outstanding` counts all, also where `rows` is a page of them."""

    roll: str
    unit: str
    as_of: str
    outstanding: int
    rows: list[MissingRow]


_AS_OF = "2026-07-02T18:00:00+02:00"
_QUERY = "incident=flood-2026&unit=0100&as_of=2026-07-02T18%3A00%3A00%2B02%3A00"
_FIGURE = {
    "key": "mobilisation.members_reported_in",
    "label": "Members who reported in",
    "value": 171,
    "unit": "people",
    "definition": "Members of the units called up who reported in, by themselves or through their lead.",
    "as_of": _AS_OF,
    "rows": f"/office/figures/mobilisation.members_reported_in/?{_QUERY}",
    "expected": 200,
    "answered": 171,
    "excused": 4,
    "outstanding": 25,
    "late": 6,
    "unmet": 0,
}
_ROW = {
    "id": "01984c3e-7b1f-7d60-9a70-3f8f5d0f2a11",
    "subject": "P0042",
    "name": "Ada Brook",
    "unit": "0103",
    "unit_name": "Lower Mill",
    "state": "answered",
    "outcome": "reported",
    "reason": "",
    "differs": False,
    "at": "2026-07-02T09:14:03.120000+02:00",
    "by": "P0042",
}
_MISSING = {"subject": "P0043", "name": "Tom Field", "unit": "0103", "lead": "Ada Brook", "hours_overdue": 6.0}
_ROLL = {
    "key": "dykes.report_in",
    "title": "To the dykes",
    "figure": "mobilisation.members_reported_in",
    "state": "open",
    "expected": 200,
}

Key = Annotated[Short, Path(description="key of a figure")]
RollName = Annotated[Short, Path(description="key or id of a roll, or the key of its figure")]


@router.get("/figures", response=list[FigureOut], summary="All figures", openapi_extra=example([_FIGURE]))
@scope(scopes.FIGURES)
def figures(request: ApiRequest, asked: Query[Asked]) -> HttpResponse:
    """Every figure of the incident within the unit, as of a moment."""
    question = asked.question(request)
    found = [a.as_json() for a in answer_all(all_figures(question), question)]
    return answer_if_changed(request, request.auth, found, _same(asked, question, found))


@router.get("/figures/{key}", response=FigureOut, summary="One figure", openapi_extra=example(_FIGURE))
@scope(scopes.FIGURES)
def figure(request: ApiRequest, key: Key, asked: Query[Asked]) -> HttpResponse:
    """One figure within the unit, as of a moment."""
    question = asked.question(request)
    found = answer_all([figure_by_key(key, question)], question)[0].as_json()
    return answer_if_changed(request, request.auth, found, _same(asked, question, [found]))


def _same(asked: Asked, question: Question, figures: Sequence[Mapping[str, Any]]) -> Any:
    """What makes two answers the same: the moment as it was asked for, and all that is said but *now*."""
    said = [{k: v for k, v in figure.items() if k not in ("as_of", "rows")} for figure in figures]
    return [question.incident.key, str(question.unit.pk), question.as_of if asked.as_of else "now", said]


@router.get(
    "/figures/{key}/rows",
    response=FigureRows,
    summary="The rows behind a figure",
    openapi_extra=example(
        {"figure": _FIGURE["key"], "unit": "0100", "as_of": _AS_OF, "count": 200, "rows": [_ROW]},
    ),
)
@scope(scopes.NAMES)
def rows(request: ApiRequest, key: Key, asked: Query[AskedRows]) -> HttpResponse:
    """What a figure was counted from, by name, a page at a time; the header `Link` leads to the next page.

    Its pages are as of the moment of the first one, in the order of the tree.
    """
    question = asked.question(request)
    part = coverage.Part(start=asked.offset, count=asked.limit)
    found = behind(figure_by_key(key, question), question, request.auth, part, asked.state)
    words = in_words(question)
    content = {
        "figure": key,
        "unit": words["unit"],
        "as_of": words["as_of"],
        "count": found.count,
        "rows": described(found, question),
    }
    query = {**words, "state": asked.state}
    return _page(content, page_link(request, query, asked.limit, asked.offset, found.count))


@router.get("/rolls", response=list[RollOut], summary="The rolls", openapi_extra=example([_ROLL]))
@scope(scopes.FIGURES)
def rolls(request: ApiRequest, asked: Query[Asked]) -> HttpResponse:
    """The rolls of the incident that were open by the moment; `expected` counts within the unit."""
    question = asked.question(request)
    return answer(rolls_listed(request.auth, question))


@router.get(
    "/rolls/{roll}/missing",
    response=MissingOut,
    summary="Who is missing, by name",
    openapi_extra=example(
        {"roll": _ROLL["key"], "unit": "0100", "as_of": _AS_OF, "outstanding": 25, "rows": [_MISSING]},
    ),
)
@scope(scopes.NAMES)
def missing(request: ApiRequest, roll: RollName, asked: Query[AskedNames]) -> HttpResponse:
    """The outstanding on a roll within the unit, with the lead to call and the hours overdue.

    All of them, or with `limit` a page, with the header `Link` to the next one.
    """
    question = asked.question(request)
    held = outstanding.roll_named(roll, question.incident, question.as_of, request.auth)
    count, found = outstanding.outstanding(held, question, asked.limit, asked.offset)
    content = outstanding.as_json(held, question, count, outstanding.described(held, question, found))
    query = {"incident": question.incident.key, "unit": content["unit"], "as_of": content["as_of"]}
    return _page(content, page_link(request, query, asked.limit or count, asked.offset, count))


def _page(content: Mapping[str, Any], link: str) -> HttpResponse:
    found = answer(content)
    if link:
        found["Link"] = link
    return found


@router.get(
    "/report",
    response=ReportOut,
    summary="The situation report",
    openapi_extra=example({"incident": "flood-2026", "unit": "0100", "as_of": _AS_OF, "figures": [_FIGURE]}),
)
@scope(scopes.FIGURES)
def report(request: ApiRequest, asked: Query[Asked]) -> HttpResponse:
    """The situation report as of a moment: every figure with its definition; the same as `muster report` prints."""
    question = asked.question(request)
    content = reports.compose(question)
    return answer_if_changed(request, request.auth, content, _same(asked, question, content["figures"]))
