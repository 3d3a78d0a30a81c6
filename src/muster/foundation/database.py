"""An empty database made ready to use, a district's or a drill's, with its keys."""

from __future__ import annotations

import shutil
import socket
from datetime import datetime, timedelta
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from muster.foundation import clock, keys
from muster.foundation.command import without_time_limit
from muster.foundation.errors import Refusal, text
from muster.foundation.models import Database, Lease


def is_empty() -> bool:
    """Whether no table of Muster's stands here yet."""
    return Database._meta.db_table not in connection.introspection.table_names()


def make_ready(*, drill: bool) -> Database:
    """Migrate, make the row of this database and the keys that are missing. Harmless when done again.

    Raises: Refusal `keys.missing` (503) where keys were lost: new ones under their names would hide it.
    """
    without_time_limit()
    call_command("migrate", verbosity=0, interactive=False)
    row = Database.objects.first()
    if row is None:
        row = Database.objects.create(drill=drill, made_at=clock.machine_now())
    keys.forget()
    for purpose in keys.lost():
        raise keys.is_missing(purpose)
    keys.create_missing()
    return row


def throw_away_drill() -> None:
    """Delete an earlier drill's SQLite file with its keys, so that one can be played afresh; an empty place is no harm.

    Keys in a folder that MUSTER_KEYS names are left: it may be the district's.

    Raises: Refusal `drill.not_a_drill` for a district's own database, `drill.not_a_file` on PostgreSQL, `drill.served`
    while a server of this machine runs on it: it would go on answering from a file that is gone.
    """
    if is_empty():
        return
    if not is_drill():
        raise not_a_drill()
    if is_served():
        raise Refusal("drill.served", text("A server runs on this drill."), text("Stop it first, then try again."))
    if connection.vendor != "sqlite":
        raise Refusal(
            "drill.not_a_file",
            text("Only a drill in an SQLite file is thrown away."),
            text("Name an empty database with MUSTER_DATABASE_URL."),
        )
    place, file = keys.own_folder(), str(connection.settings_dict["NAME"])
    connection.close()
    for ending in ("", "-wal", "-shm"):
        Path(file + ending).unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    keys.forget()
    clock.forget_offset()


def is_served() -> bool:
    """Whether a process of this machine holds the clockwork of this database."""
    holder = Lease.objects.exclude(holder="").values_list("holder", flat=True).first() or ""
    host, _, rest = holder.partition(":")
    process = rest.partition(":")[0]
    return host == socket.gethostname()[:32] and process.isdigit() and Path(f"/proc/{process}").exists()


def is_drill() -> bool:
    """Whether this is a drill's database."""
    return bool(Database.objects.filter(drill=True).exists())


def run_clock_on_from(moment: datetime) -> timedelta:
    """Let a drill's clock run on from this moment at the pace of real time; returns the offset kept.

    Raises: Refusal `drill.not_a_drill` on a district's own database.
    """
    if not is_drill():
        raise not_a_drill()
    offset = moment - clock.machine_now()
    microseconds = offset // timedelta(microseconds=1)
    Database.objects.update(clock_offset_microseconds=microseconds)
    clock.forget_offset()
    return offset


def not_a_drill() -> Refusal:
    """A district's own database plays no scenario and keeps the machine's clock."""
    return Refusal(
        "drill.not_a_drill",
        text("This is a district's own database. No drill is played in it."),
        text("Name an empty database with MUSTER_DATABASE_URL."),
    )
