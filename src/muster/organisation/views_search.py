"""The page of the one box: everything that I may see and some words find, kind by kind."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from muster.foundation.registry import SEARCH
from muster.foundation.rights import Actor
from muster.organisation.finding import WORDS_MAX, search

OF_EACH_KIND, OF_ONE_KIND = 6, 100


@require_GET
def found(request: HttpRequest) -> HttpResponse:
    """What is found by `q`, of each kind a few; with `kind` more of that one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    kind = request.GET.get("kind", "")
    answer = search(actor, request.GET.get("q", ""), OF_ONE_KIND if kind else OF_EACH_KIND, kind)
    context = {
        "answer": answer,
        "q": answer.words.typed,
        "kind": kind,
        "kinds": [(key, offer.label) for key, offer in reversed(SEARCH.items())],
        "most": OF_ONE_KIND,
        "words_max": WORDS_MAX,
    }
    return render(request, "organisation/search.html", context)
