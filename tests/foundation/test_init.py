"""An empty database made ready by the command itself, then checked and verified."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.databases import make_database

MUSTER = Path(sys.executable).parent / "muster"


def test_init_check_and_verify(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
        "MUSTER_DATABASE_URL": make_database("init", tmp_path),
        "MUSTER_KEYS": str(tmp_path / "keys"),
        "LC_ALL": "en_US.UTF-8",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [MUSTER, *arguments], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )

    made = run("init")
    assert made.returncode == 0, made.stderr
    assert f"its keys lie in {tmp_path}/keys" in made.stdout
    keys = {path.name: path.read_text() for path in (tmp_path / "keys").iterdir()}
    again = run("init")
    assert (again.returncode, again.stdout) == (0, made.stdout)
    assert {path.name: path.read_text() for path in (tmp_path / "keys").iterdir()} == keys
    well = run("check")
    assert well.returncode == 0, well.stdout
    verified = run("verify")
    assert verified.returncode == 0, verified.stdout
    assert "triggers: well" in verified.stdout
