"""Signing in with name and password, then the second factor. Plain forms: they work without scripts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from muster.foundation import clock
from muster.foundation.errors import Refusal, text
from muster.organisation.guessing import Guarded, guarded, take_try
from muster.organisation.models import Account, LockOut, SignIn
from muster.organisation.people import actor_of
from muster.organisation.second_factor import Shown, looked_at
from muster.organisation.sign_in import Entering, sign_in
from muster.website.door import home_of
from muster.website.letting_in import (
    OFFICE_IDLE_SECONDS,
    PENDING,
    address_of,
    agent_of,
    door,
    let_in,
    private,
    safe_next,
)
from muster.website.who import Visitor

PENDING_SECONDS = 300
LENGTH_MAX = 200


@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Name and password. `more`: somebody who came by PIN opens a page of the office."""
    refusal = None
    if request.method == "POST":
        try:
            return _with_password(request)
        except Refusal as caught:
            refusal = caught
    more = request.GET.get("more") == "1" and request.user.is_authenticated
    context = {
        "refusal": refusal,
        "more": more,
        "name": request.POST.get("name", "") or (cast(Visitor, request).actor.name if more else ""),
        "next": request.POST.get("next") or request.GET.get("next", ""),
    }
    return private(render(request, "password.html", context, status=_status(refusal)))


def _status(refusal: Refusal | None) -> int:
    return refusal.status if refusal else 200


def _with_password(request: HttpRequest) -> HttpResponse:
    """Count the try, look at the password, go on to the second factor or in. Raises: Refusal."""
    name = request.POST.get("name", "").strip()[:64]
    counted = [guarded(LockOut.Kind.ACCOUNT, name), address_of(request)]
    take_try(by=door(), what=counted)
    account = _account_of(name, request.POST.get("password", "")[:LENGTH_MAX])
    if account.factor_since is None:
        return _enter(request, account, counted, None)
    request.session.cycle_key()
    request.session[PENDING] = {
        "account": str(account.pk),
        "until": clock.machine_now().timestamp() + PENDING_SECONDS,
        "next": request.POST.get("next", ""),
    }
    return HttpResponseRedirect(reverse("second_factor"))


def _account_of(name: str, words: str) -> Account:
    """The account with this name and password. Nobody's takes as long. Raises: Refusal `sign_in.wrong`."""
    account = Account.objects.select_related("person").filter(name=name, disabled_at__isnull=True).first()
    kept = account.password if account is not None and account.has_usable_password() else _nobodys()
    if not check_password(words, kept) or account is None or kept == _nobodys():
        raise Refusal(
            "sign_in.wrong",
            text("Name or password is wrong."),
            text("After five wrong tries nobody is let in for a while. Forgotten? Ask for a new link."),
            status=403,
        )
    return account


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """The hash of a password that nobody has."""
    return make_password(secrets.token_urlsafe(32))


def _enter(
    request: HttpRequest, account: Account, counted: Sequence[Guarded], shown: Shown | None, wanted: str = ""
) -> HttpResponse:
    entering = Entering(SignIn.Way.PASSWORD, agent_of(request), counted=counted, shown=shown)
    made = sign_in(by=actor_of(account, "web"), account=account, entering=entering)
    let_in(request, account, made, idle_seconds=OFFICE_IDLE_SECONDS)
    return HttpResponseRedirect(safe_next(request, home_of(request), wanted))


@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """The code of the authenticator, or a recovery code, of whoever has just shown their password."""
    pending: dict[str, Any] = request.session.get(PENDING, {})
    if not pending or pending["until"] < clock.machine_now().timestamp():
        return HttpResponseRedirect(reverse("password"))
    refusal = None
    if request.method == "POST":
        try:
            return _with_factor(request, pending)
        except Refusal as caught:
            refusal = caught
    return private(render(request, "second_factor.html", {"refusal": refusal}, status=_status(refusal)))


def _with_factor(request: HttpRequest, pending: dict[str, Any]) -> HttpResponse:
    account = Account.objects.select_related("person").get(pk=UUID(pending["account"]))
    counted = [guarded(LockOut.Kind.FACTOR, account.name), address_of(request)]
    take_try(by=door(), what=counted)
    shown = looked_at(account, request.POST.get("code", "")[:LENGTH_MAX])
    if shown is None:
        raise Refusal(
            "factor.wrong",
            text("This is not the code of this moment."),
            text("Type the one that the app shows now, or a recovery code."),
            status=403,
        )
    both = [*counted, guarded(LockOut.Kind.ACCOUNT, account.name), address_of(request)]
    return _enter(request, account, both, shown, pending["next"])
