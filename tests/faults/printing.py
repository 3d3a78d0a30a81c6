"""One print of cards in a process of its own, which stops where it is told to until it is killed.

python -m tests.faults.printing make                     an empty database, the cast
python -m tests.faults.printing print rendering          stops while the PDF is made
python -m tests.faults.printing print writing            stops within the transaction
python -m tests.faults.printing print committed          stops before the answer goes out
python -m tests.faults.printing print                    goes through; prints what came of it, as JSON
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any


def stop() -> None:
    """Say that the place is reached, and wait to be killed."""
    print("here", flush=True)
    time.sleep(60)


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which stops when it has done its work."""

    def run(*args: Any, **kwargs: Any) -> Any:
        found = function(*args, **kwargs)
        stop()
        return found

    return run


def make() -> None:
    """The cast, committed."""
    from muster.foundation import database
    from tests import cast

    database.make_ready(drill=False)
    cast.make()


def print_cards(where: str) -> None:
    """The lead of A1 prints the cards of all who have none."""
    from django.test import Client

    from muster.organisation import cards, paper
    from muster.organisation.models import Account, Code
    from tests.signed_in import sign_in_behind

    if where == "rendering":
        paper.pdf = after(paper.pdf)
    elif where == "writing":
        Code.objects.bulk_create = after(Code.objects.bulk_create)  # type: ignore[method-assign]
    elif where == "committed":
        cards.issue_codes = after(cards.issue_codes)
    account, client = Account.objects.get(name="lead_a1"), Client()
    client.force_login(account)
    sign_in_behind(client, account)
    answer = client.post("/office/people/cards/print/", {"unit": "A1"})
    alive = Code.objects.filter(used_at__isnull=True, revoked_at__isnull=True)
    counts = {"status": answer.status_code, "pdf": answer.content[:5] == b"%PDF-"}
    print(json.dumps({**counts, "codes": Code.objects.count(), "alive": alive.count()}))


def main() -> None:
    """Do what was asked."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "muster.website.settings"
    import django

    django.setup()
    if sys.argv[1] == "make":
        make()
    elif sys.argv[1] == "count":
        from muster.organisation.models import Code

        print(Code.objects.count())
    else:
        print_cards(sys.argv[2] if len(sys.argv) > 2 else "")


if __name__ == "__main__":
    main()
