"""What conftest and the settings promise to every other test, on the engine of this run."""

import os
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection

from muster.foundation import triggers
from muster.foundation.models import Seal

SQLITE = os.environ.get("MUSTER_TEST_ENGINE", "sqlite") == "sqlite"


def _one_seal() -> Seal:
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    return Seal.objects.create(no=1, prev_hash="", hash="a", up_to=moment, lines=0, at=moment)


@pytest.mark.parametrize("turn", ["first", "second"])
@pytest.mark.django_db(transaction=True)
def test_append_only_tables_are_emptied_between_tests_and_their_triggers_stand(turn: str) -> None:
    assert not Seal.objects.exists()
    _one_seal()
    assert triggers.faults(connection) == {}
    for write in (Seal.objects.all().delete, lambda: Seal.objects.update(lines=2)):
        with pytest.raises((IntegrityError, DatabaseError), match="append-only"):
            write()
    assert Seal.objects.get().lines == 0


@pytest.mark.django_db(transaction=True)
def test_the_engine_is_the_one_of_this_run_and_set_up_as_in_life() -> None:
    if SQLITE:
        wanted = {"journal_mode": "wal", "foreign_keys": 1, "recursive_triggers": 1, "busy_timeout": 20000}
        assert {name: _asked(f"PRAGMA {name}") for name in wanted} == wanted
        assert connection.transaction_mode == "IMMEDIATE"  # type: ignore[attr-defined]
    else:
        assert _asked("SHOW transaction_isolation") == "read committed"
        assert _asked("SHOW lock_timeout") == "5s"
        assert _asked("SHOW transaction_timeout") == os.environ["MUSTER_TRANSACTION_TIMEOUT"]


def _asked(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    assert row is not None
    return row[0]


def test_every_room_is_installed() -> None:
    from tests.architecture.rooms import heights

    installed = {config.label for config in apps.get_app_configs() if config.name.startswith("muster.")}
    assert installed - {"auth", "contenttypes"} >= set(heights())


@pytest.mark.django_db(transaction=True)
def test_a_browser_opens_a_page_of_the_live_server(live_server: Any, page: Any) -> None:
    answer = page.goto(f"{live_server.url}/no-such-page")
    assert answer.status == 404
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    page.evaluate("() => { document.body.dataset.seen = 'yes' }")
    assert page.locator("body").get_attribute("data-seen") == "yes"
