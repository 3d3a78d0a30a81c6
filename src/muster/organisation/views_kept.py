"""The office's pages about what is kept of people: why, on what basis, how long; keeping longer; forgetting."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from muster.foundation import clock
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.registry import PURPOSES
from muster.foundation.rights import Actor, refused
from muster.organisation import keeping
from muster.organisation.asking import commands_district
from muster.organisation.models import Account, Appointment, Person
from muster.vault.models import Basis, Extension, Particular
from muster.vault.purposes import counts_of


@require_GET
def kept(request: HttpRequest) -> HttpResponse:
    """Each purpose: what it is for, who answers for it on what basis, for how long, how many there are."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    bases = {basis.purpose: basis for basis in Basis.objects.all()}
    counts = counts_of(now)
    waiting = list(Extension.objects.filter(confirmed_at__isnull=True).order_by("asked_at"))
    names = _names({one.asked_by for one in waiting})
    context = {
        "rows": [{"purpose": one, "basis": bases.get(key), "count": counts.get(key)} for key, one in PURPOSES.items()],
        "waiting": [
            {
                "extension": one,
                "label": PURPOSES[one.purpose].label,
                "by": names.get(one.asked_by, ""),
                "own": one.asked_by == actor.account_id,
            }
            for one in waiting
            if one.purpose in PURPOSES
        ],
        "may_state": commands_district(actor),
        "told": request.GET.get("told", ""),
    }
    return render(request, "organisation/kept.html", context)


def _names(accounts: set[UUID]) -> dict[UUID, str]:
    rows = Account.objects.filter(pk__in=accounts).select_related("person")
    return {row.pk: row.person.shown_name for row in rows}


@require_http_methods(["GET", "POST"])
def purpose(request: HttpRequest, purpose: str) -> HttpResponse:
    """State who answers for a purpose, or ask to keep what there is for longer; POST does either."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not commands_district(actor):
        raise refused()
    if purpose not in PURPOSES:
        raise not_found("purpose.unknown")
    refusal = None
    if request.method == "POST":
        try:
            told = _longer(actor, purpose, request) if "longer" in request.POST else _stated(actor, purpose, request)
        except Refusal as caught:
            refusal = caught
        else:
            return HttpResponseRedirect(f"{reverse('organisation:kept')}?told={told}")
    context: dict[str, Any] = {
        "key": purpose,
        "purpose": PURPOSES[purpose],
        "basis": Basis.objects.filter(pk=purpose).first(),
        "count": counts_of(clock.now()).get(purpose),
        "refusal": refusal,
        "sent": request.POST,
    }
    return render(request, "organisation/purpose.html", context, status=refusal.status if refusal else 200)


def _stated(actor: Actor, purpose: str, request: HttpRequest) -> str:
    keeping.state_purpose(
        by=actor,
        purpose=purpose,
        owner=request.POST.get("owner", ""),
        legal_basis=request.POST.get("legal_basis", ""),
        days=_number(request.POST.get("days", "")),
    )
    return "stated"


def _longer(actor: Actor, purpose: str, request: HttpRequest) -> str:
    keeping.ask_to_keep_longer(by=actor, purpose=purpose, days=_number(request.POST.get("days", "")))
    return "asked"


def _number(words: str) -> int:
    """Raises: Refusal `purpose.days` for what is no number."""
    plain = words.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) < 7):
        raise invalid("days", text("Write the days as a number."), "purpose.days")
    return int(plain)


@require_POST
def extension(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Confirm that something be kept longer, or drop it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not commands_district(actor):
        raise refused()
    found = Extension.objects.filter(pk=pk).first()
    if found is None:
        raise not_found("extension.unknown")
    if "drop" in request.POST:
        keeping.take_back_extension(by=actor, extension=found)
        told = "dropped"
    else:
        keeping.keep_longer(by=actor, extension=found)
        told = "longer"
    return HttpResponseRedirect(f"{reverse('organisation:kept')}?told={told}")


@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What goes and what stays when somebody is forgotten, who has left; POST does it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    person = Person.objects.visible_to(actor).filter(pk=pk).exclude(status=Person.Status.ERASED).first()
    if person is None:
        raise not_found("person.unknown")
    if not commands_district(actor):
        raise refused()
    refusal = None
    if request.method == "POST":
        try:
            keeping.erase_person(by=actor, person=person)
        except Refusal as caught:
            refusal = caught
        else:
            return HttpResponseRedirect(f"{reverse('organisation:kept')}?told=erased")
    context = {
        "person": person,
        "on_duty": Appointment.objects.filter(person=person, until__isnull=True).exists(),
        "kept": Particular.objects.filter(subject_id=person.pk, body__isnull=False).count(),
        "refusal": refusal,
    }
    return render(request, "organisation/erase_person.html", context, status=refusal.status if refusal else 200)
