"""Any list as a file or on paper: `lists/<which>/<form>/` with the query of its page."""

from __future__ import annotations

import io
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from muster.foundation import clock
from muster.foundation.errors import not_found
from muster.foundation.registry import LISTS
from muster.foundation.rights import Actor
from muster.organisation.views_import import WORKBOOK
from muster.sheets import actions, out
from muster.sheets import made as lists
from muster.sheets.out import Listing

FORMS = ("xlsx", "csv", "print")
PAPER_ROWS = 2000
AT_ONCE_ROWS = 5000
"""A longer list is made as a workbook by a job."""


@require_GET
def take(request: HttpRequest, which: str, form: str) -> HttpResponseBase:
    """A list of what the reader sees, in one of its forms; that it was taken along is a line in the log."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    make = LISTS.get(which)
    if make is None or form not in FORMS:
        raise not_found("list.unknown")
    listing: Listing = make(actor, request.GET)
    if listing.log is not None:
        listing.log()
    else:
        digest, asked = out.digest_of(listing), request.GET.urlencode()
        actions.take_out(by=actor, what=f"{which}.{form}", count=listing.count, asked=asked, digest=digest)
    if form == "xlsx" and listing.count > AT_ONCE_ROWS:
        made = lists.order_list(by=actor, which=which, asked=request.GET.dict(), count=listing.count)
        return HttpResponseRedirect(reverse("organisation:made_list", args=[made.pk]))
    if form == "print":
        return _paper(request, listing)
    if form == "csv":
        return _csv(listing, listing.key)
    written = io.BytesIO()
    out.xlsx(listing, written)
    return _named(HttpResponse(written.getvalue(), content_type=WORKBOOK), f"{listing.key}.xlsx")


@require_GET
def made_list(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far a long list is; when it is there, where to fetch it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    made = lists.made_of(actor, pk)
    context = {"made": made, "job": lists.job_of(made), "ready": made.parts > 0}
    return render(request, "organisation/made_list.html", context)


@require_GET
def made_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The workbook that was made."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    made = lists.made_of(actor, pk)
    answer = StreamingHttpResponse(lists.content_of(made), content_type=WORKBOOK)
    answer["Content-Disposition"] = f'attachment; filename="{made.which}.xlsx"'
    answer["Cache-Control"] = "no-store"
    return answer


def as_csv(listing: Listing, name: str) -> HttpResponseBase:
    """A list with a line of its own in the log, by another address: a CSV file of this name."""
    assert listing.log is not None
    listing.log()
    return _csv(listing, name)


def _csv(listing: Listing, name: str) -> HttpResponseBase:
    return _named(StreamingHttpResponse(out.csv_lines(listing), content_type="text/csv; charset=utf-8"), f"{name}.csv")


def _named(answer: HttpResponseBase, name: str) -> HttpResponseBase:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _paper(request: HttpRequest, listing: Listing) -> HttpResponse:
    rows = []
    for row in listing.rows():
        rows.append(
            [
                (out.words_of(cell, listing.zone), one.kind == out.NUMBER)
                for one, cell in zip(listing.fields, row, strict=True)
            ]
        )
        if len(rows) == PAPER_ROWS:
            break
    context = {
        "listing": listing,
        "rows": rows,
        "most": PAPER_ROWS,
        "as_of_words": listing.as_of,
        "printed_at": clock.now(),
        "back_url": request.headers.get("Referer", ""),
    }
    return render(request, "organisation/list_print.html", context)
