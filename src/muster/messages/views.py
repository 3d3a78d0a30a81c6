"""The page of what did not go, for whoever looks after the outbox; and where one's own mail goes."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from muster.foundation import clock
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.rights import Actor, refused
from muster.messages import channels, reading, tending
from muster.messages.models import Message, Wish
from muster.messages.purposes import MAIL
from muster.organisation.asking import district, nothing_chosen, page_number
from muster.organisation.models import Person
from muster.organisation.roles import OFFICE
from muster.vault.particulars import open_one

PAGE_ROWS = 50
AT_ONCE = 5000
"""So many are sent again or given up by one tap; the rest by another."""


@require_http_methods(["GET", "POST"])
def outbox(request: HttpRequest) -> HttpResponse:
    """What did not go, what waits, what went; POST sends again or gives up what is ticked, or all that is listed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.has(*tending.TENDERS):
        raise refused()
    which = reading.which_of(request.GET.get("show", ""))
    mine, page, refusal = tending.tended(actor), page_number(request), None
    rows = mine.filter(state__in=reading.SHOWN[which])
    if request.method == "POST":
        try:
            done, count = _decided(actor, request, rows)
            return HttpResponseRedirect(f"{reverse('messages:outbox')}?show={which}&told={done}&count={count}")
        except Refusal as caught:
            refusal = caught
    part = list(
        rows.select_related("person", "unit", "channel").order_by("-made_at", "pk")[
            (page - 1) * PAGE_ROWS : page * PAGE_ROWS + 1
        ]
    )
    context = {
        "rows": reading.shown(actor, part[:PAGE_ROWS]),
        "counts": reading.counts(mine),
        "which": which,
        "page": page,
        "more": len(part) > PAGE_ROWS,
        "told": request.GET.get("told", ""),
        "count": request.GET.get("count", "")[:6],
        "takes_along": actor.has(*OFFICE),
        "refusal": refusal,
    }
    return render(request, "messages/outbox.html", context, status=refusal.status if refusal else 200)


def _decided(actor: Actor, request: HttpRequest, listed: QuerySet[Message]) -> tuple[str, int]:
    """Do what was tapped with those that were ticked and are listed, or with all; returns what, and how many."""
    rows = listed if request.POST.get("all") else listed.filter(pk__in=_ticked(request))
    chosen = list(rows.order_by("made_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    if not chosen:
        raise invalid("message", text("Tick what you mean, or choose all."), "message.none")
    do = request.POST.get("do", "")
    if do == "again":
        return do, tending.send_again(by=actor, messages=chosen)
    if do == "give_up":
        return do, tending.give_up(by=actor, messages=chosen)
    raise nothing_chosen()


def _ticked(request: HttpRequest) -> list[UUID]:
    """The ids that were ticked on a page; what is no id is none."""
    found = []
    for words in request.POST.getlist("message")[:PAGE_ROWS]:
        with suppress(ValueError):
            found.append(UUID(words))
    return found


@require_http_methods(["GET", "POST"])
def own_mail(request: HttpRequest) -> HttpResponse:
    """Where my mail goes and in which language I am told."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    person = Person.objects.filter(pk=actor.person_id).first() if actor.person_id else None
    if person is None:
        raise not_found("person.unknown")
    refusal = None
    if request.method == "POST":
        address, language = request.POST.get("address", "")[:254], request.POST.get("language", "")
        try:
            channels.choose_mail(by=actor, person=person, address=address, language=language)
            return HttpResponseRedirect(f"{reverse('messages:own_mail')}?told=1")
        except Refusal as caught:
            refusal = caught
    else:
        address = open_one("person", person.pk, MAIL, clock.now()) or ""
        wish = Wish.objects.filter(person=person).first()
        language = wish.language if wish else district().language
    context = {
        "address": address,
        "language": language,
        "languages": settings.LANGUAGES,
        "told": request.GET.get("told", ""),
        "refusal": refusal,
    }
    answer = render(request, "messages/own_mail.html", context, status=refusal.status if refusal else 200)
    answer["Cache-Control"] = "no-store"
    return answer
