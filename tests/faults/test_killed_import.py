"""kill -9 in the middle of an import: no row is half there; the clockwork goes on with it, or it is taken back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.databases import make_database
from tests.sheets.books import HEADS, csv_of, phone

ROOT = Path(__file__).resolve().parents[2]
ROWS = 9000


def environment(url: str, folder: Path) -> dict[str, str]:
    found = {**os.environ, "MUSTER_DATABASE_URL": url, "MUSTER_KEYS": str(folder / "keys")}
    found |= {"MUSTER_SQLITE_SYNCHRONOUS": "FULL", "MUSTER_TRANSACTION_TIMEOUT": "8s"}
    found["PYTHONPATH"] = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    return found


def run(env: Mapping[str, str], *what: str) -> str:
    command = [sys.executable, "-m", "tests.faults.importing", *what]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True, timeout=120).stdout


def told(env: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(env, "told").splitlines()[-1])
    return found


@pytest.mark.parametrize("then", ["work", "undo"])
def test_a_killed_import_is_gone_on_with_or_taken_back(tmp_path: Path, then: str) -> None:
    env = environment(make_database(f"killed_{then}", tmp_path), tmp_path)
    run(env, "set_up")
    rows = [(f"人{n}", "T", f"W{n}", "", "", "", phone(n), "") for n in range(ROWS)]
    book = tmp_path / "people.csv"
    book.write_bytes(csv_of([HEADS, *rows]))
    muster = [str(Path(sys.executable).with_name("muster")), "import", "people", str(book), "--format", "json"]
    process = subprocess.Popen(muster, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    run(env, "kill", str(process.pid))
    process.wait()
    found = told(env)
    assert found["state"] == "applying", found
    assert 0 < found["people"] < ROWS
    assert (found["whole"], found["kept"], found["wrong"]) == (True, found["people"], [])
    run(env, then)
    found = told(env)
    expected = ("applied", ROWS) if then == "work" else ("undone", 0)
    assert (found["state"], found["people"]) == expected
    assert (found["whole"], found["kept"], found["wrong"]) == (True, found["people"], [])
