"""Runs the benchmarks, each in a process and a database of its own, and writes bench/RESULTS.md.

    python -m bench.run [answers moments …] [--engine sqlite|postgresql]

PostgreSQL runs with its own defaults for safety (fsync, synchronous_commit on); SQLite with synchronous=FULL.
What was not run keeps its last figures, which lie under var/bench/.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import results
from tests.run import postgresql

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("answers", "moments", "opening", "verify", "play", "pages", "cards", "sheets", "search")
SECONDS_MAX = 3600
SERVER_SETTINGS = {"max_connections": "100"}


@contextmanager
def environment(engine: str) -> Iterator[dict[str, str]]:
    """An empty database with an empty folder for its keys; both go afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="muster-bench-"))
    given = {**os.environ, "MUSTER_KEYS": str(folder / "keys"), "MUSTER_SECRET_KEY": "only for benchmarks"}
    given.pop("MUSTER_SQLITE_SYNCHRONOUS", None)
    try:
        if engine == "sqlite":
            yield {**given, "MUSTER_DATABASE_URL": f"sqlite:///{folder}/bench.db"}
        else:
            with postgresql(SERVER_SETTINGS) as socket:
                yield {**given, "MUSTER_DATABASE_URL": f"postgresql://postgres@/postgres?host={socket}"}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(name: str, engine: str) -> int:
    """One benchmark on one engine; keeps its figures; returns its exit code."""
    print(f"\n=== {name}, {engine} ===", flush=True)
    with environment(engine) as given:
        command = [sys.executable, "-m", f"bench.{name}"]
        done = subprocess.run(
            command, cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True, timeout=SECONDS_MAX, check=False
        )
    *shown, last = done.stdout.rstrip("\n").split("\n")
    if done.returncode:
        print(done.stdout)
        return done.returncode
    print("\n".join(shown))
    results.keep(name, engine, json.loads(last))
    return 0


def main() -> int:
    """Returns 0 when every benchmark ran; whether it met its target is for the reader."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped then too
    parser = ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(NAMES)}; all when none is named")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], help="only this one")
    options = parser.parse_args()
    engines = [options.engine] if options.engine else ["sqlite", "postgresql"]
    codes = [run(name, engine) for name in options.names or NAMES for engine in engines]
    results.write()
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
