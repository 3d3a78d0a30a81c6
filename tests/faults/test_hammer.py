"""Many processes at the same 500 entries, with kill -9 in between: marks = entries = tallies, each fact once.

8 seconds in the suite; by hand: MUSTER_HAMMER_SECONDS=60 .venv/bin/python tests/run.py tests/faults/test_hammer.py -s
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.conftest import ENGINE
from tests.databases import make_database

ROOT = Path(__file__).resolve().parents[2]
SECONDS = float(os.environ.get("MUSTER_HAMMER_SECONDS", "8"))
PROCESSES = 16 if ENGINE == "postgresql" else 4
NEVER = {"action.too_slow", "clock.stepped_back", "keys.missing", "rights.refused"}
"""Refusals that nothing of this work may lead to."""


def hammered(url: str, folder: Path) -> dict[str, Any]:
    """The run, with the settings of life: FULL on SQLite, 8 s a transaction on PostgreSQL."""
    environment = {**os.environ, "MUSTER_DATABASE_URL": url, "MUSTER_KEYS": str(folder / "keys")}
    environment |= {"MUSTER_SQLITE_SYNCHRONOUS": "FULL", "MUSTER_TRANSACTION_TIMEOUT": "8s"}
    environment["PYTHONPATH"] = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    command = [sys.executable, "-m", "tests.faults.hammer"]
    command += ["--processes", str(PROCESSES), "--seconds", str(SECONDS), "--folder", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS * 3 + 180
    )
    assert done.stdout, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_hammer(tmp_path: Path) -> None:
    found = hammered(make_database("hammer", tmp_path), tmp_path)
    print(json.dumps(found, indent=1))
    assert found["errors"] == []
    assert found["wrong"] == []
    assert found["hung"] == 0
    assert found["kills"] >= 5
    asked = set(found["done"]) | {refused.split()[0] for refused in found["refused"]}
    assert asked >= {"answer", "correct", "excuse", "withdraw", "hand_over"}
    assert not {refused.split()[1] for refused in found["refused"]} & NEVER
