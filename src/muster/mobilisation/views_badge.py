"""The badge: shown on the phone of whoever reported in, checked by anybody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from muster.foundation import clock, keys
from muster.foundation.errors import Text, text
from muster.mobilisation import badges
from muster.mobilisation.codes import qr
from muster.mobilisation.models import Badge

ROLES: dict[str, Text] = {"on_duty": text("On duty")}
"""The roles that a badge may name, in words; one that is not known is shown as it stands."""

VERDICTS: dict[str, tuple[Text, Text]] = {
    "valid": (text("This badge is valid."), text("Its bearer reported in and is on duty. The badge names nobody.")),
    "revoked": (
        text("This badge was revoked."),
        text("Its bearer is not on duty any more. Ask the unit that it names."),
    ),
    "expired": (text("This badge has expired."), text("Ask its bearer for a new one, or call the unit that it names.")),
    "forged": (
        text("This badge was not issued here."),
        text("Its signature does not fit. Do not rely on anything that it says."),
    ),
    "unreadable": (
        text("This is no badge."),
        text("Scan it again in better light; the whole text begins with MUSTER1."),
    ),
}


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """My badge, large: the newest that I was given, or how I get one."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = Badge.objects.filter(person_id=actor.person_id).select_related("unit")
    badge = rows.order_by("-issued_at", "no").first()
    today = timezone.localdate(clock.now())
    over = badge is not None and badge.valid_to < today
    context = {
        "badge": badge,
        "role": ROLES["on_duty"],
        "state": "" if badge is None else "revoked" if badge.revoked_at else "expired" if over else "valid",
        "qr": qr(badge.payload) if badge is not None and not badge.revoked_at and not over else "",
    }
    return render(request, "mobilisation/my_badge.html", context)


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Anybody checks the text of a badge: by the public keys and the list of what was revoked."""
    given = request.POST.get("text", "").strip()
    if request.method == "GET" or not given:
        return render(request, "mobilisation/badge_check.html", {"empty": request.method == "POST"})
    today = timezone.localdate(clock.now())
    found = badges.check(given, keys.public_signing_keys(), badges.revoked_numbers(), today)
    says, then = VERDICTS[found.verdict]
    context = {"found": found, "says": says, "then": then, "role": ROLES.get(found.role, found.role)}
    answer = render(request, "mobilisation/badge_check.html", context | {"good": found.verdict == "valid"})
    answer["Cache-Control"] = "no-store"
    return answer
