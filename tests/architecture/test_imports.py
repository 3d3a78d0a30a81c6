"""Rooms import only downwards."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.rooms import ROOT, SOURCE, heights


def test_rooms_import_only_lower_rooms() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_is_in_the_contract() -> None:
    rooms = {folder.name for folder in SOURCE.iterdir() if (folder / "__init__.py").is_file()}
    assert rooms == set(heights())
