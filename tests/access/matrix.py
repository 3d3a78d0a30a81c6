"""The walk: every address, operation and command, by everybody; what comes of it is the access matrix."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from typing import Any

from django.core.management import call_command
from django.db import transaction
from django.test import Client

from muster.foundation import clock
from muster.organisation import tokens
from muster.organisation.models import Account, ApiToken
from muster.organisation.scopes import SCOPES
from tests.access import routes
from tests.access.ground import ROLES, Ground

LET_IN, REFUSED, NOT_THERE, DOOR, MACHINE = "●", "–", "·", "↩", "⌂"
"""Let in; refused (401, 403); told that nothing is there (404); sent to the door; no right of Muster's is asked for."""

Row = tuple[str, dict[str, str]]
Answers = dict[tuple[str, str], bytes]


def client_of(number: str) -> Client:
    """A browser that is signed in as somebody, in English; an ended account still holds its session."""
    client = Client(headers={"accept-language": "en"}, raise_request_exception=False)
    if number:
        client.force_login(Account.objects.get(name=number), backend="muster.website.who.DoorBackend")
    return client


def outcome(answer: Any) -> str:
    """What came of it. An error of Muster's own is none of the four."""
    status, path = answer.status_code, answer.request["PATH_INFO"]
    if status == 302 and path.startswith(("/office/", "/my/")) and answer["Location"].split("?")[0] == "/":
        return DOOR
    if status in (401, 403):
        return REFUSED
    if status == 404:
        return NOT_THERE
    assert status < 500, answer.content
    return LET_IN


def program_of(number: str) -> Client:
    """A program that shows somebody's token for everything, in English, and has no cookie."""
    words = tokens.make()
    if number:
        ApiToken.objects.create(
            account=Account.objects.get(name=number),
            name="Walked",
            hash=tokens.hash_of(words),
            scopes=" ".join(SCOPES),
            two_factors=True,
            made_at=clock.now(),
            expires_at=clock.now() + tokens.longest(),
        )
    return Client(headers={"accept-language": "en", "authorization": f"Bearer {words}"}, raise_request_exception=False)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written within is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def walk(ground: Ground, heard: Answers | None = None) -> list[Row]:
    """The rows of the matrix: pages, lists, operations, commands. heard: gathers what each said, by row and role."""
    clients = {role: client_of(number) for role, number in ROLES.items()}
    lists = _lists(ground, clients, heard)
    return [*_pages(ground, clients, heard), *lists, *_operations(ground, clients, heard), *_commands(ground, heard)]


def walk_by_token(ground: Ground, heard: Answers | None = None) -> list[Row]:
    """The operations once more, by everybody's token: also of whose account ended, as if the token had stayed."""
    programs = {role: program_of(number) for role, number in ROLES.items()}
    return list(_operations(ground, programs, heard))


def _pages(ground: Ground, clients: Mapping[str, Client], heard: Answers | None) -> Iterator[Row]:
    addresses = routes.addresses()
    for name in sorted(routes.PAGES, key=lambda one: addresses[one]):
        for method in ("GET", "POST"):
            ask = partial(routes.page, name=name, method=method, example=routes.PAGES[name](ground))
            asked = {role: _asked(ask, client) for role, client in clients.items()}
            if any(answer.status_code == 405 for answer in asked.values()):
                continue
            yield _row(f"{method} {addresses[name]}", asked, heard)


def _lists(ground: Ground, clients: Mapping[str, Client], heard: Answers | None) -> Iterator[Row]:
    for which, query in sorted(routes.LISTS.items()):
        example = routes.Example((which, "csv"), get=query(ground))
        ask = partial(routes.page, name="organisation:list", method="GET", example=example)
        asked = {role: _asked(ask, client) for role, client in clients.items()}
        yield _row(f"GET /office/lists/{which}/csv/", asked, heard)


def _operations(ground: Ground, clients: Mapping[str, Client], heard: Answers | None) -> Iterator[Row]:
    for (method, path), make in sorted(routes.OPERATIONS.items(), key=lambda pair: pair[0][::-1]):
        address, body = make(ground)
        ask = partial(routes.operation, method=method, path=address, body=body)
        asked = {role: _asked(ask, client) for role, client in clients.items()}
        yield _row(f"{method} {path}", asked, heard)


def _commands(ground: Ground, heard: Answers | None) -> Iterator[Row]:
    for verb, acts in routes.commands().items():
        if not acts:
            yield f"muster {verb}", dict.fromkeys(ROLES, MACHINE)
            continue
        found = {}
        for role, number in ROLES.items():
            arguments = routes.COMMANDS[verb](ground) + (["--as", number] if number else [])
            found[role], said = _run(verb, arguments)
            if not number and found[role] == LET_IN:
                found[role] = MACHINE
            elif heard is not None:
                heard[(f"muster {verb}", role)] = said
        yield f"muster {verb}", found


def _run(verb: str, arguments: Sequence[str]) -> tuple[str, bytes]:
    said = io.StringIO()
    with undone(), redirect_stdout(said), redirect_stderr(said):
        try:
            call_command(verb, *arguments)
        except SystemExit as end:
            return (LET_IN if not end.code else REFUSED), said.getvalue().encode()
    return LET_IN, said.getvalue().encode()


def _asked(ask: Callable[[Client], Any], client: Client) -> Any:
    cookies = client.cookies.copy()
    with undone():
        answer = ask(client)
        client.cookies = cookies  # whoever signed out is in again, as in the database
        answer.said = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer


def _row(what: str, asked: Mapping[str, Any], heard: Answers | None) -> Row:
    if heard is not None:
        heard.update({(what, role): answer.said for role, answer in asked.items()})
    return what, {role: outcome(answer) for role, answer in asked.items()}


HEAD = """# Access

Who is let in where: made from the running code by `tests/access`, which asks for every address of the website, every
operation of the API and every command as each of these, and compares. Made anew by
`MUSTER_WRITE=1 .venv/bin/python tests/run.py --engine sqlite tests/access`. What is asked about belongs to one village
(its lead, member and team leader stand in the columns), to its town, or to the whole district. The rules are in
[rules/access.md](rules/access.md).

"""
LEGEND = f"""
{LET_IN} let in; {REFUSED} refused; {NOT_THERE} told that nothing is there, as for what does not exist; {DOOR} sent
to the door; {MACHINE} whoever may run programs on the server with its database and keys: no right of Muster's is asked.
"""


def as_markdown(rows: Sequence[Row]) -> str:
    """The page of documents."""
    lines = [f"| | {' | '.join(ROLES)} |", f"|---|{':-:|' * len(ROLES)}"]
    for what, found in rows:
        shown = what.replace("|", "\\|")
        lines.append(f"| `{shown}` | {' | '.join(found[role] for role in ROLES)} |")
    return HEAD + "\n".join(lines) + "\n" + LEGEND
