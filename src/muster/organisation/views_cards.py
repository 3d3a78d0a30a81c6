"""The office's pages of cards: who has one, making them on paper or on a screen, ending them, shared phones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from muster.foundation import clock
from muster.foundation.errors import Refusal, not_found
from muster.foundation.rights import Actor, refused
from muster.organisation import cards, codes, devices, holders, paper
from muster.organisation.asking import page_number, unit_for
from muster.organisation.models import Appointment, Device, Unit
from muster.organisation.roles import COMMANDER, LEAD
from muster.organisation.scope import below

PAGE_ROWS = 50


def _unit(actor: Actor, code: str | None) -> Unit:
    """The unit whose cards are asked for. Raises: Refusal for one for whose people the actor makes none."""
    if not actor.has(COMMANDER, LEAD):
        raise refused()
    unit = unit_for(actor, code) if code else holders.highest(actor)
    if not holders.makes_for(actor, unit):
        raise refused()
    return unit


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Who of a unit has a card, who has not used theirs, whose PIN is locked; what the lead is told stands on top."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    unit, now, page = _unit(actor, request.GET.get("unit")), clock.now(), page_number(request)
    which, words = request.GET.get("show", "all"), request.GET.get("q", "")[:80]
    which = which if which in holders.SHOWN else "all"
    everybody = holders.of_unit(unit, now)
    rows = holders.part(holders.shown(everybody, which, words), (page - 1) * PAGE_ROWS, PAGE_ROWS + 1)
    counts = _counts(everybody)
    above = cards.made_above(actor, holders.shown(everybody, "without", "").values("person_id"), now)
    context = {
        "unit": unit,
        "code": getattr(unit, "code_now", "") or "",
        "units": holders.around(actor, unit),
        "counts": counts,
        "to_print": min(counts["without"] - len(above), cards.MOST + 1),
        "which": which,
        "words": words,
        "rows": [holders.holder(row, now) for row in rows[:PAGE_ROWS]],
        "page": page,
        "more": len(rows) > PAGE_ROWS,
        "notices": holders.notices(actor, unit),
        "phones": holders.shared_phones(unit, now),
        "most": cards.MOST,
        "prints": paper.is_installed(),
        "told": request.GET.get("told", ""),
    }
    return render(request, "organisation/cards.html", context)


def _counts(everybody: Any) -> dict[str, int]:
    """How many stand in each of the lists. One query."""
    counted: dict[str, int] = everybody.order_by().aggregate(
        all=Count("pk"),
        unused=Count("pk", filter=Q(in_by_card=False)),
        without=Count("pk", filter=Q(in_by_card=False, card_alive=False)),
        locked=Count("pk", filter=Q(pin_locked_at__isnull=False)),
    )
    return counted


@require_POST
def print_cards(request: HttpRequest) -> HttpResponse:
    """Make cards and give them as one PDF: for all who have none, or for those that were ticked.

    The PDF is made first and the codes are committed last, so that nobody's card dies for one that was never printed.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now, ticked = clock.now(), _ids(request.POST.getlist("person"))
    of_one = len(ticked) == 1 and "unit" not in request.POST and actor.has(COMMANDER, LEAD)
    unit = _row(actor, ticked[0]).unit if of_one else _unit(actor, request.POST.get("unit"))
    everybody = holders.of_unit(unit, now)
    only_without = not ticked
    rows = holders.shown(everybody, "without", "") if only_without else everybody.filter(person__in=ticked)
    above = cards.made_above(actor, rows.values("person_id"), now) if only_without else set()
    chosen = [row for row in rows[: cards.MOST + 1 + len(above)] if row.person_id not in above]
    try:
        made = [(row, codes.make()) for row in chosen]
        body = _paper(request, actor, made) if made and len(made) <= cards.MOST else b""
        hashes = [cards.NewCode(row.person_id, codes.hash_of(code)) for row, code in made]
        cards.issue_codes(by=actor, unit=unit, made=hashes, only_without=only_without)
    except Refusal as refusal:
        return _refused(request, unit, refusal)
    answer = HttpResponse(body, content_type="application/pdf")
    stamp = timezone.localtime(now).strftime("%Y%m%d-%H%M")
    answer["Content-Disposition"] = f'attachment; filename="cards-{stamp}.pdf"'
    return _private(answer)


def _paper(request: HttpRequest, actor: Actor, made: Sequence[tuple[Appointment, str]]) -> bytes:
    now = clock.now()
    rows = [
        paper.Card(row.person.name, row.person.number, row.unit.name, code, _link(request, code)) for row, code in made
    ]
    who = str(getattr(request.user, "person", actor.name))
    return paper.pdf(rows, until=now + cards.VALID, at=now, printed_by=who, host=request.get_host())


def _link(request: HttpRequest, code: str) -> str:
    return request.build_absolute_uri(reverse("card", args=[code]))


def _ids(words: Sequence[str]) -> list[UUID]:
    """Raises: Refusal (404) for what is no id."""
    try:
        return [UUID(one) for one in words[: cards.MOST + 1]]
    except ValueError:
        raise not_found("person.unknown") from None


def _private(answer: HttpResponse) -> HttpResponse:
    """A secret is in it: no cache keeps it."""
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "strict-origin"
    return answer


def _refused(request: HttpRequest, unit: Unit, refusal: Refusal) -> HttpResponse:
    context = {"unit": unit, "code": getattr(unit, "code_now", "") or "", "refusal": refusal}
    return render(request, "organisation/cards_refused.html", context, status=refusal.status)


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Somebody's way in: their card, phones and PIN. POST makes a card on this screen, revokes, unlocks, or forgets."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.has(COMMANDER, LEAD):
        raise refused()
    row, refusal = _row(actor, pk), None
    if request.method == "POST":
        try:
            return _done(request, actor, row)
        except Refusal as caught:
            refusal, row = caught, _row(actor, pk)
    phones = Device.objects.filter(person=pk, revoked_at__isnull=True, remembered_until__gt=clock.now())
    context = {
        "holder": holders.holder(row, clock.now()),
        "phones": list(phones.order_by("-last_seen_at")),
        "prints": paper.is_installed(),
        "made_above": bool(cards.made_above(actor, [pk], clock.now())),
        "told": request.GET.get("told", ""),
        "refusal": refusal,
    }
    return render(request, "organisation/card.html", context, status=refusal.status if refusal else 200)


def _row(actor: Actor, pk: UUID) -> Appointment:
    row = holders.one_of(actor, pk, clock.now())
    if row is None:
        raise not_found("person.unknown")
    return row


def _done(request: HttpRequest, actor: Actor, row: Appointment) -> HttpResponse:
    what = request.POST.get("what", "")
    if what == "show":
        return _on_screen(request, actor, row)
    if what == "unlock":
        devices.unlock_pin(by=actor, unit=row.unit, person=row.person)
    elif what == "phone":
        device = Device.objects.filter(person=row.person, pk__in=_ids([request.POST.get("id", "")])).first()
        if device is None:
            raise not_found("device.unknown")
        devices.revoke_device(by=actor, unit=row.unit, device=device)
    else:
        what = "revoke"
        cards.revoke_code(by=actor, unit=row.unit, person=row.person)
    return HttpResponseRedirect(f"{reverse('organisation:card', args=[row.person_id])}?told={what}")


def _on_screen(request: HttpRequest, actor: Actor, row: Appointment) -> HttpResponse:
    """A card without paper: its QR and its link on the lead's own screen, once."""
    code = codes.make()
    made = [cards.NewCode(row.person_id, codes.hash_of(code))]
    cards.issue_codes(by=actor, unit=row.unit, made=made)
    context = {
        "person": row.person,
        "unit": row.unit,
        "qr": codes.shown_qr(_link(request, code), _("Card to sign in")),
        "link": _link(request, code),
        "letters": codes.grouped(code),
        "until": clock.now() + cards.VALID,
    }
    return _private(render(request, "organisation/card_shown.html", context))


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """I have seen what I was told of my units."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    unit = _unit(actor, request.POST.get("unit"))
    cards.see_notices(by=actor, unit=unit, notices=[row.pk for row in holders.notices(actor, unit)])
    return _back(request, "seen")


@require_POST
def shared(request: HttpRequest) -> HttpResponse:
    """A code on this screen that makes a phone the shared one of a unit; or the end of one that is."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    unit = _unit(actor, request.POST.get("unit"))
    if request.POST.get("what") == "end":
        rows = Device.objects.filter(below(unit.path, "unit__path")).select_related("unit", "person")
        device = rows.filter(pk__in=_ids([request.POST.get("id", "")])).first()
        if device is None:
            raise not_found("device.unknown")
        devices.revoke_device(by=actor, unit=unit, device=device)
        return _back(request, "phone")
    code = codes.make()
    devices.offer_shared_phone(by=actor, unit=unit, hash=codes.hash_of(code))
    context = {
        "unit": unit,
        "code": getattr(unit, "code_now", "") or "",
        "qr": codes.shown_qr(_link(request, code), _("Code of a shared phone")),
        "link": _link(request, code),
        "letters": codes.grouped(code),
        "until": clock.now() + devices.SHARED_CODE_VALID,
    }
    return _private(render(request, "organisation/shared_phone.html", context))


def _back(request: HttpRequest, told: str) -> HttpResponse:
    query = {"unit": request.POST.get("unit", ""), "told": told}
    return HttpResponseRedirect(f"{reverse('organisation:cards')}?{urlencode(query)}")
