"""One's own ways in: PIN, password, second factor, remembered phones, sign-ins."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import check_password
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from muster.foundation import clock
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.organisation import accounts, codes, pins
from muster.organisation import second_factor as factors
from muster.organisation.devices import revoke_device, set_pin, take_pin_try, tell_pin_locked
from muster.organisation.guessing import guarded, take_try
from muster.organisation.models import Account, Device, LockOut, Pin, SignIn
from muster.organisation.sign_in import WAYS, end_other_sign_ins, end_sign_in, holding
from muster.vault import particulars
from muster.vault.purposes import CONTACT
from muster.website.letting_in import PIN_WANTED, door, private
from muster.website.steps import came_as_member
from muster.website.who import Visitor

SECRET_SALT = "muster.factor"
SECRET_SECONDS = 1800


def _account(request: HttpRequest) -> Any:
    """Whoever is in, with what the middleware read of how they came."""
    return cast(Any, request.user)


@require_http_methods(["GET", "POST"])
def choose_pin(request: HttpRequest) -> HttpResponse:
    """Choose a PIN: after a card without the old one, later with it."""
    account = _account(request)
    wanted = request.session.get(PIN_WANTED)
    kept = Pin.objects.filter(person=account.person_id).first()
    first = wanted is not None or kept is None
    refusal = None
    if request.method == "POST":
        try:
            _choose(request, account, None if first else kept)
        except Refusal as caught:
            refusal = caught
        else:
            request.session.pop(PIN_WANTED, None)
            return HttpResponseRedirect(wanted or f"{reverse('ways')}?told=pin")
    context: dict[str, Any] = {"first": first, "wanted": wanted, "refusal": refusal}
    if wanted:
        context["phone_nav"] = []
    return private(render(request, "choose_pin.html", context, status=refusal.status if refusal else 200))


def _choose(request: HttpRequest, account: Any, kept: Pin | None) -> None:
    sent, by = request.POST, cast(Visitor, request).actor
    if kept is not None:
        last = take_pin_try(by=door(), person=account.person)
        if not pins.is_right(sent.get("old", "")[:20], kept):
            if last:
                tell_pin_locked(by=door(), person=account.person)
            raise invalid("old", text("This is not your PIN of until now."), "pin.wrong")
    chosen = pins.chosen(sent.get("pin", "")[:20], sent.get("again", "")[:20], account.name, _phone_of(account))
    set_pin(by=by, person=account.person, pin=chosen, but=account.entered_id)


def _phone_of(account: Account) -> str:
    """Their own number, so that a PIN is not its end. It is compared and shown to nobody, so this is no reading."""
    try:
        return particulars.open_one("person", account.person_id, CONTACT, clock.now()) or ""
    except Refusal:
        return ""


@require_http_methods(["GET", "POST"])
def ways(request: HttpRequest) -> HttpResponse:
    """My ways in: phones, sign-ins, PIN, password, second factor. POST ends one, or all sign-ins but this one."""
    account, now = _account(request), clock.now()
    if request.method == "POST":
        told = _end(request, account)
        return HttpResponseRedirect(f"{reverse('ways')}?told={told}")
    rows = SignIn.objects.filter(holding(now), account=account).select_related("device")
    signed = list(rows.order_by("-last_seen_at")[:50])
    phones = Device.objects.filter(person=account.person_id, revoked_at__isnull=True, remembered_until__gt=now)
    context = {
        "sign_ins": [{"row": row, "way": WAYS[row.way], "here": row.pk == account.entered_id} for row in signed],
        "phones": list(phones.order_by("-last_seen_at")),
        "passkeys": list(account.passkeys.order_by("made_at")),
        "pin": Pin.objects.filter(person=account.person_id).first(),
        "may_factor": not came_as_member(request) and account.has_usable_password(),
        "told": request.GET.get("told", ""),
        "account": account,
    }
    return render(request, "ways.html", context)


def _end(request: HttpRequest, account: Any) -> str:
    by, what = cast(Visitor, request).actor, request.POST.get("what", "")
    if what == "others":
        end_other_sign_ins(by=by, account=account, but=account.entered_id)
        return "others"
    try:
        pk = UUID(request.POST.get("id", ""))
    except ValueError:
        raise not_found("way.unknown") from None
    if what == "sign_in":
        row = SignIn.objects.select_related("account__person").filter(pk=pk, account=account).first()
        if row is None:
            raise not_found("way.unknown")
        end_sign_in(by=by, sign_in=row)
        return "sign_in"
    device = Device.objects.select_related("person", "unit").filter(pk=pk, person=account.person_id).first()
    home = accounts.home_of(account.person_id)
    if device is None or home is None:
        raise not_found("way.unknown")
    revoke_device(by=by, unit=home, device=device)
    return "phone"


@require_http_methods(["GET", "POST"])
def own_password(request: HttpRequest) -> HttpResponse:
    """Another password; the old one is asked for, and each try of it is counted."""
    account, refusal = _account(request), None
    if came_as_member(request) or not account.has_usable_password():
        raise _without_password()
    if request.method == "POST":
        try:
            _change(request, account)
        except Refusal as caught:
            refusal = caught
        else:
            return HttpResponseRedirect(f"{reverse('ways')}?told=password")
    context = {"refusal": refusal}
    return private(render(request, "own_password.html", context, status=refusal.status if refusal else 200))


def _change(request: HttpRequest, account: Any) -> None:
    sent = request.POST
    counted = [guarded(LockOut.Kind.FACTOR, f"old {account.name}")]
    take_try(by=door(), what=counted)
    if not check_password(sent.get("old", "")[:200], account.password):
        raise invalid("old", text("This is not your password of until now."), "password.wrong")
    kept = accounts.chosen(sent.get("password", "")[:200], sent.get("again", "")[:200], account)
    accounts.change_password(by=cast(Visitor, request).actor, account=account, password=kept, but=account.entered_id)
    account.password = kept
    update_session_auth_hash(request, account)


def _without_password() -> Refusal:
    return Refusal(
        "password.none",
        text("A password and its second factor are changed by whoever came in by them."),
        text("Sign in with your password. Have you none? Ask for a link."),
        status=403,
    )


@require_http_methods(["GET", "POST"])
def factor(request: HttpRequest) -> HttpResponse:
    """Set up the authenticator: scan, type its code. Then the recovery codes are shown, once."""
    account = _account(request)
    if came_as_member(request) or not account.has_usable_password():
        raise _without_password()
    if account.factor_since is not None and not account.entered_two:
        raise _without_password()
    secret, refusal = _secret(request, account), None
    if request.method == "POST":
        try:
            step = factors.checked_step(secret, request.POST.get("code", "")[:20])
        except Refusal as caught:
            refusal = caught
        else:
            return _confirmed(request, account, secret, step)
    context = {
        "qr": codes.shown_qr(factors.address(secret, account.name), str(text("QR for the authenticator"))),
        "secret": codes.grouped(factors.spelled(secret)),
        "kept": signing.dumps(secret.hex(), salt=f"{SECRET_SALT}.{account.pk}"),
        "again": account.factor_since is not None,
        "refusal": refusal,
    }
    return private(render(request, "factor.html", context, status=refusal.status if refusal else 200))


def _secret(request: HttpRequest, account: Account) -> bytes:
    """The secret that the page showed, from its own form; a new one for a new page.

    It is kept nowhere until it is confirmed: the page says it in any case, and the signature says that we made it.
    """
    try:
        kept = signing.loads(request.POST.get("kept", ""), salt=f"{SECRET_SALT}.{account.pk}", max_age=SECRET_SECONDS)
        return bytes.fromhex(kept)
    except (signing.BadSignature, ValueError):
        return factors.new_secret()


def _confirmed(request: HttpRequest, account: Any, secret: bytes, step: int) -> HttpResponse:
    shown, hashes = factors.new_recovery_codes()
    by = cast(Visitor, request).actor
    factors.confirm_factor(by=by, account=account, secret=secret, step=step, recovery=hashes, here=account.entered_id)
    return private(render(request, "recovery_codes.html", {"codes": shown, "first": True}))


@require_POST
def recovery(request: HttpRequest) -> HttpResponse:
    """New recovery codes in the place of the old ones, shown once."""
    account = _account(request)
    if not account.entered_two:
        raise _without_password()
    shown, hashes = factors.new_recovery_codes()
    factors.renew_recovery_codes(by=cast(Visitor, request).actor, account=account, recovery=hashes)
    return private(render(request, "recovery_codes.html", {"codes": shown, "first": False}))
