"""kill -9 in the middle of a telling: the next tick goes on with it; nobody is told twice, nobody is left out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.databases import make_database
from tests.faults.chasing import PEOPLE
from tests.faults.test_killed_import import ROOT, environment


def run(env: Mapping[str, str], *what: str) -> str:
    command = [sys.executable, "-m", "tests.faults.chasing", *what]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True, timeout=180).stdout


def told(env: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(env, "told").splitlines()[-1])
    return found


def test_a_killed_telling_loses_and_doubles_nothing(tmp_path: Path) -> None:
    env = environment(make_database("killed_chase", tmp_path), tmp_path)
    run(env, "set_up")
    chasing = [sys.executable, "-m", "tests.faults.chasing", "chase"]
    process = subprocess.Popen(chasing, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    run(env, "kill", str(process.pid))
    process.wait()
    found = told(env)
    assert 0 < found["told"] < PEOPLE
    assert found["told"] % 500 == 0, "a slice is whole or not there"
    assert (found["messages"], found["most"], found["done"], found["wrong"]) == (found["told"], 1, 0, [])
    for _again in range(2):
        run(env, "chase")
        found = told(env)
        assert (found["told"], found["messages"], found["most"]) == (PEOPLE, PEOPLE, 1)
        assert (found["done"], found["wrong"]) == (1, [])
