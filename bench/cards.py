"""500 cards in one PDF, through the page, and a member who comes in: what a lead and a phone wait for.

Beside the print, what its two libraries alone take for the same 500 cards, without codes, rights and database.
"""

from __future__ import annotations

import resource
import time
from typing import Any

from bench import ground
from bench.ground import Figure

CARDS = 500
SECONDS_MAX = 20
RUNS = 3
PEOPLE_OF_A_LIST_MS = 300


def main() -> None:
    """Print the figures."""
    ground.set_up()
    from django.db import connection

    here = ground.district()
    client = commander(here)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # what autovacuum does by itself a minute later
    made, writing = printed(here, client)
    alone = libraries_alone()
    page = ground.best_ms(lambda: client.get("/office/people/cards/"))
    verify, hashed = pin_ms()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    ground.give_back(
        [
            Figure(
                f"{CARDS} cards in one PDF, from the click to the file, s",
                f"{made:.1f}",
                f"{alone:.1f}",
                f"{made / alone:.1f}",
                f"≤ {SECONDS_MAX} s",
                made <= SECONDS_MAX,
            ),
            Figure("of that the transaction, s: how long a writer on SQLite may wait", f"{writing:.2f}"),
            Figure("peak memory of the process, MB", f"{memory:.0f}"),
            Figure(
                f"the list of {ground.PEOPLE:,} people with their cards, ms",
                f"{page:.0f}",
                target=f"≤ {PEOPLE_OF_A_LIST_MS} ms",
                ok=page <= PEOPLE_OF_A_LIST_MS,
            ),
            Figure("a PIN looked at, ms of processor: outside of any transaction", f"{verify:.0f}"),
            Figure("a password looked at, ms of processor: outside of any transaction", f"{hashed:.0f}"),
        ]
    )


def commander(here: ground.District) -> Any:
    """A browser in which a commander is signed in by two factors."""
    from django.test import Client

    from muster.foundation import clock
    from muster.foundation.rights import house
    from muster.organisation.granting import grant_role
    from muster.organisation.models import Account, Unit
    from tests.signed_in import sign_in_behind

    account, root = Account.objects.get(name="p00000"), Unit.objects.get(parent__isnull=True)
    grant_role(by=house("bench"), account=account, role="commander", unit=root, since=clock.now())
    client = Client(headers={"accept-language": "zh-hans"}, SERVER_NAME="127.0.0.1")
    client.force_login(account)
    sign_in_behind(client, account)
    return client


def printed(here: ground.District, client: Any) -> tuple[float, float]:
    """(seconds of the best print, of its transaction), each for 500 other people."""
    from muster.organisation import cards

    people = [person for members in here.people.values() for person in members][CARDS:]
    taken, writing = [], []
    real = cards.issue_codes

    def timed(**given: Any) -> None:
        began = time.perf_counter()
        real(**given)
        writing.append(time.perf_counter() - began)

    cards.issue_codes = timed
    for n in range(RUNS):
        part = [str(pk) for pk in people[n * CARDS : (n + 1) * CARDS]]
        began = time.perf_counter()
        answer = client.post("/office/people/cards/print/", {"unit": "root", "person": part})
        taken.append(time.perf_counter() - began)
        assert answer.status_code == 200, (answer.status_code, answer.content[:500])
        assert answer.content.startswith(b"%PDF-")
    cards.issue_codes = real
    return min(taken), min(writing)


def libraries_alone() -> float:
    """Seconds of the QR codes and of the sheet."""
    from muster.foundation import clock
    from muster.organisation import codes, paper

    made = [codes.make() for _ in range(CARDS)]
    rows = [paper.Card(f"Person {n}", f"{n}", "Unit", code, f"http://x/in/{code}") for n, code in enumerate(made)]
    began = time.perf_counter()
    paper.pdf(rows, until=clock.now(), at=clock.now(), printed_by="chief", host="x")
    return time.perf_counter() - began


def pin_ms() -> tuple[float, float]:
    """What looking at a PIN and at a password takes, in milliseconds."""
    from django.contrib.auth.hashers import check_password, make_password

    from muster.organisation import pins
    from muster.organisation.models import Pin

    chosen = pins.chosen("4831", "4831", "")
    kept, password = Pin(hash=chosen.hash, key_id=chosen.key_id), make_password("four words that differ")
    return ground.best_ms(lambda: pins.is_right("4831", kept)), ground.best_ms(lambda: check_password("x", password))


if __name__ == "__main__":
    main()
