"""How the server is: signs with state and what to do, as a page, for machines, and whether it answers at all."""

from __future__ import annotations

import shutil
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from muster.foundation import backup, clock, clockwork, health, seals
from muster.foundation.checks import Check
from muster.foundation.management.commands.check import grouped
from muster.foundation.models import Lease
from muster.foundation.registry import CHECKS, HEALTH
from muster.foundation.rights import house
from muster.vault.actions import note_key_copy
from tests.api.calls import Caller, ok
from tests.cast import START, Cast, at
from tests.website.conftest import Visit

PAGE = "/office/health/"


def sign(key: str) -> health.Sign:
    """One of them."""
    return next(one for one in health.signs() if one.key == key)


def test_every_state_that_is_not_well_says_what_to_do(cast: Cast) -> None:
    for one in health.signs():
        assert bool(one.next_step) is (one.state != health.OK), one
    assert len({one.key for one in health.signs()}) == len(health.signs())


@pytest.mark.parametrize(
    ("who", "status"), [("commander", 200), ("administrator", 200), ("clerk", 403), ("lead_a", 403)]
)
def test_it_is_for_commanders_and_administrators(cast: Cast, visit: Visit, who: str, status: int) -> None:
    assert visit(who).get(PAGE).status_code == status
    assert Caller(who).get("health").status_code == status


def test_the_page_and_the_machine_say_the_same_and_no_path(cast: Cast, visit: Visit) -> None:
    said, told = visit("administrator").get(PAGE).content.decode(), ok(Caller("administrator").get("health"))
    assert [one["key"] for one in told["signs"]] == [one.key for one in health.signs()]
    assert told["state"] == told["signs"][0]["state"] == "bad"
    for one in told["signs"]:
        assert one["label"] in said
    for path in ("/tmp", "/work", "var/", str(health.keys.folder())):
        assert path not in said.replace("/static/", "")


def test_the_age_of_the_backup(cast: Cast) -> None:
    assert (sign("backup").state, sign("backup").value) == ("bad", "never")
    with at(hours=6):
        backup.note_backup(by=house("backup"), bytes_written=1)
    for hours, state in ((7, "ok"), (33, "warn"), (6 + 24 * 8, "bad")):
        with at(hours=hours):
            assert sign("backup").state == state
    with at(hours=7):
        assert sign("backup").value == "60 minutes ago"


def test_the_copy_of_the_keys(cast: Cast) -> None:
    assert sign("key_copy").state == "warn"
    note_key_copy(by=house("keys"), count=8)
    assert sign("key_copy").state == "ok"
    with at(hours=24 * 100):
        assert (sign("key_copy").state, sign("key_copy").value) == ("warn", "99 days ago")


def test_the_last_tick(cast: Cast) -> None:
    assert sign("tick").state == "bad"
    Lease.objects.update_or_create(name=clockwork.NAME, defaults={"ticked_at": clock.now() - timedelta(minutes=2)})
    assert sign("tick").state == "ok"
    Lease.objects.update(ticked_at=clock.now() - timedelta(minutes=4))
    assert sign("tick").state == "bad"


def test_lines_that_are_not_sealed(cast: Cast) -> None:
    with at(hours=8):
        assert sign("unsealed").state == "bad"
        seals.seal_settled()
        assert (sign("unsealed").state, sign("unsealed").value) == ("ok", "none")
        note_key_copy(by=house("keys"), count=8)
        assert sign("unsealed").value == "1, the oldest 0 minutes ago"
    with at(hours=8, minutes=10):
        assert sign("unsealed").state == "warn"


@pytest.mark.parametrize(("free", "state"), [(10**9 * 50, "ok"), (10**9, "warn"), (10**8, "bad")])
def test_room_on_the_disks(cast: Cast, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=free))
    assert (sign("disk_database").state, sign("disk_keys").state) == (state, state)
    assert health.in_gb(free) in sign("disk_keys").value


def test_a_fault_of_muster_check_is_a_sign(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (sign("triggers").state, sign("triggers").value) == ("ok", "well")
    wrong = Check("triggers", "triggers", lambda: ["a", "b"])
    monkeypatch.setitem(CHECKS._offers, "triggers", wrong)
    assert (sign("triggers").state, sign("triggers").value) == ("bad", "2 faults")
    assert "muster check --verbose" in sign("triggers").next_step


def test_a_room_adds_its_own(cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    own = health.Sign("waiting", "Messages not sent", "12", health.BAD, "See to the gateway.")
    monkeypatch.setitem(HEALTH._offers, "messages", lambda: [own])
    said = visit("commander").get(PAGE).content.decode()
    assert "Messages not sent" in said
    assert "See to the gateway." in said


def test_queries(cast: Cast, visit: Visit) -> None:
    client = visit("commander")
    client.get(PAGE)
    with CaptureQueriesContext(connection) as asked:
        client.get(PAGE)
    assert len(asked) <= 28


def test_alive_says_nothing_else_to_anybody(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")

    def broken(*_: object) -> None:
        raise DatabaseError("no server")

    monkeypatch.setattr("muster.website.views_health.connection", SimpleNamespace(cursor=broken))
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (503, b"database\n")


def test_muster_check_groups_what_is_alike(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    faults = [f"trigger roll_mark_no_{what} is missing: run `muster init`" for what in ("update", "delete", "x")]
    with override("en"):
        lines = grouped([*faults, "DEBUG is on"])
    assert lines == [f"{faults[0]} (and 2 more like it)", "DEBUG is on"]
    assert grouped([]) == []
    with pytest.raises(SystemExit):
        call_command("check")
    short = capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("check", "--verbose")
    long = capsys.readouterr().out
    assert "mobilisation.acknowledge" in long
    assert "mobilisation.acknowledge" not in short
    assert len(short) < len(long) / 2
    assert START
