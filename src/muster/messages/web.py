"""One request to a webhook: pinned to the address that was looked up, no redirect, no proxy, a limit of time and size.

What the answer means is for the caller; what went wrong on the way is the same for all: see docs/rules/messages.md.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from muster.foundation.errors import Refusal
from muster.messages.addresses import place_of
from muster.messages.results import Later, Never, Result, Unsure

SECONDS_MAX = 10.0
"""So long the other side may be silent."""
WHOLE_SECONDS_MAX = 20.0
"""So long a request may last: whoever answers a byte at a time holds nobody up."""
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
    except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeError):
        return Never("channel.address")
    except httpx.HTTPError:
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
        _at_most(WHOLE_SECONDS_MAX) as watch,
        httpx.Client(verify=_trusted(), trust_env=False, follow_redirects=False, timeout=SECONDS_MAX) as client,
        client.stream(
            method, pinned, headers=sent, content=content, extensions={"sni_hostname": host, "trace": watch}
        ) as answer,
    ):
        body = b""
        for part in answer.iter_bytes():
            body += part
            if len(body) > ANSWER_BYTES_MAX:
                break
        return answer.status_code, answer.headers.get("Retry-After", ""), body


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are believed. Reading them takes longer than a request does, so they are read once."""
    return httpx.create_ssl_context(trust_env=False)


class _Watch:
    """Notes by which connection a request goes, as the library tells it, and cuts it."""

    def __init__(self) -> None:
        self._stream: Any = None

    def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._stream = info["return_value"]

    def cut(self) -> None:
        """Whoever waits for the answer is told that the connection is gone."""
        if self._stream is not None:
            with suppress(OSError):
                self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


@contextmanager
def _at_most(seconds: float) -> Iterator[_Watch]:
    watch = _Watch()
    timer = threading.Timer(seconds, watch.cut)
    timer.daemon = True
    timer.start()
    try:
        yield watch
    finally:
        timer.cancel()


def _meant(status: int, retry_after: str, body: bytes) -> Answer | Result:
    asked = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
    if status == 429:
        return Later("channel.too_many", after=min(60.0 if asked is None else asked, 3600.0), broken=True)
    if status >= 500 or status == 408:
        return Later("channel.trouble", after=min(asked or 0.0, 3600.0))
    if status >= 300:
        return Never("channel.refused")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = {}
    return Answer(told if isinstance(told, dict) else {})
