"""The log's page: which lines there are, and one opened to what it touched and changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from muster.foundation import clock
from muster.foundation.errors import text
from muster.foundation.registry import VERBS
from muster.foundation.rights import Actor, refused
from muster.organisation.asking import zone
from muster.organisation.lists import now_words, scope_words
from muster.organisation.roles import COMMANDER
from muster.sheets.out import MOMENT, Field, Listing
from muster.website import audit_lines
from muster.website.audit_words import CHANNELS
from muster.website.who import Visitor


def _reader(request: HttpRequest) -> Actor:
    actor = cast(Visitor, request).actor
    if not audit_lines.may_read(actor):
        raise refused()
    return actor


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The lines that I may see, by the filters of the address."""
    actor = _reader(request)
    question = audit_lines.asked(actor, request.GET)
    commands = actor.has(COMMANDER)
    verbs = {verb: str(words) for verb, words in VERBS.items() if commands or verb in audit_lines.OF_THE_SERVER}
    context = {
        "page": audit_lines.page_of(actor, question),
        "asked": question,
        "verbs": sorted(verbs.items(), key=lambda pair: pair[1]),
        "channels": {key: words for key, (words, _lines) in CHANNELS.items()},
        "commands": commands,
        "filtered": any(request.GET.get(name) for name in ("from", "until", "verb", "who", "unit", "channel", "id")),
    }
    return render(request, "audit.html", context)


@require_GET
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One line."""
    return render(request, "audit_line.html", {"opened": audit_lines.open_line(_reader(request), pk)})


def listing(actor: Actor, given: Mapping[str, str]) -> Listing:
    """The lines as a list to take along, as the page is filtered. Raises: Refusal for whoever commands nothing."""
    if not actor.has(COMMANDER):
        raise refused()
    question = audit_lines.asked(actor, given)
    # What is written from now on, the line of this very list among it, is not part of it.
    question = replace(question, until=question.until or clock.now())
    found = audit_lines.found(actor, question)

    def rows() -> Iterator[list[Any]]:
        for row in audit_lines.every(actor, question):
            line = row["line"]
            words = [str(row["verb"]), row["who"], line.actor, row["unit"], str(row["channel"])]
            yield [line.at, *words, line.ids, line.change, str(line.pk)]

    fields = [
        Field(text("When"), MOMENT, 17),
        Field(text("What"), width=26),
        Field(text("Who")),
        Field(text("Account")),
        Field(text("Unit"), width=20),
        Field(text("Channel")),
        Field(text("Ids"), width=40),
        Field(text("Change"), width=30),
        Field(text("Line"), width=38),
    ]
    about = (scope_words(question.unit), now_words())
    ids = found.values_list("pk", flat=True).iterator
    return Listing("audit", text("Audit log"), fields, rows, found.count(), zone(), *about, ids=ids)
