"""The robots of groups: WeCom, DingTalk, Feishu. Their JSON as their makers' pages for custom robots state it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

from muster.foundation import clock
from muster.messages.models import Channel
from muster.messages.results import Later, Never, Result, Sent, Unsure
from muster.messages.web import Answer, ask

TOO_MANY: Mapping[str, frozenset[str]] = {
    Channel.Kind.WECOM: frozenset(("45009",)),
    Channel.Kind.DINGTALK: frozenset(("130101", "410100")),
    Channel.Kind.FEISHU: frozenset(("9499", "11232")),
}
"""Codes by which a robot says *too many*, which passes; every other one but 0 is a refusal."""
WAIT_SECONDS = 60.0

Request = tuple[str, dict[str, Any]]


def _wecom(url: str, secret: str, words: str) -> Request:
    return url, {"msgtype": "text", "text": {"content": words}}


def _dingtalk(url: str, secret: str, words: str) -> Request:
    """Signed, where the robot has a secret, over the milliseconds and the secret itself."""
    if secret:
        stamp = str(int(clock.now().timestamp() * 1000))
        digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        url += f"&timestamp={stamp}&sign={quote_plus(base64.b64encode(digest).decode())}"
    return url, {"msgtype": "text", "text": {"content": words}}


def _feishu(url: str, secret: str, words: str) -> Request:
    """Signed, where the robot has a secret, with seconds and secret as the key of an empty text."""
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": words}}
    if secret:
        stamp = str(int(clock.now().timestamp()))
        digest = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
        body |= {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}
    return url, body


_MADE: Mapping[str, Callable[[str, str, str], Request]] = {
    Channel.Kind.WECOM: _wecom,
    Channel.Kind.DINGTALK: _dingtalk,
    Channel.Kind.FEISHU: _feishu,
}


def say(kind: str, known: Mapping[str, str], words: str) -> Result:
    """Say words in a group. known: the robot's `url`, and its `secret` where it has one."""
    url, body = _MADE[kind](known["url"], known.get("secret", ""), words)
    content = json.dumps(body, ensure_ascii=False).encode()
    answer = ask("POST", url, headers={"Content-Type": "application/json; charset=utf-8"}, content=content)
    if not isinstance(answer, Answer):
        return answer
    code = str(answer.body.get("errcode", answer.body.get("code", answer.body.get("StatusCode", ""))))
    if code == "0":
        return Sent()
    if not code:
        # A page of something else in between, mostly: no robot answers without its code.
        return Unsure("channel.no_answer")
    if code in TOO_MANY[kind]:
        return Later("channel.too_many", after=WAIT_SECONDS, broken=True)
    return Never("channel.refused")
