"""One request to a webhook: pinned to the address that was looked up, no redirect, no proxy, a limit of time and size.

What the answer means is for the caller; what went wrong on the way is the same for all: see docs/rules/messages.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from muster.foundation.errors import Refusal
from muster.messages.addresses import place_of
from muster.messages.results import Later, Never, Result, Unsure

SECONDS_MAX = 10.0
ANSWER_BYTES_MAX = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What the other side said: its status is 2xx; body: its JSON object, empty where it is none."""

    body: Mapping[str, Any]


def ask(method: str, url: str, *, headers: Mapping[str, str], content: bytes) -> Answer | Result:
    """Send one request and read the answer, or say what became of it.

    A failure before the request was out is *later*; silence after it is *unsure*; a 429 or 5xx is *later*, since the
    other side says itself that it did not take it; any other refusal is *never*.
    """
    try:
        place = place_of(url)
    except Refusal as refused:
        return Never(refused.code)
    except OSError:
        return Later("channel.not_found", broken=True)
    try:
        status, retry_after, body = _request(method, place.url, place.host, place.port, place.ip, headers, content)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        return Later("channel.not_reached", broken=True)
    except (httpx.HTTPError, httpx.InvalidURL):
        return Unsure("channel.no_answer")
    return _meant(status, retry_after, body)


def _request(
    method: str, url: str, host: str, port: int, ip: str, headers: Mapping[str, str], content: bytes
) -> tuple[int, str, bytes]:
    whole = httpx.URL(url)
    pinned = whole.copy_with(host=ip)
    usual = port == (443 if whole.scheme == "https" else 80)
    sent = {**headers, "Host": host if usual else f"{host}:{port}", "User-Agent": "Muster"}
    with (
        httpx.Client(trust_env=False, follow_redirects=False, timeout=SECONDS_MAX) as client,
        client.stream(method, pinned, headers=sent, content=content, extensions={"sni_hostname": host}) as answer,
    ):
        body = b""
        for part in answer.iter_bytes():
            body += part
            if len(body) > ANSWER_BYTES_MAX:
                break
        return answer.status_code, answer.headers.get("Retry-After", ""), body


def _meant(status: int, retry_after: str, body: bytes) -> Answer | Result:
    if status == 429:
        seconds = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 60.0
        return Later("channel.too_many", after=min(seconds, 3600.0), broken=True)
    if status >= 500 or status == 408:
        return Later("channel.trouble")
    if status >= 300:
        return Never("channel.refused")
    try:
        told = json.loads(body)
    except ValueError:
        told = {}
    return Answer(told if isinstance(told, dict) else {})
