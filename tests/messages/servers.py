"""Real servers on loopback that the outbox speaks to: one for webhooks and one for mail, each as kind as it is told."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

Answer = tuple[int, dict[str, str], object]
FINE: Answer = (200, {}, {"errcode": 0})


@dataclass
class Request:
    """What reached a webhook."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass
class Sink:
    """A web server. answer: function(number of the request from 1, request) -> its answer; None for no answer at all.

    heard: every request. taken: those that it answered with 2xx.
    """

    answer: Callable[[int, Request], Answer | None]
    heard: list[Request] = field(default_factory=list)
    taken: list[Request] = field(default_factory=list)
    port: int = 0
    let_go: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/hook?key=secret"


@contextmanager
def sink(answer: Callable[[int, Request], Answer | None] = lambda _n, _request: FINE) -> Iterator[Sink]:
    """A web server while it is used."""
    made = Sink(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            request = Request(self.command, self.path, dict(self.headers), self.rfile.read(length))
            made.heard.append(request)
            answer = made.answer(len(made.heard), request)
            if answer is None:
                made.let_go.wait(30)
                self.close_connection = True
                return
            status, headers, body = answer
            if 200 <= status < 300:
                made.taken.append(request)
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.let_go.set()
        server.shutdown()
        server.server_close()


@dataclass
class Post:
    """A mail server. refuse: function(address) -> its answer to RCPT, "" for yes. end: its answer to the content."""

    refuse: Callable[[str], str] = lambda _address: ""
    end: Callable[[int], str] = lambda _n: "250 OK"
    mails: list[EmailMessage] = field(default_factory=list)
    tried: int = 0
    port: int = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        no = self.refuse(address)
        if no:
            return no
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        self.tried += 1
        said = self.end(self.tried)
        if said == "hang up":
            server.transport.close()
            return ""
        if said.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        return said


class _OnSocket(Controller):
    """A mail server on a socket that is bound already: nobody else can take its port meanwhile."""

    def __init__(self, handler: Post, bound: socket.socket) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=bound.getsockname()[1])
        self.bound = bound

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.bound)


@contextmanager
def post(**how: Any) -> Iterator[Post]:
    """A mail server while it is used."""
    made = Post(**how)
    bound = socket.create_server(("127.0.0.1", 0))
    made.port = bound.getsockname()[1]
    controller = _OnSocket(made, bound)
    controller.start()
    try:
        yield made
    finally:
        controller.stop()
