"""The API of the one box: what the page of the search shows, for programs."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field, StringConstraints

from muster.foundation.api import ApiRequest, Input, answer, example, scope
from muster.organisation import scopes
from muster.organisation.finding import WORDS_MAX, Found, search

router = Router(tags=["search"])
MOST, DEFAULT = 100, 10


class AskedWords(Input):
    """What is searched."""

    q: Annotated[str, StringConstraints(max_length=WORDS_MAX)] = Field(
        description="a name, its pinyin or initials, a code, a number, the last four digits of a telephone"
    )
    kind: Annotated[str, StringConstraints(max_length=32)] = Field("", description="only this kind, such as people")
    limit: int = Field(DEFAULT, ge=1, le=MOST, description=f"of each kind, {MOST} at most")


class FoundOut(BaseModel):
    """Something that was found."""

    title: str
    more: str = Field(description="what tells it from another of its name: number, code, key, version")
    where: str = Field(description="the unit, the incident that it belongs to, as far as you see them")
    why: str = Field(description="by what it was found, such as initials")
    address: str = Field(description="address of its page")


class KindOut(BaseModel):
    """What was found of one kind, the best first. is_more: there is more than `limit`."""

    kind: str
    label: str
    found: list[FoundOut]
    is_more: bool


class SearchOut(BaseModel):
    """The kinds of which anything was found, the one with the best hit first; what was not looked for, in words."""

    q: str
    kinds: list[KindOut]
    told: list[str]


_EXAMPLE = {
    "q": "ab",
    "kinds": [
        {
            "kind": "people",
            "label": "People",
            "found": [
                {
                    "title": "Ada Brook",
                    "more": "P0042 · Nurse",
                    "where": "Lower Mill",
                    "why": "initials",
                    "address": "/office/people/01984c3e-7b1f-7d60-9a70-3f8f5d0f2a11/",
                }
            ],
            "is_more": False,
        }
    ],
    "told": [],
}


@router.get(
    "/search",
    response=SearchOut,
    summary="Everything that I may see and some words find",
    openapi_extra=example(_EXAMPLE),
)
@scope(scopes.NAMES)
def find(request: ApiRequest, asked: Query[AskedWords]) -> HttpResponse:
    """People on duty, units, rolls, orders and figures, found by name, pinyin, initials, code or number.

    For who has a role of the office. Four digits are looked for as the end of a telephone number too, where the reader
    may reach people by phone: each such look is a line in the log, and 60 in an hour are the most. Nothing is ever told
    of residents.
    """
    found = search(request.auth, asked.q, asked.limit, asked.kind)
    kinds = [
        {"kind": s.key, "label": str(s.label), "found": [_row(one) for one in s.hits.found], "is_more": s.hits.is_more}
        for s in found.sections
    ]
    told = [f"{one.message} {one.next_step}".strip() for one in found.told]
    return answer({"q": found.words.typed, "kinds": kinds, "told": told})


def _row(row: Found) -> dict[str, Any]:
    return {"title": row.title, "more": row.more, "where": row.where, "why": row.why.key, "address": row.address}
