"""Tokens of the API: made and ended by their owner, ended with everything else that lets an account in.

Rules: docs/rules/tokens.md.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from muster.foundation import clock
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.rights import HOUSE, Actor, refused
from muster.organisation.models import Account, ApiToken, Unit
from muster.organisation.scope import covers
from muster.organisation.scopes import SCOPES, labels

PREFIX = "muster_"
"""By it those who look for leaked keys know one of ours."""
LETTERS = string.ascii_letters + string.digits
LENGTH = 40
_FORM = re.compile(rf"{PREFIX}[A-Za-z0-9]{{{LENGTH}}}", re.ASCII)
MOST = 20
NAME_LENGTH_MAX = 60
USED_EVERY_SECONDS = 300


def make() -> str:
    """A new token. It is shown once and kept nowhere."""
    return PREFIX + "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def hash_of(words: str) -> str:
    """The hash that is kept, in hex; "" for words that are no token."""
    return hashlib.sha256(words.encode()).hexdigest() if _FORM.fullmatch(words) else ""


@dataclass(frozen=True)
class NewToken:
    """A token about to be made. two_factors: whoever makes it has shown two."""

    name: str
    hash: str
    scopes: Collection[str]
    expires_at: datetime
    unit: Unit | None = None
    two_factors: bool = False


def longest() -> timedelta:
    """So long a token lasts at most: MUSTER_TOKEN_DAYS."""
    return timedelta(days=settings.TOKEN_DAYS_MAX)


@action("organisation.make_token", roles=(HOUSE,), self_of="account.person")
def make_token(*, by: Actor, account: Account, token: NewToken) -> ApiToken:
    """Let a program ask as one's account, for some of what it may do, until an end; never by a token.

    Raises: Refusal `rights.refused`, `token.name`, `token.scopes`, `token.end`, `token.too_many`, `account.ended`.
    """
    if by.token_id is not None:
        raise refused()
    row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    at = locked()
    _require_sound(row, token, at)
    current_line().note(row.pk)
    made = ApiToken.objects.create(
        account=row,
        name=" ".join(token.name.split()),
        hash=token.hash,
        scopes=" ".join(key for key in SCOPES if key in token.scopes),
        unit=token.unit,
        two_factors=token.two_factors,
        made_at=at,
        expires_at=token.expires_at,
    )
    current_line().note(made.pk)
    current_line().change("scopes", "", made.scopes)
    current_line().change("expires_at", None, made.expires_at)
    return made


def _require_sound(account: Account, token: NewToken, at: datetime) -> None:
    if account.disabled_at is not None:
        raise Refusal("account.ended", text("This account has ended."), text("Let it in again first."), status=409)
    if not 0 < len(" ".join(token.name.split())) <= NAME_LENGTH_MAX:
        raise invalid("name", text("Say what it is for, in 60 characters at most."), "token.name")
    if not token.scopes or not set(token.scopes) <= set(SCOPES):
        raise invalid("scopes", text("Choose what it may do."), "token.scopes")
    if not at < token.expires_at <= at + longest():
        raise invalid(
            "until",
            text("Choose an end that lies ahead, within %(days)s days."),
            "token.end",
            days=settings.TOKEN_DAYS_MAX,
        )
    if ApiToken.objects.filter(holding(at), account=account).count() >= MOST:
        raise Refusal("token.too_many", text("There are %(most)s tokens already."), text("End one first."), most=MOST)


def holding(at: datetime) -> Q:
    """Tokens that hold: neither ended nor past their end."""
    return Q(ended_at__isnull=True, expires_at__gt=at)


def end_tokens(which: QuerySet[ApiToken], at: datetime) -> int:
    """End those of some tokens that still stand. Inside an action."""
    rows = which.filter(ended_at__isnull=True)
    current_line().note(*rows.values_list("pk", flat=True)[:MOST])
    return rows.update(ended_at=at)


def why_dead(ended_at: datetime | None, expires_at: datetime, at: datetime) -> Refusal | None:
    """Why a token opens nothing any more, and what to do; None for one that holds."""
    if ended_at is not None:
        return _dead("token.ended", text("This token was ended."))
    if expires_at <= at:
        return _dead("token.expired", text("This token has expired."))
    return None


def shown(row: ApiToken, at: datetime) -> dict[str, Any]:
    """A token as the pages list it: its row, its scopes in words, whether it holds."""
    return {"row": row, "scopes": labels(row.scopes.split()), "holds": row.ended_at is None and row.expires_at > at}


def token_of(account: UUID, words: str) -> ApiToken:
    """A token of an account by its id, as somebody sent it. Raises: Refusal (404)."""
    try:
        pk = UUID(words)
    except ValueError:
        raise not_found("token.unknown") from None
    found = ApiToken.objects.select_related("account__person").filter(pk=pk, account=account).first()
    if found is None:
        raise not_found("token.unknown")
    return found


def unknown() -> Refusal:
    """Nothing here has this token."""
    return _dead("token.unknown", text("There is no such token."))


def _dead(code: str, message: object) -> Refusal:
    return Refusal(
        code,
        message,  # type: ignore[arg-type]
        text("Its owner makes a new one under Me, Signing in, API tokens."),
        status=401,
    )


def narrowed(actor: Actor, token: UUID, path: str) -> Actor:
    """The owner as the token lets them act: nothing outside of the unit of `path`; "" for wherever they may."""
    by_token = replace(actor, channel="api", token_id=token, within=path)
    if not path:
        return by_token
    lent = tuple((role, _within(path, held), person) for role, held, person in actor.stand_ins)
    return replace(
        by_token,
        grants=tuple((role, inside) for role, held in actor.grants if (inside := _within(path, held))),
        stand_ins=tuple((role, inside, person) for role, inside, person in lent if inside),
    )


def _within(path: str, held: str) -> str:
    """What is left of a grant at `held` within the unit of `path`; "" for nothing."""
    if covers(held, path):
        return path
    return held if covers(path, held) else ""


def used(pk: UUID, last: datetime | None) -> None:
    """Write down that a token is used, at most once in five minutes; a write without a verb, as sign_in.seen is."""
    now = clock.now()
    if last is None or now - last >= timedelta(seconds=USED_EVERY_SECONDS):
        ApiToken.objects.filter(pk=pk, ended_at__isnull=True).update(last_used_at=now)
