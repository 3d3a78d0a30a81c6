"""What the API of every room shares: who asks, strict input, one answer a request, JSON that is nobody else's.

A room's `api.py` holds a Router; the website puts them together and turns refusals into problem documents.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, ParamSpec, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import get_language
from ninja import Header
from ninja.operation import Operation
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from muster.foundation import audit
from muster.foundation.action import AlreadyDone
from muster.foundation.errors import Refusal, text
from muster.foundation.models import AuditLine
from muster.foundation.rights import Actor

ROWS_MAX = 1000
"""Rows of one page at most."""
SHORT_MAX = 120
"""Characters of a code, a key, a number or a moment at most."""


class ApiRequest(HttpRequest):
    """A request that has passed the door: for the type checker; never made."""

    auth: Actor


class Input(BaseModel):
    """What is sent in: nothing is taken for something else, and no field is dropped silently."""

    model_config = ConfigDict(extra="forbid")


def _plain(words: str) -> str:
    """Refuse what no code, key or number holds: control characters, of which PostgreSQL keeps NUL in no text."""
    if not words.isprintable():
        raise PydanticCustomError("not_printable", "no control characters")
    return words


Short = Annotated[str, StringConstraints(min_length=1, max_length=SHORT_MAX), AfterValidator(_plain)]
"""A code, a key, a number, a moment."""


class Part(Input):
    """Which rows of a list: `limit` of them from the place `offset` on, which counts from 0."""

    limit: int = Field(100, ge=1, le=ROWS_MAX, description=f"rows of one page, {ROWS_MAX} at most")
    offset: int = Field(0, ge=0, le=10_000_000, description="rows before the page")


def _unquoted(words: Any) -> Any:
    # The draft of the header's standard writes its value in quotes.
    return words.strip('"') if isinstance(words, str) else words


RequestKey = Annotated[
    UUID | None,
    BeforeValidator(_unquoted),
    Header(
        None,
        alias="Idempotency-Key",
        description="the caller's own id (UUID) of this request: sent again with it, it is done once",
    ),
]


P = ParamSpec("P")
R = TypeVar("R")


def scope(key: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declares what a token must be for, to ask this operation. One that declares nothing is closed to all tokens."""

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        view.token_scope = key  # type: ignore[attr-defined]
        return view

    return declare


def scope_of(operation: Operation) -> str | None:
    """The scope that an operation declares; None for one that is closed to tokens."""
    return getattr(operation.view_func, "token_scope", None)


def once(verb: Callable[..., R], key: UUID | None, *, by: Actor, **inputs: Any) -> R | None:
    """Run an action for a request; None when the same request was done before.

    Raises: Refusal `request.reused` (422) when the key stands for another request.
    """
    try:
        return verb(by=by, request=key, **inputs)
    except AlreadyDone as done:
        _require_same(done.line, verb, by, inputs)
    return None


def _require_same(line: UUID, verb: Any, by: Actor, inputs: Mapping[str, Any]) -> None:
    done = AuditLine.objects.only("verb", "actor_account", "input_hmac").get(pk=line)
    same = (done.verb, done.actor_account) == (verb.verb, by.account_id)
    if not same or not audit.is_asked_by(inputs, done.input_hmac):
        raise Refusal(
            "request.reused",
            text("This Idempotency-Key was used for another request. Nothing was written."),
            text("Send this one with a new key."),
            status=422,
            fields={"Idempotency-Key": text("It was used for another request.")},
        )


def answer(content: Any, *, status: int = 200, keep: bool = False) -> HttpResponse:
    """JSON for whoever is signed in and nobody else. keep: it may be kept to be asked about again, else not at all."""
    found = HttpResponse(_bytes(content), status=status, content_type="application/json")
    _private(found, keep=keep)
    return found


def _private(found: HttpResponse, *, keep: bool) -> None:
    found["Cache-Control"] = "private, no-cache" if keep else "private, no-store"
    patch_vary_headers(found, ["Cookie", "Authorization", "Accept-Language"])


def _bytes(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, default=_written).encode()


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def answer_if_changed(request: HttpRequest, by: Actor, content: Any, same: Any) -> HttpResponse:
    """JSON with an ETag, or 304 where the reader has it already.

    same: what makes two answers say the same thing, the moment *now* left out. The tag is of the account and the
    language too, so that it tells nobody what another one sees; it is a weak one, since *now* moves on.
    """
    whose = [str(by.account_id), get_language(), request.path, same]
    tag = f'W/"{hashlib.sha256(_bytes(whose)).hexdigest()[:40]}"'
    given = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in given or tag in given or tag.removeprefix("W/") in given:
        found: HttpResponse = HttpResponseNotModified()
        _private(found, keep=True)
    else:
        found = answer(content, keep=True)
    found["ETag"] = tag
    return found


def page_link(request: HttpRequest, query: Mapping[str, Any], limit: int, offset: int, count: int) -> str:
    """The `Link` header that leads to the next page of `count` rows; empty on the last one."""
    if offset + limit >= count:
        return ""
    following = {k: v for k, v in query.items() if v not in (None, "")} | {"limit": limit, "offset": offset + limit}
    return f'<{request.path}?{urlencode(following)}>; rel="next"'


def example(content: Any, *, sent: Any = None) -> dict[str, Any]:
    """`openapi_extra` of an operation: what it answers, and what was sent for it."""
    found: dict[str, Any] = {"responses": {200: {"content": {"application/json": {"example": content}}}}}
    if sent is not None:
        found["requestBody"] = {"content": {"application/json": {"example": sent}}}
    return found
