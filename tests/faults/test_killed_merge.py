"""kill -9 in the middle of a merger: either verb is done whole or not at all, and the same command again ends it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.databases import make_database
from tests.faults.merging import PEOPLE, POINTS
from tests.faults.test_killed_import import ROOT, environment

BEFORE = {
    "open": [PEOPLE, 0],
    "handed over": 0,
    "marks": 0,
    "places": [PEOPLE, 0],
    "closed": False,
    "goes on as": False,
    "lines": 0,
    "wrong": [],
}
HANDED_OVER = {**BEFORE, "open": [0, PEOPLE], "handed over": PEOPLE, "marks": 2 * PEOPLE, "lines": 1}
MERGED = {**HANDED_OVER, "places": [0, PEOPLE], "closed": True, "goes on as": True, "lines": 2}


def _run(env: Mapping[str, str], *what: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.faults.merging", *what]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)


def _told(env: Mapping[str, str]) -> dict[str, Any]:
    done = _run(env, "told")
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_killed_merger_is_whole_or_not_there(tmp_path: Path) -> None:
    """Killed at one point after another, each time the same command again: the last one ends it."""
    env = environment(make_database("killed_merge", tmp_path), tmp_path)
    done = _run(env, "set_up")
    assert done.returncode == 0, done.stderr[-2000:]
    assert _told(env) == BEFORE
    for point, left in POINTS.items():
        killed = _run(env, "merge", point)
        assert killed.returncode == -9, (point, killed.stderr[-2000:])
        assert _told(env) == (HANDED_OVER if left.verb == "merge" else BEFORE), point
    done = _run(env, "merge")
    assert done.returncode == 0, done.stderr[-2000:]
    assert _told(env) == MERGED
    again = _run(env, "merge")
    assert again.returncode != 0
    assert "unit.closed" in again.stderr or "unit.merge" in again.stderr, "what is merged is not merged again"
    assert _told(env) == MERGED
