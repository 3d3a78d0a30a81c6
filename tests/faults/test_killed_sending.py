"""kill -9 at any point of sending: nothing is told twice, and whatever was not told is there, by name."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.databases import make_database
from tests.faults.telling import MANY
from tests.faults.test_killed_import import ROOT, environment
from tests.messages.servers import sink


def _run(env: dict[str, str], *what: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.faults.telling", *what]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(("when", "after"), [("taken", 7), ("sent", MANY), ("written", 7)])
def test_nothing_is_told_twice_and_nothing_is_lost(tmp_path: Path, when: str, after: int) -> None:
    env = environment(make_database(f"telling_{when}_{after}", tmp_path), tmp_path)
    with sink() as server:
        done = _run(env, "set_up", server.url)
        assert done.returncode == 0, done.stderr[-2000:]
        assert _run(env, "killed", when, str(after)).returncode == -9
        done = _run(env, "tick", "6")
        assert done.returncode == 0, done.stderr[-2000:]
        states = json.loads(done.stdout.splitlines()[-1])
        heard = Counter(request.json["serial"] for request in server.heard)
    assert set(heard.values()) == {1}
    told = {serial for serial, state in states.items() if state == "sent"}
    unsure = {serial for serial, state in states.items() if state == "unsure"}
    assert len(states) == MANY
    assert told | unsure == set(states)
    assert len(unsure) == (0 if when == "written" else 1), "the one that was in hand is listed, and not sent again"
    assert set(heard) - unsure == told
