"""Whoever asks the API by a token (docs/rules/tokens.md): no cookie, no page, and nothing that the token is not for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, FilteredRelation, Q, Subquery, Value
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from muster.foundation import clock
from muster.foundation.errors import Refusal
from muster.foundation.rights import Actor
from muster.organisation import tokens
from muster.organisation.guessing import Guarded, is_locked, take_try
from muster.organisation.models import Account, LockOut
from muster.organisation.sign_in import has_ended
from muster.website.letting_in import address_of, door
from muster.website.steps import API
from muster.website.who import with_grants

WAY = "token"


class ByTokenMiddleware:
    """Sets request.user to the owner of the token that is shown, whatever session the request brings along."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if shown(request) is not None:
            request.user = SimpleLazyObject(lambda: _owner(request))  # type: ignore[assignment]
        return self.get_response(request)


def shown(request: HttpRequest) -> str | None:
    """What is shown as a token; None where none is. A page looks at none: it is for people."""
    kind, _, words = request.headers.get("Authorization", "").partition(" ")
    return words.strip() if kind.lower() == "bearer" and request.path.startswith(API) else None


def _owner(request: HttpRequest) -> Any:
    """Whose token it is; else nobody, and why is noted on the request as `token_refused`."""
    hashed, counted = tokens.hash_of(shown(request) or ""), address_of(request, WAY)
    found = _found(hashed, counted) if hashed else None
    refused = _guessed(counted) if found is None else _why_not(found)
    if found is None or refused is not None:
        request.token_refused = refused  # type: ignore[attr-defined]
        return AnonymousUser()
    tokens.used(found.token_id, found.token_used_at)
    return found


def _found(hashed: str, counted: Guarded) -> Any:
    """The account with its token, whatever became of either, and with its grants. One query."""
    at = clock.now()
    locked = LockOut.objects.filter(kind=counted.kind, key_hmac=counted.key, locked_until__gt=at)
    rows = Account.objects.annotate(
        token=FilteredRelation("tokens", condition=Q(tokens__hash=hashed)),
        token_id=F("token__pk"),
        token_scopes=F("token__scopes"),
        token_expires_at=F("token__expires_at"),
        token_ended_at=F("token__ended_at"),
        token_used_at=F("token__last_used_at"),
        token_path=F("token__unit__path"),
        entered_two=F("token__two_factors"),
        entered_way=Value(WAY),
        locked_until=Subquery(locked.values("locked_until")[:1]),
    )
    return with_grants(rows.filter(token__isnull=False))


def _why_not(found: Any) -> Refusal | None:
    if found.locked_until is not None:
        # Else whoever guesses would learn from the one that is let in.
        return is_locked(found.locked_until)
    dead = tokens.why_dead(found.token_ended_at, found.token_expires_at, clock.now())
    return has_ended() if dead is None and found.disabled_at is not None else dead


def _guessed(counted: Guarded) -> Refusal:
    """A token that nobody has: the address's tries are counted."""
    try:
        take_try(by=door(), what=[counted])
    except Refusal as refusal:
        return refusal
    return tokens.unknown()


def is_by_token(user: Any) -> bool:
    """Whether somebody is in by a token."""
    return getattr(user, "entered_way", "") == WAY


def actor(user: Any, whole: Actor) -> Actor:
    """The owner as the token lets them act."""
    return tokens.narrowed(whole, user.token_id, user.token_path or "")
