"""GET /api/openapi.json, and docs/api.md that is made from it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from ninja.operation import Operation
from pydantic import TypeAdapter

from muster.foundation.api import scope_of
from muster.organisation.scopes import SCOPES
from muster.website.api import api
from muster.website.problems import MEDIA_TYPE, Problem
from tools import api_document

SCHEMA: Any = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/")))
OPERATIONS = [(path, method) for path, methods in SCHEMA["paths"].items() for method in methods]


def operation(path: str, method: str) -> Operation:
    """The operation behind an entry of the document."""
    for bound in api._get_bound_routers():
        for template, view in bound.path_operations.items():
            for found in view.operations:
                if f"/api{template}" in (path, f"/api{path}") and method.upper() in found.methods:
                    return found
    raise KeyError(path)


@pytest.mark.django_db
def test_it_is_served_to_everybody_and_needs_nothing_from_elsewhere() -> None:
    answer = Client().get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/json")
    assert answer.json()["openapi"].startswith("3.")
    assert answer.json() == SCHEMA
    assert "http" not in answer.content.decode().replace('"type": "http"', "")


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_each_operation_has_words_and_examples_that_fit(path: str, method: str) -> None:
    described = SCHEMA["paths"][path][method]
    found = operation(path, method)
    assert described["summary"]
    assert described["description"]
    assert described["security"] == [{"ByToken": [scope_of(found)]}, {"SignedIn": []}]
    assert scope_of(found) in SCOPES, "an operation without a scope is closed to tokens"
    shown = described["responses"]["200"]["content"]["application/json"]["example"]
    model = found.response_models[200].model_fields["response"].annotation
    TypeAdapter(model).validate_json(json.dumps(shown), extra="forbid")
    if method == "post":
        sent = described["requestBody"]["content"]["application/json"]["example"]
        (body,) = [m for m in found.models if m.__ninja_param_source__ == "body"]
        body.model_validate({body.__read_from_single_attr__: sent})  # type: ignore[attr-defined]
        assert any(p["name"] == "Idempotency-Key" and p["in"] == "header" for p in described["parameters"])


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_each_operation_says_how_it_refuses(path: str, method: str) -> None:
    refusal = SCHEMA["paths"][path][method]["responses"]["default"]["content"][MEDIA_TYPE]
    assert refusal["schema"] == {"$ref": "#/components/schemas/Problem"}
    Problem.model_validate(refusal["example"], extra="forbid")


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(SCHEMA)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(SCHEMA["components"]["schemas"])
    assert "$defs" not in text


def test_names_of_operations_are_one_of_a_kind() -> None:
    ids = [SCHEMA["paths"][path][method]["operationId"] for path, method in OPERATIONS]
    assert len(ids) == len(set(ids))


def test_the_document_is_what_the_code_says() -> None:
    assert api_document.TARGET.read_text(encoding="utf-8") == api_document.document(), "run tools/api_document.py"
