"""SMS by an HTTP gateway, as its maker's page states it: the district fills a template in, no text is ever pasted.

    {"url": "https://…", "method": "POST", "headers": {"X-Key": "key"},
     "json": {"mobile": "{phone}", "content": "{text}", "serial": "{id}"},
     "sent_if": {"code": "0"}}

`form` instead of `json` sends a form. A value is a placeholder as a whole or not at all: {phone}, {text}, {id}.
sent_if: what the answer must say besides a status of 2xx.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from muster.foundation.errors import Refusal, Text, text
from muster.messages.results import Never, Result, Sent, Unsure
from muster.messages.web import Answer, ask

PLACES = ("{phone}", "{text}", "{id}")
PARTS = frozenset(("url", "method", "headers", "json", "form", "sent_if"))
METHODS = ("POST", "PUT", "GET")


def template_of(words: str) -> dict[str, Any]:
    """A gateway's template. Raises: Refusal (422) that says what is wrong with it."""
    try:
        found = json.loads(words)
    except (ValueError, RecursionError) as error:
        raise wrong(text("The template is no JSON.")) from error
    if not isinstance(found, dict) or not isinstance(found.get("url"), str):
        raise wrong(text("The template needs a “url”."))
    strange = sorted(set(found) - PARTS)
    if strange:
        raise wrong(text("The template has a part that is not known: %(part)s."), part=strange[0][:40])
    if found.get("method", "POST") not in METHODS or ("json" in found) == ("form" in found):
        raise wrong(text("The template needs a method (POST, PUT, GET) and either “json” or “form”."))
    for part in ("headers", "form", "sent_if"):
        if not isinstance(found.get(part, {}), dict):
            raise wrong(text("A part of the template is no list of names and values: %(part)s."), part=part)
    if not all(_is_head(name, str(value)) for name, value in found.get("headers", {}).items()):
        raise wrong(text("A header has a name of letters, digits and “-”, and a value of plain Latin signs."))
    if not all(f'"{place}"' in json.dumps(found.get("json", found.get("form"))) for place in PLACES[:2]):
        raise wrong(text("The template must say where {phone} and {text} stand."))
    return found


def _is_head(name: str, value: str) -> bool:
    """Whether a header can be sent: what cannot would be found out with the first message only."""
    return (
        name.replace("-", "").replace("_", "").isalnum()
        and name.isascii()
        and value.isascii()
        and value.isprintable()
        and value == value.strip()
    )


def wrong(words: Text, **details: str) -> Refusal:
    """A template that cannot be used."""
    next_step = text("Look at the example beside the field.")
    return Refusal("channel.template", words, next_step, status=422, fields={"template": words}, **details)


def say(template: Mapping[str, Any], phone: str, words: str, message: str) -> Result:
    """Send one SMS. message: the id by which a gateway knows a repeated one."""
    filled = {"{phone}": phone, "{text}": words, "{id}": message}
    headers = {name: str(value) for name, value in template.get("headers", {}).items()}
    if "json" in template:
        content = json.dumps(_filled(template["json"], filled), ensure_ascii=False).encode()
        headers.setdefault("Content-Type", "application/json; charset=utf-8")
    else:
        content = urlencode(_filled(template["form"], filled)).encode()
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
    method, url = template.get("method", "POST"), template["url"]
    if method == "GET":
        url, content = f"{url}{'&' if '?' in url else '?'}{content.decode()}", b""
    answer = ask(method, url, headers=headers, content=content)
    if not isinstance(answer, Answer):
        return answer
    for name, value in template.get("sent_if", {}).items():
        if name not in answer.body:
            return Unsure("channel.no_answer")
        if str(answer.body[name]) != str(value):
            return Never("channel.refused")
    return Sent()


def _filled(value: Any, with_: Mapping[str, str]) -> Any:
    """The template with its placeholders filled in: in whole values, so that no word of a text becomes syntax."""
    if isinstance(value, dict):
        return {key: _filled(one, with_) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, with_) for one in value]
    # A whole value or none: a text that itself says {phone} is not filled in again.
    return with_.get(value, value) if isinstance(value, str) else value
