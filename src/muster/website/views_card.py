"""What a card opens: the question whether it is you; the link for a password; a shared phone. And the PIN after it.

The code in the address is a secret, good for one use: these answers are kept by no cache, tell their address to no
other site, and stand in no log (logs.without_codes). GET changes nothing: previews and scanners open every link.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from muster.foundation import clock
from muster.foundation.errors import Refusal, text
from muster.organisation import accounts, cards, codes, pins
from muster.organisation.devices import no_pin, pin_is_locked, take_pin_try, tell_pin_locked
from muster.organisation.guessing import guarded, take_try
from muster.organisation.models import Account, Appointment, Code, Device, LockOut, Person, Pin, SignIn
from muster.organisation.people import actor_of
from muster.organisation.scope import below
from muster.organisation.shared_phones import enrol_shared_phone
from muster.organisation.sign_in import Entering, sign_in
from muster.website.letting_in import (
    PHONE_IDLE_SECONDS,
    PIN_WANTED,
    SHARED_IDLE_SECONDS,
    address_of,
    agent_of,
    device_of,
    door,
    forget_device,
    keep_device,
    let_in,
    new_device,
    private,
    safe_next,
)


@require_http_methods(["GET", "POST"])
def type_code(request: HttpRequest) -> HttpResponse:
    """Type the code of a card; the page of that card opens."""
    refusal = None
    if request.method == "POST":
        code = codes.plain(request.POST.get("code", "")[:80])
        if codes.is_code(code):
            return private(HttpResponseRedirect(reverse("card", args=[code])))
        refusal = cards.unknown()
    return private(render(request, "type_code.html", {"refusal": refusal}, status=refusal.status if refusal else 200))


@require_http_methods(["GET", "HEAD", "POST"])
def card(request: HttpRequest, code: str) -> HttpResponse:
    """The card, sheet or screen that somebody holds: what it opens, and two buttons. A dead one says what to do."""
    found = cards.found(code)
    refusal = cards.unknown() if found is None else cards.why_dead(found, clock.now())
    if found is None or refusal is not None:
        return _dead(request, refusal or cards.unknown())
    what = request.POST.get("what", "")
    if request.method != "POST" or what not in ("yes", "not_me"):
        return _page(request, found)
    try:
        if what == "not_me":
            cards.not_me(by=door(), code=found)
            return private(render(request, "card_not_me.html", {}))
        return private(_USE[found.purpose](request, found))
    except Refusal as caught:
        return _page(request, found, caught) if caught.fields else _dead(request, caught)


def _dead(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    context = {"refusal": refusal, "signed_in": request.user.is_authenticated}
    return private(render(request, "card_dead.html", context, status=refusal.status))


def _page(request: HttpRequest, code: Code, refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "code": code,
        "who": masked(code.person) if code.person else "",
        "shared": _is_shared(device_of(request)),
        "refusal": refusal,
    }
    page = {
        Code.Purpose.SIGN_IN: "card_is_it_you.html",
        Code.Purpose.SET_PASSWORD: "card_password.html",
        Code.Purpose.SHARED_PHONE: "card_shared_phone.html",
    }[Code.Purpose(code.purpose)]
    return private(render(request, page, context, status=refusal.status if refusal else 200))


def masked(person: Person) -> str:
    """Somebody's surname and no more: enough to see whether a card is one's own, too little for whoever found it."""
    return f"{person.name[:1]}*"


def _is_shared(device: Device | None) -> bool:
    return device is not None and device.unit_id is not None


def _use(request: HttpRequest, code: Code) -> HttpResponse:
    """*Yes, sign me in*: in, and on to the PIN; the phone is remembered, unless it is a shared one."""
    assert code.person is not None
    account, here = code.person.account, device_of(request)
    shared = here if here is not None and here.unit_id is not None else None
    device, secret = (None, "") if shared else new_device(request)
    entering = Entering(SignIn.Way.CODE, agent_of(request), shared)
    made = cards.use_code(by=actor_of(account, "phone"), code=code, entering=entering, device=device)
    let_in(request, account, made, idle_seconds=SHARED_IDLE_SECONDS if shared else PHONE_IDLE_SECONDS)
    request.session[PIN_WANTED] = reverse("roll:my")
    answer = HttpResponseRedirect(reverse("choose_pin"))
    if made.device is not None and not shared:
        keep_device(answer, made.device.pk, secret)
    return answer


def _set_password(request: HttpRequest, code: Code) -> HttpResponse:
    assert code.person is not None
    account = code.person.account
    sent = request.POST
    kept = accounts.chosen(sent.get("password", "")[:200], sent.get("again", "")[:200], account)
    accounts.set_password_by_link(by=actor_of(account, "web"), code=code, password=kept)
    return render(request, "card_password_set.html", {"name": account.name})


def _enrol(request: HttpRequest, code: Code) -> HttpResponse:
    device, secret = new_device(request)
    made = enrol_shared_phone(by=door(), code=code, device=device)
    answer = HttpResponseRedirect(reverse("pin"))
    keep_device(answer, made.pk, secret)
    return answer


_USE: dict[str, Any] = {
    Code.Purpose.SIGN_IN: _use,
    Code.Purpose.SET_PASSWORD: _set_password,
    Code.Purpose.SHARED_PHONE: _enrol,
}


@require_http_methods(["GET", "POST"])
def pin(request: HttpRequest) -> HttpResponse:
    """A remembered phone asks for the PIN; a shared one for the number too."""
    device = device_of(request)
    if device is None:
        answer = HttpResponseRedirect(reverse("type_code"))
        forget_device(answer)
        return private(answer)
    refusal = None
    if request.method == "POST":
        try:
            return _with_pin(request, device)
        except Refusal as caught:
            refusal = caught
    context = {
        "device": device,
        "who": masked(device.person) if device.person else "",
        "refusal": refusal,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "number": request.POST.get("number", ""),
    }
    return private(render(request, "pin.html", context, status=refusal.status if refusal else 200))


def _with_pin(request: HttpRequest, device: Device) -> HttpResponse:
    """Count the try, look at the PIN, let in. Raises: Refusal."""
    counted = [address_of(request)]
    if device.unit_id is not None:
        # On a shared phone numbers can be tried as well: what is not there is counted like what is.
        counted.append(guarded(LockOut.Kind.ACCOUNT, f"pin {request.POST.get('number', '')[:64]}"))
    take_try(by=door(), what=counted)
    account = _whose(request, device)
    kept = Pin.objects.filter(person=account.person_id).first() if account else None
    last = _count(account, kept, device)
    if not pins.is_right(request.POST.get("pin", "")[:20], kept) or account is None:
        if last and account is not None:
            tell_pin_locked(by=door(), person=account.person)
            raise pin_is_locked()
        raise _wrong(shared=device.unit_id is not None)
    entering = Entering(SignIn.Way.PIN, agent_of(request), device, counted)
    made = sign_in(by=actor_of(account, "phone"), account=account, entering=entering)
    shared = device.unit_id is not None
    let_in(request, account, made, idle_seconds=SHARED_IDLE_SECONDS if shared else PHONE_IDLE_SECONDS)
    return HttpResponseRedirect(safe_next(request, reverse("roll:my")))


def _whose(request: HttpRequest, device: Device) -> Account | None:
    rows = Account.objects.select_related("person").filter(disabled_at__isnull=True)
    if device.person_id is not None:
        return rows.filter(person=device.person_id).first()
    # Only whoever belongs to the unit, or below it: from a post's phone nobody tries the PINs of the whole district.
    assert device.unit is not None
    here = Appointment.objects.filter(below(device.unit.path, "unit__path"), until__isnull=True)
    number = request.POST.get("number", "").strip()[:64]
    return rows.filter(name=number, person__in=here.values("person")).first()


def _count(account: Account | None, kept: Pin | None, device: Device) -> bool:
    """Count a try of this person's PIN; whether it was the last. Raises: Refusal `pin.locked`, `pin.none`."""
    if account is not None and kept is not None:
        return take_pin_try(by=door(), person=account.person)
    if device.person_id is not None:
        raise no_pin()
    return False


def _wrong(*, shared: bool) -> Refusal:
    return Refusal(
        "pin.wrong",
        text("Number or PIN is wrong.") if shared else text("This PIN is wrong."),
        text("After five wrong ones it is locked, and the lead of your unit is told."),
        status=403,
    )
