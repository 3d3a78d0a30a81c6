"""The journal of erasures: a file beside the keys, so that a restored backup forgets again what had been erased.

A line an erasure: its moment, the kind of what was erased, its id. It names ids only and is never shortened.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from muster.foundation import keys

NAME = "erased.journal"
KEPT = "kept:"
"""Before the kind, in a line that takes an earlier one back."""


def file() -> Path:
    """Where the journal lies."""
    return keys.folder() / NAME


def write(kind: str, ids: Collection[UUID], at: datetime) -> None:
    """Name what is about to be erased; on the disk when this returns."""
    lines = "".join(f"{at.astimezone(UTC).isoformat(timespec='microseconds')} {kind} {one}\n" for one in ids)
    _append(file(), lines)


def take_back(kind: str, ids: Collection[UUID], at: datetime) -> None:
    """What was named was not erased after all: the verb refused. A restore leaves it alone."""
    write(f"{KEPT}{kind}", ids, at)


def read() -> dict[str, dict[UUID, datetime]]:
    """{kind: {id: when it was erased last}}. A line that was cut off by a full disk or a power cut is passed over."""
    found: dict[str, dict[UUID, datetime]] = {}
    if not file().exists():
        return found
    for line in file().read_text(encoding="utf-8").splitlines():
        try:
            moment, kind, one = line.split(" ")
            if kind.startswith(KEPT):
                found.get(kind.removeprefix(KEPT), {}).pop(UUID(one), None)
            else:
                found.setdefault(kind, {})[UUID(one)] = datetime.fromisoformat(moment)
        except ValueError:
            continue
    return found


def merge(lines: Collection[str], place: Path) -> None:
    """Add the lines of a copy of the journal that do not stand in a folder's own yet."""
    own = place / NAME
    here = set(own.read_text(encoding="utf-8").splitlines()) if own.exists() else set()
    _append(own, "".join(f"{line}\n" for line in sorted(set(lines) - here)))


def _last_byte(own: Path) -> bytes:
    with own.open("rb") as read:
        read.seek(-1, os.SEEK_END)
        return read.read(1)


def _append(own: Path, lines: str) -> None:
    if not lines:
        return
    # A line that was cut off must not swallow the next one.
    torn = own.exists() and own.stat().st_size > 0 and _last_byte(own) != b"\n"
    rest = (b"\n" if torn else b"") + lines.encode()
    descriptor = os.open(own, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
