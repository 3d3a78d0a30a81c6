"""The badge: shown on the phone of whoever reported in, ended and made anew, checked by anybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from muster.foundation import clock, keys
from muster.foundation.errors import Refusal, not_found
from muster.foundation.rights import Actor, refused
from muster.mobilisation import badges, kinds
from muster.mobilisation.answers import revoke_badge
from muster.mobilisation.codes import qr
from muster.mobilisation.faces import may_answer
from muster.mobilisation.models import Badge
from muster.mobilisation.renewal import renew_badge
from muster.mobilisation.views_answers import of_kind
from muster.organisation.asking import page_number
from muster.organisation.people import person_names
from muster.organisation.roles import LEAD
from muster.roll.coverage import subject_names
from muster.roll.looks import place_of_page
from muster.roll.mine import mine as mine_to_answer
from muster.roll.models import ANSWERED, OUTSTANDING, Entry, Roll
from muster.roll.views import PAGE_ROWS
from muster.roll.views_entry import entry_for

NEWEST = ("-issued_at", F("revoked_at").desc(nulls_first=True), "no")
"""The order of somebody's badges: the newest first, of two of one moment the one that is not revoked."""


def _state(badge: Badge) -> str:
    """How a badge stands today: valid, revoked or expired."""
    if badge.revoked_at:
        return "revoked"
    return "expired" if badge.valid_to < timezone.localdate(clock.now()) else "valid"


def _my_badges(actor: Actor) -> QuerySet[Badge]:
    rows = Badge.objects.filter(person_id=actor.person_id) if actor.person_id else Badge.objects.none()
    return rows.select_related("unit", "person", "report_in__order").order_by(*NEWEST)


def _valid(rows: Iterable[Badge]) -> list[Badge]:
    return [badge for badge in rows if _state(badge) == "valid"]


def _to_report_in(actor: Actor, badge: Badge) -> bool:
    """Whether I am asked to report in, be it again after I took it back: another badge comes by that."""
    rows = mine_to_answer(actor).filter(subject_id=badge.person_id, roll__kind=kinds.REPORT_IN)
    return rows.filter(state=OUTSTANDING, roll__state=Roll.State.OPEN).exists()


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """My badge, large: each that is valid, as I may be called up twice; else how the newest ended, or how I get one."""
    rows = list(_my_badges(request.actor))  # type: ignore[attr-defined]
    valid = _valid(rows)
    context = {
        "shown": [{"badge": badge, "qr": qr(badge.payload)} for badge in valid],
        "several": len(valid) > 1,
        "role": badges.ROLES["on_duty"],
        "state": "valid" if valid else _state(rows[0]) if rows else "",
        "to_report_in": bool(rows) and not valid and _to_report_in(request.actor, rows[0]),  # type: ignore[attr-defined]
        "renewed": valid and request.GET.get("renewed"),
    }
    return render(request, "mobilisation/my_badge.html", context)


@require_http_methods(["GET", "POST"])
def lost(request: HttpRequest) -> HttpResponse:
    """I have lost a badge: the page that says what comes of it. POST revokes that number and makes a new badge."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = _my_badges(actor)
    if request.method == "GET":
        asked = request.GET.get("no", "")
        badge = next((one for one in _valid(rows) if asked in ("", one.no)), None)
        if badge is None:
            return HttpResponseRedirect(reverse("mobilisation:my_badge"))
        return render(request, "mobilisation/my_badge_lost.html", {"badge": badge})
    badge = rows.filter(no=request.POST.get("no", "")).first()
    if badge is None:
        raise not_found("badge.unknown")
    try:
        renew_badge(by=actor, badge=badge)
    except Refusal as refusal:
        context = {"badge": badge, "refusal": refusal}
        return render(request, "mobilisation/my_badge_lost.html", context, status=refusal.status)
    return HttpResponseRedirect(f"{reverse('mobilisation:my_badge')}?renewed=1")


@require_GET
def of_my_unit(request: HttpRequest) -> HttpResponse:
    """The members of the units that I lead who reported in: each opens their badge."""
    actor = request.actor  # type: ignore[attr-defined]
    if not actor.has(LEAD):
        raise refused()
    rows = Entry.objects.visible_to(actor).filter(unit__path__in=actor.scopes(LEAD), roll__kind=kinds.REPORT_IN)
    # A roll that has ended is among them: neither its end nor a withdrawn order ends a badge.
    rows = rows.filter(state=ANSWERED).select_related("roll", "unit")
    count = rows.count()
    start, pages = place_of_page(count, page_number(request), PAGE_ROWS)
    part = list(rows.order_by("unit__path", "-settled_at", "pk")[start : start + PAGE_ROWS])
    names = subject_names(part)
    context = {
        "rows": [{"entry": row, "name": names.get(row.subject_id, ""), "under": _apart(part, row)} for row in part],
        "count": count,
        "page": page_number(request),
        "pages": pages,
    }
    return render(request, "mobilisation/my_unit_badges.html", context)


def _apart(rows: Sequence[Entry], row: Entry) -> str:
    """What tells a name from the others of a list: its unit where there are several, what called it where there are."""
    unit = row.unit.short_name if len({one.unit_id for one in rows}) > 1 else ""
    called = row.roll.title if len({one.roll_id for one in rows}) > 1 else ""
    return " · ".join(part for part in (unit, called) if part)


@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The badges of a member who reported in, for their lead or a level above: ended, or ended and made anew."""
    actor = request.actor  # type: ignore[attr-defined]
    entry, rows = _of_member(actor, pk)
    refusal = None
    if request.method == "POST":
        badge = next((row for row in rows if row.no == request.POST.get("no")), None)
        if badge is None:
            raise not_found("badge.unknown")
        try:
            told = _end(actor, badge, again=request.POST.get("what") == "renew")
        except Refusal as caught:
            refusal = caught
            # Somebody may have been faster: what is shown is how it stands now.
            entry, rows = _of_member(actor, pk)
        else:
            return HttpResponseRedirect(f"{reverse('mobilisation:entry_badge', args=[pk])}?told={told}")
    shown = _shown(entry, rows)
    context = {
        "entry": entry,
        "name": person_names([entry.subject_id]).get(entry.subject_id, ""),
        "shown": shown,
        "own": entry.subject_id == actor.person_id,
        "before": [row for row in rows if row.revoked_at and row not in [one["badge"] for one in shown]],
        "told": _told(rows, request.GET.get("told", "")),
        "refusal": refusal,
    }
    return render(request, "mobilisation/entry_badge.html", context, status=refusal.status if refusal else 200)


def _of_member(actor: Actor, pk: UUID) -> tuple[Entry, list[Badge]]:
    """An entry of a call-up, and all badges that its person was given under that order, whatever became of them.

    Raises: Refusal when the actor does not see it (404), or may end no badge of it (403).
    """
    entry = of_kind(entry_for(actor, pk), kinds.REPORT_IN)
    if not may_answer(entry, actor):
        raise refused()
    return entry, list(badges.of_entry(entry).select_related("unit", "person").order_by(*NEWEST))


def _shown(entry: Entry, rows: Sequence[Badge]) -> list[dict[str, Any]]:
    """Whatever may be done something about: the badge of the report-in that stands, and others that are valid.

    stands: whether its report-in does, so that it can be made anew.
    """
    came = [row for row in rows if entry.state == ANSWERED and row.report_in_id == entry.fact_id]
    first = [row for row in came if not row.revoked_at] or came[:1]
    others = [row for row in _valid(rows) if row not in first]
    return [{"badge": row, "state": _state(row), "stands": row in first} for row in first + others]


def _told(rows: Sequence[Badge], told: str) -> dict[str, str]:
    """What was just done, by the number that it was done to."""
    if told == "renewed":
        return {"what": told, "no": rows[0].no} if rows and _state(rows[0]) == "valid" else {}
    ended = [(row.revoked_at, row.no) for row in rows if row.revoked_at]
    return {"what": told, "no": max(ended)[1]} if told == "revoked" and ended else {}


def _end(actor: Actor, badge: Badge, *, again: bool) -> str:
    """Revoke a badge, or put a new one in its place; returns what is told of it."""
    if again:
        renew_badge(by=actor, badge=badge)
        return "renewed"
    revoke_badge(by=actor, unit=badge.unit, badge=badge)
    return "revoked"


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Anybody checks the text of a badge: by the public keys and the list of what was revoked."""
    given = request.POST.get("text", "").strip()
    if request.method == "GET" or not given:
        return render(request, "mobilisation/badge_check.html", {"empty": request.method == "POST"})
    today = timezone.localdate(clock.now())
    found = badges.check(given, keys.public_signing_keys(), badges.revoked_numbers(), today)
    says, then = badges.VERDICTS[found.verdict]
    context = {"found": found, "says": says, "then": then, "role": badges.ROLES.get(found.role, found.role)}
    answer = render(request, "mobilisation/badge_check.html", context | {"good": found.verdict == "valid"})
    answer["Cache-Control"] = "no-store"
    return answer
