"""16 processes on PostgreSQL, 4 on SQLite, the same 500 entries, kill -9 in between: nothing is lost or doubled.

60 seconds by hand: MUSTER_HAMMER_SECONDS=60 .venv/bin/python tests/run.py tests/faults/test_hammer.py -s
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ENGINE
from tests.databases import make_database

ROOT = Path(__file__).resolve().parents[2]
SECONDS = float(os.environ.get("MUSTER_HAMMER_SECONDS", "8"))
WORKERS = 16 if ENGINE == "postgresql" else 4


@dataclass(frozen=True)
class Hammered:
    """A database after the hammer."""

    environment: dict[str, str]
    log: Path
    killed: int


def run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout.strip()


@pytest.fixture(scope="module")
def hammered(tmp_path_factory: pytest.TempPathFactory) -> Hammered:
    folder = tmp_path_factory.mktemp("hammer")
    environment = {
        **os.environ,
        "MUSTER_DATABASE_URL": make_database("hammer", folder),
        "MUSTER_KEYS": str(folder / "keys"),
        "MUSTER_SQLITE_SYNCHRONOUS": "FULL",
        "MUSTER_TRANSACTION_TIMEOUT": "8s",
    }
    script = (sys.executable, "-m", "tests.faults.hammer")
    run(environment, *script, "prepare")
    killed = run(environment, *script, "strike", str(WORKERS), str(SECONDS), str(folder / "log"))
    return Hammered(environment, folder / "log", int(killed))


def test_no_caller_sees_a_deadlock_or_a_lock(hammered: Hammered) -> None:
    assert hammered.killed >= SECONDS / 2
    assert not hammered.log.exists(), hammered.log.read_text()[:2000]


def test_marks_entries_and_tallies_agree_and_each_fact_marks_once(hammered: Hammered) -> None:
    run(hammered.environment, str(Path(sys.executable).parent / "muster"), "verify")
    counted = run(
        hammered.environment,
        sys.executable,
        "-c",
        "import django; django.setup();"
        "from muster.roll.models import Mark, Tally; from django.db.models import Sum;"
        "s = Tally.objects.filter(roll__kind__in=['mobilisation.report_in', 'mobilisation.acknowledgement'])"
        ".aggregate(a=Sum('answered'), o=Sum('outstanding'), e=Sum('excused'));"
        "print(Mark.objects.count(), s['a'] + s['o'] + s['e'])",
    )
    marks, expected = map(int, counted.split())
    print(f"\n{ENGINE}: {WORKERS} processes, {SECONDS:.0f} s, {hammered.killed} killed, {marks} marks")
    assert expected == 500
    assert marks > 500 + 50
