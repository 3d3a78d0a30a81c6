"""Pages and answers over HTTP, of the scenario with its 8,163 members.

`muster serve` on loopback, as the demonstration runs it; clients and server share the machine's processors. Raw is a
stylesheet from the same server in the same run: what no page can be faster than.
"""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bench import ground
from bench.ground import Figure
from bench.play import play

STOP = "2020-01-30T12:00"
"""Half of the members have reported in: the lists of those who have not are long, and there is something to answer."""
P95_MS_MAX = 100
ROUNDS = 60
AT_ONCE, AT_ONCE_P95_MS_MAX = 4, 250
RACE_CLIENTS, RACE_ANSWERS = 50, 1000
TOKEN = "a" * 32
"""Of the form and of the cookie: a benchmark has no page to read it from."""


def main() -> None:
    """Print the figures."""
    play("--until", STOP)
    ground.django()
    clock_pause()
    commander, lead = session("commander"), session("lead")
    pages = addresses()
    with serving() as port:
        style = stylesheet(port, commander)
        raw = times(port, commander, [style])
        found = [line(f"{what}, ms at p95 (p50)", times(port, commander, [at]), raw) for what, at in pages.items()]
        found.append(line("the phone of a lead, ms at p95 (p50)", times(port, lead, ["/my/"]), raw))
        found.append(together(port, commander, list(pages.values())))
        found += [at_once(port, commander, what, at) for what, at in pages.items() if "people" in what]
        found += race(port)
    ground.give_back(found)


def clock_pause() -> None:
    """Until the moment at which the play stopped is settled."""
    from muster.foundation import clock

    clock.pause(clock.SETTLE_SECONDS + 1)


def session(role: str) -> str:
    """A session of one of the drill's cast."""
    from muster.drill.models import Cast

    return session_of(Cast.objects.get(role=role).account)


def session_of(account: object) -> str:
    """The key of a new session, as signing in makes it."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from muster.foundation import clock
    from muster.organisation.models import SignIn
    from muster.website.letting_in import SEEN
    from muster.website.who import SIGN_IN

    made = SessionStore()
    made[SESSION_KEY] = str(account.pk)  # type: ignore[attr-defined]
    made[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    made[HASH_SESSION_KEY] = account.get_session_auth_hash()  # type: ignore[attr-defined]
    at = clock.now()
    entered = SignIn.objects.create(account=account, way="drill", made_at=at, last_seen_at=at, agent="?")  # type: ignore[misc]
    made[SIGN_IN], made[SEEN] = str(entered.pk), int(clock.machine_now().timestamp())
    made.save()
    return str(made.session_key)


def addresses() -> dict[str, str]:
    """What is opened, and where."""
    from muster.mobilisation.models import Order
    from muster.roll.models import Roll

    members = Roll.objects.get(figure="mobilisation.members_reported_in")
    return {
        "the board": "/office/",
        "the board as of a past moment": "/office/?as_of=2020-01-29T18:00",
        "the roll of 8,163, its outstanding": f"/office/rolls/{members.pk}/",
        "the same as of a past moment": f"/office/rolls/{members.pk}/?as_of=2020-01-29T18:00",
        "all expected of it, page 80": f"/office/rolls/{members.pk}/?show=expected&page=80",
        "the people, 8,163": "/office/people/",
        "the people, searched": "/office/people/?q=wang",
        "the people of a town, by name, page 2": "/office/people/?unit=140110001000&sort=name&page=2",
        "an order": f"/office/orders/{Order.objects.earliest('issued_at').pk}/",
        "a figure with its history and names": "/office/figures/mobilisation.members_reported_in/",
        "a new report": "/office/reports/new/",
        "the figures by the API": "/api/figures",
        "a page of the missing by the API": "/api/rolls/mobilise.report_in/missing",
    }


@contextmanager
def serving() -> Iterator[int]:
    """`muster serve` on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("muster")), "serve", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                ask(http.client.HTTPConnection("127.0.0.1", port), "", "/")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def ask(line: http.client.HTTPConnection, key: str, path: str, content: object = None) -> tuple[int, bytes]:
    """One request on a line that stays open; returns status and body."""
    headers = {"Cookie": f"sessionid={key}; csrftoken={TOKEN}", "Accept-Language": "zh-hans"}
    if content is None:
        line.request("GET", path, headers=headers)
    else:
        headers |= {"X-CSRFToken": TOKEN, "Content-Type": "application/json"}
        line.request("POST", path, json.dumps(content), headers)
    answer = line.getresponse()
    return answer.status, answer.read()


def stylesheet(port: int, key: str) -> str:
    """The address of the page's first stylesheet."""
    _, page = ask(http.client.HTTPConnection("127.0.0.1", port), key, "/office/")
    return page.decode().split('rel="stylesheet" href="', 1)[1].split('"', 1)[0]


def times(port: int, key: str, paths: Sequence[str]) -> list[float]:
    """How long each of some requests took, one after the other, in ms."""
    line = http.client.HTTPConnection("127.0.0.1", port)
    taken = []
    for n in range(ROUNDS + 5):
        began = time.perf_counter()
        status, body = ask(line, key, paths[n % len(paths)])
        if n >= 5:
            taken.append((time.perf_counter() - began) * 1000)
        assert status == 200, (paths[n % len(paths)], status, body[:300])
    return taken


def p95(taken: Sequence[float]) -> float:
    """The time that 95 of 100 requests do not exceed."""
    return statistics.quantiles(taken, n=20)[-1]


def line(what: str, taken: Sequence[float], raw: Sequence[float]) -> Figure:
    """One page's times beside those of a file."""
    slow = p95(taken)
    shown, beside = (f"{p95(t):.0f} ({statistics.median(t):.0f})" for t in (taken, raw))
    return Figure(what, shown, beside, f"{slow / p95(raw):.0f}", f"p95 < {P95_MS_MAX} ms", slow < P95_MS_MAX)


def together(port: int, key: str, paths: Sequence[str]) -> Figure:
    """All the pages, by several readers at once."""
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as readers:
        taken = [t for part in readers.map(lambda _: times(port, key, paths), range(AT_ONCE)) for t in part]
    rate = len(taken) / (time.perf_counter() - began)
    what = f"all of these by {AT_ONCE} readers at once, ms at p95 (p50), and pages/s"
    return Figure(what, f"{p95(taken):.0f} ({statistics.median(taken):.0f}), {rate:.0f}/s")


def at_once(port: int, key: str, what: str, path: str) -> Figure:
    """One page, by several readers at once."""
    with ThreadPoolExecutor(AT_ONCE) as readers:
        taken = [t for part in readers.map(lambda _: times(port, key, [path]), range(AT_ONCE)) for t in part]
    shown = f"{p95(taken):.0f} ({statistics.median(taken):.0f})"
    target = f"p95 < {AT_ONCE_P95_MS_MAX} ms"
    name = f"{what}, by {AT_ONCE} readers at once, ms at p95 (p50)"
    return Figure(name, shown, target=target, ok=p95(taken) < AT_ONCE_P95_MS_MAX)


def race(port: int) -> list[Figure]:
    """Fifty phones report in at once, each for somebody else, without a pause: no answer may be a fault of ours."""
    from muster.organisation.models import Account
    from muster.roll.models import Entry, Roll

    roll = Roll.objects.get(figure="mobilisation.members_reported_in")
    waiting = Entry.objects.filter(roll=roll, state="outstanding", assignee__isnull=False)
    people = list(waiting.order_by("subject_id").values_list("subject_id", flat=True)[:RACE_ANSWERS])
    accounts = list(Account.objects.filter(person__in=people))
    keys = [session_of(account) for account in accounts]
    before = Entry.objects.filter(roll=roll, state="answered").count()

    def one(part: Sequence[str]) -> list[tuple[int, float]]:
        line, found = http.client.HTTPConnection("127.0.0.1", port), []
        for key in part:
            began = time.perf_counter()
            status, _ = ask(line, key, "/api/report-in", {"pledged": True})
            found.append((status, (time.perf_counter() - began) * 1000))
        return found

    began = time.perf_counter()
    with ThreadPoolExecutor(RACE_CLIENTS) as phones:
        found = [f for part in phones.map(one, [keys[n::RACE_CLIENTS] for n in range(RACE_CLIENTS)]) for f in part]
    rate = len(found) / (time.perf_counter() - began)
    states = Counter(status for status, _ in found)
    new = Entry.objects.filter(roll=roll, state="answered").count() - before
    faults = sum(n for status, n in states.items() if status != 200) + len(found) - new
    what = f"{len(found):,} report-ins by {RACE_CLIENTS} phones at once"
    taken = [t for _, t in found]
    return [
        Figure(f"{what}: refused, lost or failed", f"{faults}", target="0", ok=not faults),
        Figure(f"{what}: answers/s, ms at p95 (p50)", f"{rate:.0f}, {p95(taken):.0f} ({statistics.median(taken):.0f})"),
    ]


if __name__ == "__main__":
    main()
