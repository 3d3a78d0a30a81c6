"""Kill -9 in the middle of a print of cards: all or nothing, and the next print goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import make_database
from tests.faults.test_hammer import ROOT


def _command(folder: Path, url: str, *words: str) -> tuple[list[str], dict[str, str]]:
    environment = {**os.environ, "MUSTER_DATABASE_URL": url, "MUSTER_KEYS": str(folder / "keys")}
    environment["PYTHONPATH"] = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    return [sys.executable, "-m", "tests.faults.printing", *words], environment


def _said(folder: Path, url: str, *words: str) -> str:
    command, environment = _command(folder, url, *words)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def _killed(folder: Path, url: str, where: str) -> None:
    """Print until that place is reached, then kill -9."""
    command, environment = _command(folder, url, "print", where)
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "here\n"
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


@pytest.mark.parametrize(("where", "made"), [("rendering", 0), ("writing", 0), ("committed", 3)])
def test_a_print_that_is_killed_is_all_or_nothing(tmp_path: Path, where: str, made: int) -> None:
    url = make_database(f"printing_{where}", tmp_path)
    _said(tmp_path, url, "make")
    _killed(tmp_path, url, where)
    assert int(_said(tmp_path, url, "count")) == made
    after = json.loads(_said(tmp_path, url, "print"))
    if made:
        assert after == {"status": 422, "pdf": False, "codes": 3, "alive": 3}, "made, not used: the list says so"
    else:
        assert after == {"status": 200, "pdf": True, "codes": 3, "alive": 3}
