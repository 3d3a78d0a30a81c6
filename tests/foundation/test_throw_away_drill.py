"""An earlier drill is thrown away with its own keys, and with nobody else's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from muster.foundation import database
from muster.foundation.models import Lease
from tests.cast import raises_refusal

# The keys of this database, then those that the surroundings name: made, thrown away, looked at.
THROWN_AWAY = """
import os, sys
from pathlib import Path
import django
django.setup()
from django.conf import settings
from muster.foundation import database, keys
settings.VAR = Path(sys.argv[1]) / "var"
database.make_ready(drill=True)
own = keys.folder()
assert own.is_dir() and own.is_relative_to(settings.VAR)
os.environ["MUSTER_KEYS"] = sys.argv[2]
keys.create_missing()
database.throw_away_drill()
assert not own.exists()
assert database.is_empty()
"""


def test_keys_that_muster_keys_names_are_left(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "MUSTER_KEYS"))}
    environment["MUSTER_DATABASE_URL"] = f"sqlite:///{tmp_path}/drill.db"
    done = subprocess.run(
        [sys.executable, "-c", THROWN_AWAY, str(tmp_path), str(tmp_path / "district")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "district").iterdir()} >= {"sealing-0001", "contact-0001"}


@pytest.mark.django_db
def test_it_rejects_a_districts_database() -> None:
    database.make_ready(drill=False)
    with raises_refusal("drill.not_a_drill"):
        database.throw_away_drill()


@pytest.mark.django_db
@pytest.mark.only("postgresql", reason="there it is a file, and the tests' own")
def test_it_rejects_a_server() -> None:
    database.make_ready(drill=True)
    with raises_refusal("drill.not_a_file"):
        database.throw_away_drill()


@pytest.mark.django_db
def test_it_rejects_a_drill_that_a_server_runs_on() -> None:
    database.make_ready(drill=True)
    Lease.objects.create(name="clockwork", holder=f"{socket.gethostname()[:32]}:{os.getpid()}:x", boot="x")
    with raises_refusal("drill.served"):
        database.throw_away_drill()
