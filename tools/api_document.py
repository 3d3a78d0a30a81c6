"""Writes docs/api.md from the API's own description, so that it says what the code does.

python tools/api_document.py            write it
python tools/api_document.py --check    exit 1 when it is not what would be written
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "api.md"

HEAD = """\
# The API

Made by `tools/api_document.py` from the code: change the code, then run it again. The same description, for programs,
stands at `/api/openapi.json` (OpenAPI 3.1).

## How to ask

- **Who asks**: a program shows a token in the header `Authorization: Bearer muster_…`. Its owner makes it under *Me,
  Signing in, API tokens*, for some scopes and until a day; each operation below names the scope that it needs. With a
  token there is no cookie, and none is looked at. What a token may do: [rules/tokens.md](rules/tokens.md).
- A page asks as whoever is signed in: the session's cookie. A request that writes then also needs the token against
  forged requests, in the header `X-CSRFToken`; it stands in every page with a form.
- **What you see** is your subtree and no more. A unit, roll or order that is not yours answers exactly as one that is
  not there.
- **As of when**: `as_of` takes date and time, in the district's zone where none is named. In an address a `+` is
  written `%2B`. A moment ahead, younger than 10 seconds, or before the incident is refused. Left out, it is the newest
  moment whose answer is final, and the answer says which.
- **Nothing is ignored**: a parameter or field that an operation does not have is refused, and so is one that stands
  twice.
- **In your language**: `Accept-Language` or the language chosen on the pages. Codes and keys stay the same in all.
- **Asking again**: figures and the report carry an `ETag`; sent back in `If-None-Match`, it answers 304 while nothing
  has changed. It is of one account and one question. Names carry none and are never to be kept.
- **Pages of rows**: `limit` and `offset`; the header `Link` (`rel="next"`) leads to the next page, as of the same
  moment.
- **Sending again**: a POST may carry `Idempotency-Key`, an id (UUID) of the sender's own. The same request with the
  same key is done once; the repeat answers 200 with `"result": "duplicate"`. So does an answer that says what is on
  record already. A key that was used for another request is refused.

## When it is refused

Every refusal is a problem document (RFC 9457, `application/problem+json`): `code` is for programs and does not change,
`detail` and `next_step` are for people, `errors` names each field that is to blame. Nothing was written then.

```json
{problem}
```

| status | when |
|---|---|
| 400 | the body is no JSON: cut off, not UTF-8, nested too deeply, a name twice |
| 401 | nobody is signed in; or the token is unknown, ended or past its end (`WWW-Authenticate` says `invalid_token`) |
| 403 | it is not yours to do, the token lacks the scope, or the token against forged requests is missing |
| 404 | it is not there, or not yours to see |
| 405 | the address does not take this method |
| 409 | it cannot be done as things stand, such as an answer to a roll that is closed |
| 411, 413, 415 | the body has no length, is larger than {most} MB, or is no JSON |
| 422 | a field or parameter is wrong: `errors` says which and why |
| 429 | too many wrong tokens came from this address: `detail` says until when none is looked at |
| 503 | the database is busy: send it again after `Retry-After` |
"""


def document() -> str:
    """The text of docs/api.md."""
    from django.utils import translation

    from muster.website import api, problems

    with translation.override("en"):
        schema = json.loads(json.dumps(api.api.get_openapi_schema(path_prefix="/api/"), default=str))
    most = f"{api.BODY_BYTES_MAX / 1e6:g}"
    parts = [HEAD.replace("{problem}", _json(problems.EXAMPLE)).replace("{most}", most), "## Operations\n"]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            parts.append("\n".join(_operation(method.upper(), path, operation, schema)))
    return "\n".join(parts)


def _operation(method: str, path: str, operation: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {method} {path}\n"
    yield f"{operation['description']}\n"
    yield f"{_scope(operation['security'])}\n"
    fields = [
        (p["name"], p["in"], p["required"], p["schema"], p.get("description", "")) for p in operation["parameters"]
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body:
        sent = _resolved(body["schema"], schema)
        needed = sent.get("required", [])
        fields += [(n, "body", n in needed, s, s.get("description", "")) for n, s in sent["properties"].items()]
    if fields:
        yield "| name | in | | |\n|---|---|---|---|"
        for name, place, needed, kind, words in fields:
            shown = f"`{name}`" + ("" if needed else ", optional")
            yield f"| {shown} | {place} | {_kind(kind)} | {words} |"
        yield ""
    if body:
        yield f"Sent:\n\n```json\n{_json(body['example'])}\n```\n"
    answer = operation["responses"]["200"]["content"]["application/json"]
    yield f"Answered:\n\n```json\n{_json(answer['example'])}\n```\n"
    told = list(_told(answer["schema"], schema))
    if told:
        yield "\n".join(f"- `{name}`: {words}" for name, words in told) + "\n"


def _scope(ways: list[dict[str, list[str]]]) -> str:
    found = [scope for way in ways for scope in way.get("ByToken", [])]
    return f"A token needs the scope `{found[0]}`." if found else "Closed to tokens."


def _told(part: dict[str, Any], schema: dict[str, Any], within: str = "") -> Iterator[tuple[str, str]]:
    """(name, description) of the fields of an answer that have one, those of its rows too."""
    for name, field in _resolved(part, schema).get("properties", {}).items():
        if "description" in field:
            yield within + name, field["description"]
        for one in [field, *field.get("anyOf", [])]:
            if "$ref" in one or "$ref" in one.get("items", {}):
                yield from _told(one, schema, f"{within}{name}.")


def _resolved(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The object that a part of the schema stands for; of a list, the object that it lists."""
    if "items" in part:
        return _resolved(part["items"], schema)
    for one in [part, *part.get("allOf", [])]:
        if "$ref" in one:
            found: dict[str, Any] = schema["components"]["schemas"][one["$ref"].rsplit("/", 1)[-1]]
            return found
    return part


def _kind(kind: dict[str, Any]) -> str:
    """What a value is, in a few words."""
    if "anyOf" in kind:
        return ", ".join(_kind(one) for one in kind["anyOf"] if one.get("type") != "null")
    if "enum" in kind:
        return ", ".join(f"`{value}`" for value in kind["enum"])
    words = {"string": "text", "integer": "number", "boolean": "true or false"}.get(kind.get("type", ""), "")
    if kind.get("format") == "uuid":
        return "id (UUID)"
    limits = [f"{word} {kind[key]}" for word, key in (("from", "minimum"), ("to", "maximum")) if key in kind]
    return " ".join([words, *limits])


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2)


def main(arguments: list[str]) -> int:
    """Writes or checks; returns the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "muster.website.settings")
    django.setup()
    text = document()
    if "--check" not in arguments:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TARGET.relative_to(ROOT)} is not what the code says: run `python tools/api_document.py`")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
