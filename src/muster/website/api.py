"""The API under /api/: the rooms' operations put together, the door before them, refusals as problem documents."""

from __future__ import annotations

import functools
import json
import logging
from collections import Counter
from collections.abc import Callable, Set
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, QueryDict
from django.urls import URLPattern, URLResolver, path, re_path
from django.utils.translation import gettext
from django.views import defaults
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.security import HttpBearer
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from muster.briefing.api import router as briefing
from muster.foundation.api import scope_of
from muster.foundation.errors import Refusal, Text, text
from muster.foundation.rights import Actor
from muster.mobilisation.api import router as mobilisation
from muster.organisation.api import router as organisation
from muster.roll.api import router as roll
from muster.website import by_token, problems
from muster.website.steps import API, require_factor
from muster.website.views_health import router as server

BODY_BYTES_MAX = 1_000_000
"""What a request may send at most; more is refused before it is read."""
READING = ("GET", "HEAD", "OPTIONS")
VERSION = "1"

log = logging.getLogger("muster.api")


class ByToken(HttpBearer):
    """A token of somebody's account, in the header `Authorization: Bearer muster_…`."""

    def __call__(self, request: HttpRequest) -> Actor | None:
        """Who asks, or None. Raises: Refusal of the token (401, 403, 429)."""
        if by_token.shown(request) is None:
            return None
        require_scope(request)
        return request.actor  # type: ignore[attr-defined,no-any-return]

    def authenticate(self, request: HttpRequest, token: str) -> None:
        """Not asked: the middleware has looked at the token."""


def require_scope(request: HttpRequest) -> None:
    """Refuse what this token does not open: all that its scopes leave out, and what needs two factors that it lacks."""
    refused: Refusal | None = getattr(request, "token_refused", None)
    if refused is not None:
        raise refused
    wanted = scope_of(request.operation)  # type: ignore[attr-defined]
    if wanted is None:
        raise Refusal(
            "token.closed",
            text("No token opens this."),
            text("Sign in on the page, then send it again."),
            status=403,
        )
    if wanted not in request.user.token_scopes.split():  # type: ignore[union-attr]
        raise Refusal(
            "token.scope",
            text("This token is not for this: it lacks the scope %(scope)s."),
            text("Make one that has it."),
            status=403,
            scope=wanted,
        )
    require_factor(request)


class SignedIn(AuthBase):
    """The session of whoever is signed in; what writes also needs the token against forged requests."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Actor | None:
        """Who asks, or None. Raises: Refusal `request.csrf` (403)."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if actor.account_id is None or by_token.shown(request) is not None:
            return None
        require_factor(request)
        if request.method not in READING and check_csrf(request):
            raise Refusal(
                "request.csrf",
                text("The token against forged requests is missing or old. Nothing was written."),
                text("Open a page of Muster again and send its token in the header X-CSRFToken."),
                status=403,
            )
        return actor.through("api")


class NotStrict(ValueError):
    """JSON that not every reader takes alike. fields: (name, what is wrong with it)."""

    def __init__(self, *fields: tuple[str, Text]) -> None:
        super().__init__()
        self.fields = fields


class StrictJson(Parser):
    """JSON as RFC 8259 has it: UTF-8, no NaN, no name twice in one object."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body. Raises: ValueError, RecursionError."""
        found = json.loads(request.body.decode(), object_pairs_hook=_strict_object, parse_constant=_NotNumber)
        if isinstance(found, _NotNumber):
            raise NotStrict(("body", _NO_NUMBER))
        return found


class _NotNumber:
    """NaN, Infinity or -Infinity, until the object that holds it says under which name it stands."""

    def __init__(self, _written: str) -> None: ...


def _strict_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One object of the body. Raises: NotStrict."""
    counted = Counter(name for name, _ in pairs)
    wrong = [(name, _TWICE) for name, count in counted.items() if count > 1]
    wrong += [(name, _NO_NUMBER) for name, value in pairs if isinstance(value, _NotNumber)]
    if wrong:
        raise NotStrict(*wrong)
    return dict(pairs)


_TWICE = text("This stands twice.")
_NO_NUMBER = text("This is no number of JSON.")


class MusterAPI(NinjaAPI):
    """The operations behind one door, and a document of them that names the refusals too."""

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        patterns = super()._get_urls()
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = door(pattern.callback)
        return patterns

    def operations(self) -> list[Operation]:
        """Every operation of every room."""
        views = [view for _prefix, router in self._routers for view in router.path_operations.values()]
        return [operation for view in views for operation in view.operations]

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of the function, which is one of a kind."""
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The OpenAPI document."""
        found = super().get_openapi_schema(**options)
        found["components"]["schemas"]["Problem"] = problems.Problem.model_json_schema(ref_template=_REF)
        found["components"]["schemas"]["FieldError"] = problems.FieldError.model_json_schema()
        found["components"]["schemas"]["Problem"].pop("$defs", None)
        scopes = {op.view_func.__name__: scope_of(op) for op in self.operations()}
        for operations in found["paths"].values():
            for operation in operations.values():
                operation["responses"]["default"] = _PROBLEM
                scope = scopes[operation["operationId"]]
                operation["security"] = [{ByToken.__name__: [scope]}] * bool(scope) + [{SignedIn.__name__: []}]
        del found["servers"]
        return found


_REF = "#/components/schemas/{model}"
_PROBLEM = {
    "description": "Refused: a problem document (RFC 9457) in the reader's language",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": problems.EXAMPLE}},
}


def door(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Around every address: what is not there and what is not possible there is said as the API says things."""

    @functools.wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "HEAD":
            # As GET: the server sends the head alone.
            request.method = "GET"
        try:
            answered = view(request, *args, **kwargs)
        except Http404:
            return problems.not_there()
        if isinstance(answered, HttpResponseNotAllowed):
            allowed = answered["Allow"].split(", ")
            return problems.not_possible(request, [*allowed, "HEAD"] if "GET" in allowed else allowed)
        return answered

    shown.csrf_exempt = True  # type: ignore[attr-defined]  # SignedIn checks it, and answers as the API does
    return shown


def body_refused(request: HttpRequest) -> HttpResponse | None:
    """Why the body is not even read; None when it may be."""
    if request.method in READING:
        return None
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and "HTTP_TRANSFER_ENCODING" in request.META:
        return problems.problem(
            411,
            "request.no_length",
            gettext("The request does not say how long its body is."),
            gettext("Send it with the header Content-Length."),
        )
    if length and not (length.isascii() and length.isdigit()):
        return problems.problem(400, "request.length", gettext("The length of the body is no number."))
    if len(length) > 15 or int(length or 0) > BODY_BYTES_MAX:
        return too_large()
    if int(length or 0) and request.content_type != "application/json":
        return problems.problem(
            415,
            "request.media_type",
            gettext("The API reads JSON only."),
            gettext("Send the body as application/json."),
        )
    return None


def too_large() -> HttpResponse:
    """The body is larger than any request of the API needs."""
    return problems.problem(
        413,
        "request.too_large",
        gettext("The request is larger than %(most)s KB.") % {"most": BODY_BYTES_MAX // 1000},
        gettext("Send less at once."),
    )


def looked_at(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Before every operation: what is refused without reading the body.

    Also a parameter that the operation does not have, or that stands twice: a typing error must not mean *now*.
    """
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    known = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }

    @functools.wraps(run)
    def checked(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        request.operation = operation  # type: ignore[attr-defined]
        try:
            refused = body_refused(request) or _parameters_refused(request.GET, known)
        except TooManyFieldsSent:
            return _too_many_parameters()
        except SuspiciousOperation as error:
            return api.on_exception(request, error)
        return refused or run(request, **kwargs)

    return checked


def _parameters_refused(given: QueryDict, known: Set[str]) -> HttpResponse | None:
    wrong = [(name[:80], gettext("There is no such parameter.")) for name in given if name not in known]
    wrong += [(name, str(_TWICE)) for name in sorted(known) if len(given.getlist(name)) > 1]
    return problems.wrong_fields(wrong) if wrong else None


def _too_many_parameters() -> HttpResponse:
    """So many that they are not even read."""
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    words = gettext("There are more than %(most)s parameters.") % {"most": most}
    return problems.problem(400, "request.refused", words, errors=[("query", words)])


api = MusterAPI(
    title="Muster",
    version=VERSION,
    description="Who was asked, who answered, who is missing, as of any moment; and the answers themselves.",
    docs_url=None,  # its page of documents needs scripts from elsewhere
    urls_namespace="api",
    auth=[ByToken(), SignedIn()],
    parser=StrictJson(),
)
api.add_decorator(looked_at, mode="view")
api.add_router("", briefing)
api.add_router("", roll)
api.add_router("", mobilisation)
api.add_router("", organisation)
api.add_router("", server)


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    return problems.of_refusal(error)


@api.exception_handler(ValidationError)
def _not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problems.of_input(error)


@api.exception_handler(AuthenticationError)
def _not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problems.not_signed_in()


@api.exception_handler(HttpError)
def _not_read(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, RequestDataTooBig):
        return too_large()
    fields = error.__cause__.fields if isinstance(error.__cause__, NotStrict) else ()
    return problems.of_reading(error, [(name[:80], str(words)) for name, words in fields])


@api.exception_handler(SuspiciousOperation)
def _suspicious(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
    return problems.problem(400, "request.refused", gettext("The request is not one that a reader of this API sends."))


@api.exception_handler(OperationalError)
def _busy(request: HttpRequest, error: OperationalError) -> HttpResponse:
    log.warning("database busy", exc_info=error)
    return problems.busy()


@api.exception_handler(Exception)
def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("API failed", exc_info=error)
    return problems.failed()


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """For the whole site (`handler400`): what is refused before any address is looked at, as a wrong host is.

    Under /api/ it is told as the API tells things, elsewhere on Django's page.
    """
    if not request.path.startswith(API):
        return defaults.bad_request(request, exception)
    if isinstance(exception, DisallowedHost):
        words = gettext("This server does not answer to the name in the header Host.")
        return problems.problem(
            400,
            "request.host",
            words,
            gettext("Ask it by its own name, or let its administrator add this one to MUSTER_HOSTS."),
            [("Host", words)],
        )
    return api.on_exception(request, exception)


def nothing_here(request: HttpRequest, **_: Any) -> HttpResponse:
    """Any other address under /api/."""
    return problems.not_there()


nothing_here.csrf_exempt = True  # type: ignore[attr-defined]  # it writes nothing

urlpatterns: list[URLPattern | URLResolver] = [path("", api.urls), re_path("", nothing_here)]
