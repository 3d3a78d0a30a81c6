"""The office's pages of accounts: who has which way in; opened, ended, a link for a password, a factor reset."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from muster.foundation import clock
from muster.foundation.errors import Refusal, not_found
from muster.foundation.rights import Actor, refused
from muster.organisation import accounts, codes, known_accounts, tokens
from muster.organisation.asking import page_number
from muster.organisation.models import Account, ApiToken, SignIn
from muster.organisation.roles import ADMINISTRATOR, COMMANDER, LEAD
from muster.organisation.sign_in import WAYS, holding

PAGE_ROWS = 50


def _keeper(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.has(ADMINISTRATOR, COMMANDER, LEAD):
        raise refused()
    return actor


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The accounts of my units, found by name or number; an administrator sees numbers only."""
    actor, now, page = _keeper(request), clock.now(), page_number(request)
    words, which = request.GET.get("q", "")[:80], request.GET.get("show", "office")
    which = which if which in known_accounts.SHOWN else "office"
    rows = known_accounts.listed(actor, words, which, now)
    part = list(rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS + 1])
    context = {
        "rows": known_accounts.with_roles(actor, part[:PAGE_ROWS], now),
        "which": which,
        "words": words,
        "page": page,
        "more": len(part) > PAGE_ROWS,
    }
    return render(request, "organisation/accounts.html", context)


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An account: its ways in and its sign-ins. POST opens or ends it, makes a link, or resets the second factor."""
    actor, now = _keeper(request), clock.now()
    account, refusal = _seen(actor, pk), None
    if request.method == "POST":
        try:
            return _done(request, actor, account)
        except Refusal as caught:
            refusal, account = caught, _seen(actor, pk)
    rows = SignIn.objects.filter(holding(now), account=account).order_by("-last_seen_at")[:20]
    held = ApiToken.objects.filter(tokens.holding(now), account=account).select_related("unit").order_by("made_at")
    context = {
        "row": known_accounts.with_roles(actor, [account], now)[0],
        "tokens": [tokens.shown(row, now) for row in held],
        "account": account,
        "sign_ins": [{"row": row, "way": WAYS[row.way]} for row in rows],
        "may": accounts.may_keep(actor, account, now) and actor.account_id != account.pk,
        "told": request.GET.get("told", ""),
        "refusal": refusal,
    }
    return render(request, "organisation/account.html", context, status=refusal.status if refusal else 200)


def _seen(actor: Actor, pk: UUID) -> Any:
    found = known_accounts.listed(actor, "", "all", clock.now()).filter(pk=pk).first()
    if found is None:
        raise not_found("account.unknown")
    return found


def _done(request: HttpRequest, actor: Actor, account: Account) -> HttpResponse:
    what = request.POST.get("what", "")
    if what == "link":
        return _link(request, actor, account)
    if what == "token":
        accounts.end_token(by=actor, token=tokens.token_of(account.pk, request.POST.get("id", "")))
        return HttpResponseRedirect(f"{reverse('organisation:account', args=[account.pk])}?told=token")
    verbs: dict[str, Any] = {
        "open": accounts.open_account,
        "end": accounts.end_account,
        "reset": accounts.reset_factor,
        "out": accounts.end_sign_ins,
    }
    if what not in verbs:
        raise not_found("account.unknown")
    verbs[what](by=actor, account=account)
    return HttpResponseRedirect(f"{reverse('organisation:account', args=[account.pk])}?told={what}")


def _link(request: HttpRequest, actor: Actor, account: Account) -> HttpResponse:
    """The sheet for a password: shown once, to be printed or scanned off this screen."""
    code = codes.make()
    accounts.issue_password_link(by=actor, account=account, hash=codes.hash_of(code))
    link = request.build_absolute_uri(reverse("card", args=[code]))
    context = {
        "account": account,
        "name": known_accounts.with_roles(actor, [account], clock.now())[0]["name"],
        "qr": codes.shown_qr(link, _("Link to choose a password")),
        "link": link,
        "letters": codes.grouped(code),
        "until": clock.now() + accounts.LINK_VALID,
    }
    answer = render(request, "organisation/password_link.html", context)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "strict-origin"
    return answer
