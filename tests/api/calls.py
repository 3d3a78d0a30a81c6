"""How the tests of the API ask: as somebody of the cast, in English, with the token where one writes."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from muster.organisation.models import Account
from muster.website.problems import MEDIA_TYPE, Problem

SEEING = ("commander", "lead_a", "lead_a1")
"""Of the cast: at the root, at a town, at a village of it."""
NOBODY_KNOWS = "00000000-0000-4000-8000-000000000000"


class Caller:
    """Somebody of the cast who is signed in, or nobody. A fault of Muster's is an error of the test."""

    def __init__(self, number: str | None, *, csrf: bool = False, language: str = "en") -> None:
        self.client = Client(enforce_csrf_checks=csrf, headers={"accept-language": language})
        if number is not None:
            self.client.force_login(Account.objects.get(name=number))

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        """GET /api/<path>."""
        return self.told(self.client.get(f"/api/{path}", query or {}, headers=headers))

    def post(self, path: str, content: Any = None, *, body: bytes | str | None = None, **headers: str) -> Any:
        """POST /api/<path> with JSON, or with any body. Headers are named with underscores."""
        sent = body if body is not None else json.dumps(content)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = named.pop("content-type", "application/json")
        return self.told(self.client.post(f"/api/{path}", sent, content_type=kind, headers=named))

    @staticmethod
    def told(answer: Any) -> Any:
        """What every answer keeps: it is for one account only, and no fault of Muster's."""
        assert answer.status_code < 500, answer.content
        assert "private" in answer["Cache-Control"], answer.headers
        assert {"cookie", "accept-language"} <= {name.strip().lower() for name in answer["Vary"].split(",")}
        return answer


def ok(answer: Any) -> Any:
    """The JSON of an answer that is one."""
    assert answer.status_code == 200, answer.content.decode()
    assert answer["Content-Type"] == "application/json"
    return answer.json()


def assert_refused(answer: HttpResponse, status: int, code: str, *fields: str) -> Problem:
    """The problem document: its status, its code, the fields that it blames."""
    assert answer.status_code == status, answer.content.decode()
    assert answer["Content-Type"] == MEDIA_TYPE
    found = Problem.model_validate_json(answer.content, extra="forbid")
    assert (found.status, found.code, found.type) == (status, code, f"urn:muster:problem:{code}")
    assert found.title
    assert found.detail
    assert {error.field for error in found.errors} == set(fields)
    assert all(error.detail for error in found.errors)
    return found
