"""The ground of `muster <verb>`: what is wrong with the database is told in words, and `muster check` in the district's
language."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.management import call_command
from django.db import DatabaseError, ProgrammingError, connection
from django.db.migrations.exceptions import MigrationSchemaMissing

from muster.foundation import checks, jobs
from muster.foundation.command import FORBIDDEN, MusterCommand
from muster.foundation.models import Job
from muster.foundation.registry import CHECKS
from muster.organisation.models import District
from tests.cast import START, Cast
from tests.databases import make_database, postgresql

MUSTER = Path(sys.executable).parent / "muster"
CHINESE = re.compile("[\u4e00-\u9fff]")


class Driver(Exception):
    """What the driver of PostgreSQL raises."""

    sqlstate: ClassVar[str] = FORBIDDEN


class Refused(MusterCommand):
    """A command whose question the database refuses."""

    error: ClassVar[DatabaseError]

    def run(self, **_: Any) -> None:
        raise self.error


def _as_told(words: str) -> DatabaseError:
    """As Django tells it."""
    told = ProgrammingError(words)
    told.__cause__ = Driver(words)
    return told


def _of_migrations(first: DatabaseError) -> DatabaseError:
    """As Django tells it where its own table cannot be made."""
    told = MigrationSchemaMissing(f"Unable to create the table ({first})")
    told.__context__ = first
    return told


@pytest.mark.parametrize(
    "error",
    [
        _as_told("permission denied for table roll_roll\nLINE 1: SELECT"),
        _of_migrations(_as_told("permission denied for schema public\nLINE 1: CREATE")),
    ],
)
def test_a_right_that_is_lacking_is_told_with_what_to_do(
    cast: Cast, error: DatabaseError, capsys: pytest.CaptureFixture[str]
) -> None:
    command = Refused()
    command.__class__.error = error
    with pytest.raises(SystemExit) as left:
        command.handle()
    said = capsys.readouterr().err
    assert left.value.code == 1
    assert str(connection.settings_dict["NAME"]) in said
    assert re.search("lacks a right: permission denied for .*[a-z]\n", said)
    assert "LINE" not in said
    assert "MUSTER_DATABASE_URL" in said


@pytest.mark.only("postgresql", reason="SQLite knows no users")
def test_a_role_without_rights_is_refused_in_words(tmp_path: Path) -> None:
    url = make_database("forbidden", tmp_path)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
        "MUSTER_KEYS": str(tmp_path / "keys"),
        "LC_ALL": "en_US.UTF-8",
    }

    def run(address: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [MUSTER, *arguments],
            env={**environment, "MUSTER_DATABASE_URL": address},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    role = f"stranger_{os.getpid()}"
    postgresql("psql", "-q", "-c", f"CREATE ROLE {role} LOGIN", "postgres")
    try:
        stranger = url.replace("postgres@", f"{role}:hush-hush@")
        told = [run(stranger, "init")]
        assert run(url, "init").returncode == 0
        verbs = (["init"], ["check"], ["verify"], ["tick"], ["report"], ["missing", "x"], ["serve"])
        told += [run(stranger, *verb) for verb in verbs]
    finally:
        postgresql("psql", "-q", "-c", f"DROP ROLE {role}", "postgres")
    for said in told:
        assert said.returncode == 1
        assert f"the user {role} lacks a right: permission denied" in said.stderr, said.stderr
        assert "Traceback" not in said.stderr
        assert "hush-hush" not in said.stdout + said.stderr


def test_check_speaks_the_districts_language(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    District.objects.update(language="zh-hans")
    Job.objects.create(verb="roll.open", made_at=START, error="roll.closed", state=Job.State.FAILED)
    with pytest.raises(SystemExit) as left:
        call_command("check", verbose=True)
    told = capsys.readouterr().out
    assert left.value.code == 1
    assert [line for line in told.splitlines() if not CHINESE.search(line)] == []
    assert "mobilisation.report_in" in told
    assert len(jobs.in_trouble()) == len(checks.jobs_go_on()) == 1


def test_every_check_has_a_name(cast: Cast) -> None:
    assert [str(check.name) for check in CHECKS.values()] == list(CHECKS)
