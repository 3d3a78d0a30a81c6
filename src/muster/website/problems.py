"""Problem documents (RFC 9457): whatever the API refuses, as JSON in the reader's language, with what to do next."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from ninja.errors import HttpError, ValidationError
from pydantic import BaseModel, Field

from muster.foundation.errors import Refusal, Text, text

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
SHOWN_MAX = 20
"""Errors of fields that one document lists."""

TITLES: dict[int, Text] = {
    400: text("It could not be read"),
    401: text("Not signed in"),
    403: text("Not allowed"),
    404: text("Not found"),
    405: text("Not possible at this address"),
    409: text("Refused as things stand"),
    411: text("Without its length"),
    413: text("Too large"),
    415: text("Not JSON"),
    422: text("Something in it is wrong"),
    429: text("Too many tries"),
    500: text("Muster failed"),
    503: text("Not now"),
}


class FieldError(BaseModel):
    """What is wrong with one field, parameter or header."""

    field: str
    detail: str


class Problem(BaseModel):
    """Why it was refused. `code` is stable, for programs; the other words are for people, in their language."""

    type: str = Field(description="urn:muster:problem:<code>")
    title: str
    status: int
    detail: str
    code: str
    next_step: str = Field(description="what to do next; may be empty")
    errors: list[FieldError] = Field(description="per field; empty where no field is to blame")


EXAMPLE = {
    "type": "urn:muster:problem:as_of.ahead",
    "title": "Something in it is wrong",
    "status": 422,
    "detail": "This moment lies ahead, or is younger than 10 seconds: it is not settled.",
    "code": "as_of.ahead",
    "next_step": "Mend it and send it again. Nothing was written.",
    "errors": [
        {"field": "as_of", "detail": "This moment lies ahead, or is younger than 10 seconds: it is not settled."}
    ],
}

WORDS: dict[str, Text] = {
    "missing": text("This is needed."),
    "extra_forbidden": text("There is no such field."),
    "string_type": text("This must be a text."),
    "string_unicode": text("This is no readable text."),
    "invalid_key": text("The name of a field is no readable text."),
    "string_too_short": text("This must not be empty."),
    "string_too_long": text("This may have %(max_length)s characters at most."),
    "not_printable": text("This holds characters that cannot be printed."),
    "bool_type": text("This must be true or false."),
    "uuid_type": text("This is no id (UUID)."),
    "uuid_parsing": text("This is no id (UUID)."),
    "int_parsing": text("This must be a whole number."),
    "int_parsing_size": text("This number is too large."),
    "greater_than_equal": text("This must be %(ge)s at least."),
    "less_than_equal": text("This must be %(le)s at most."),
    "literal_error": text("Choose one of these: %(expected)s."),
    "model_type": text("This must be an object with fields."),
    "model_attributes_type": text("This must be an object with fields."),
}
"""What is wrong with a field, by the type of error of the checker of input."""


def of_refusal(refusal: Refusal) -> HttpResponse:
    """A refusal of an action or a question."""
    errors = [(field, str(words)) for field, words in refusal.fields.items()]
    status = refusal.status if refusal.status >= 400 else 409
    found = problem(status, refusal.code, refusal.message, refusal.next_step, errors)
    if refusal.code.startswith("token."):
        found["WWW-Authenticate"] = _challenge(refusal)
    return found


def _challenge(refusal: Refusal) -> str:
    """What a program is told about its token, as RFC 6750 has it."""
    if "scope" in refusal.details:
        return f'Bearer realm="muster", error="insufficient_scope", scope="{refusal.details["scope"]}"'
    return f'Bearer realm="muster", error="{"invalid_token" if refusal.status == 401 else "insufficient_scope"}"'


def of_input(error: ValidationError) -> HttpResponse:
    """Fields, parameters or headers that are not what they must be."""
    found = [(_field(one["loc"]), _words(one)) for one in error.errors]
    return wrong_fields(found)


def wrong_fields(errors: Sequence[tuple[str, str]], code: str = "request.invalid") -> HttpResponse:
    """(field, what is wrong with it), one after the other."""
    return problem(
        422,
        code,
        gettext("Not everything in the request is as it must be."),
        gettext("Mend it and send it again. Nothing was written."),
        errors,
    )


def _field(location: Sequence[str | int]) -> str:
    """The name of a field: where it was sent, and the argument that takes the body, say nothing to a reader."""
    source, *names = map(str, location)
    if source == "body":
        return ".".join(names[1:])[:80] or "body"
    return ".".join(names)[:80]


def _words(error: Mapping[str, Any]) -> str:
    words = WORDS.get(error["type"])
    if words is None:
        return gettext("This is not valid.")
    shown = {key: str(value).replace("'", "").replace(" or ", ", ") for key, value in error.get("ctx", {}).items()}
    return str(words) % shown if shown else str(words)


def of_reading(error: HttpError, errors: Sequence[tuple[str, str]] = ()) -> HttpResponse:
    """A body that is no JSON: says where, when that is known; errors: (field, what is wrong with it)."""
    cause = error.__cause__
    if isinstance(cause, json.JSONDecodeError):
        detail = gettext("The body is no JSON: line %(line)s, column %(column)s.") % {
            "line": cause.lineno,
            "column": cause.colno,
        }
    elif isinstance(cause, UnicodeDecodeError):
        detail = gettext("The body is no UTF-8: byte %(place)s.") % {"place": cause.start + 1}
    elif isinstance(cause, RecursionError):
        detail = gettext("The body is nested too deeply.")
    else:
        detail = gettext("The body could not be read as JSON.")
    return problem(400, "request.malformed", detail, gettext("Send one JSON object in UTF-8."), errors)


def not_signed_in() -> HttpResponse:
    """Nobody is signed in."""
    found = problem(
        401,
        "request.not_signed_in",
        gettext("You are not signed in, or your session has ended."),
        gettext("Sign in on the page, then send it again."),
    )
    found["WWW-Authenticate"] = 'Session realm="muster", Bearer realm="muster"'
    return found


def not_there() -> HttpResponse:
    """An address that the API does not have."""
    return problem(
        404,
        "request.no_operation",
        gettext("The API has nothing at this address."),
        gettext("Its operations stand in /api/openapi.json."),
    )


def not_possible(request: HttpRequest, allowed: Iterable[str]) -> HttpResponse:
    """A method that the address does not have."""
    methods = ", ".join(sorted(allowed))
    found = problem(
        405,
        "request.method",
        gettext("%(method)s is not possible here.") % {"method": (request.method or "")[:10]},
        gettext("This address takes %(methods)s.") % {"methods": methods},
    )
    found["Allow"] = methods
    return found


def failed() -> HttpResponse:
    """A fault of Muster's own."""
    return problem(
        500,
        "server.failed",
        gettext("This is a fault of Muster, not of your request. Nothing was written."),
        gettext("Send it again. If it fails again, tell whoever runs this server."),
    )


def busy() -> HttpResponse:
    """The database gave no lock or no connection in time."""
    return problem(
        503, "server.busy", gettext("The database is busy. Nothing was written."), gettext("Send it again in a moment.")
    )


def problem(
    status: int, code: str, detail: str, next_step: str = "", errors: Sequence[tuple[str, str]] = ()
) -> HttpResponse:
    """A problem document; never kept by anybody on the way."""
    content = Problem(
        type=f"urn:muster:problem:{code}",
        title=str(TITLES.get(status, TITLES[409])),
        status=status,
        detail=detail,
        code=code,
        next_step=next_step,
        errors=[FieldError(field=field, detail=words) for field, words in errors[:SHOWN_MAX]],
    )
    # A name that was sent may hold half a character.
    body = json.dumps(content.model_dump(), ensure_ascii=False).encode(errors="replace")
    found = HttpResponse(body, status=status, content_type=MEDIA_TYPE)
    found["Cache-Control"] = "private, no-store"
    patch_vary_headers(found, ["Cookie", "Authorization", "Accept-Language"])
    if status == 503:
        found["Retry-After"] = str(RETRY_SECONDS)
    return found
