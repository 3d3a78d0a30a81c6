"""What is read of a request before any view: a form or an address that nobody can read is refused with a page.

The API reads its own bodies, and answers with problem documents.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import BoundedSemaphore

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from muster.foundation.errors import Refusal, text
from muster.website.middleware import refused
from muster.website.steps import API

NUL = "\x00"
TURNS = BoundedSemaphore(4)
"""So many requests are worked on at once; more would only take the processor from each other."""


class ReadableMiddleware:
    """Reads the form once, after the reader is known and before the form's token is looked for.

    Django's own answers to a body that it cannot read look for the token in the same body again, and fail.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(API):
            _receive(request)
            return self._in_turn(request)
        refusal = _unreadable(request)
        if refusal is not None:
            return refused(request, refusal)
        answer = self._in_turn(request)
        return _not_possible(request, answer) if answer.status_code == 405 else answer

    def _in_turn(self, request: HttpRequest) -> HttpResponseBase:
        """Whoever is still sending holds no turn: all has come by now."""
        with TURNS:
            return self.get_response(request)


def _receive(request: HttpRequest) -> None:
    """Take the body in. What is too large, breaks off or has no length is left to the API, which says so."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        with suppress(RequestDataTooBig, UnreadablePostError):
            request.body  # noqa: B018


def _unreadable(request: HttpRequest) -> Refusal | None:
    """Why the address or the form cannot be read; None when they can."""
    charset = request.content_params.get("charset", "utf-8") if request.content_params else "utf-8"
    if charset.lower().replace("_", "-") not in ("utf-8", "utf8"):
        return Refusal(
            "request.charset",
            text("The form is not in UTF-8. Nothing was written."),
            text("Send it from Muster's own page."),
            status=415,
        )
    try:
        sent = [*request.GET.values(), *request.POST.values()]
    except RequestDataTooBig:
        return Refusal(
            "request.too_big",
            text("The form is larger than 2.5 MB. Nothing was written."),
            text("Shorten what was filled in, and send it again."),
            status=413,
        )
    except Refusal as refusal:  # the file in it is too large
        return refusal
    except (SuspiciousOperation, MultiPartParserError, UnicodeError):
        return _malformed()
    # PostgreSQL keeps no text with this sign in it, and nobody types it.
    return _malformed() if any(NUL in str(words) for words in sent) or NUL in request.path else None


def _malformed() -> Refusal:
    return Refusal(
        "request.malformed",
        text("The address or the form holds something that is not allowed there. Nothing was written."),
        text("Go back, look at what was filled in, and send it again."),
        status=400,
    )


def _not_possible(request: HttpRequest, answer: HttpResponseBase) -> HttpResponse:
    """The page of a method that an address does not take."""
    refusal = Refusal(
        "request.method",
        text("This address is no page to open like that. Nothing was written."),
        text("Open it from the page where it stands."),
        status=405,
    )
    page = refused(request, refusal)
    page["Allow"] = answer.headers["Allow"]
    return page
