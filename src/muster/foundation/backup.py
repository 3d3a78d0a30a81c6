"""A backup of the whole database as of one moment, while the server goes on; it holds no key.

SQLite: a database file, written by VACUUM INTO, so that nothing freed stands in it. PostgreSQL: a zip with the COPY
text of each table, read in one snapshot, and a manifest. Either is restored into an empty place of its own engine.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from muster.foundation import clock, database, journal, keys, sql
from muster.foundation.action import action, current_line
from muster.foundation.command import without_time_limit
from muster.foundation.errors import Refusal, text
from muster.foundation.models import AuditLine, Database, Lease
from muster.foundation.registry import ERASED
from muster.foundation.rights import HOUSE, Actor, house

FORMAT = "muster-backup-1"
MANIFEST = "manifest.json"
SQLITE_HEAD = b"SQLite format 3\x00"
PIECE_BYTES = 1 << 20
NOT_COPIED = {"django_migrations"}
"""Tables that the restoring Muster writes by itself."""
MARK = "muster_restoring"
"""A table that stands from the first copied row until the journal was replayed: until then nothing is served."""


@action("foundation.note_backup", roles=(HOUSE,))
def note_backup(*, by: Actor, bytes_written: int) -> None:
    """A backup was written, so big: its line is how `muster check` knows its age."""
    current_line().note(f"bytes:{bytes_written}")


@action("foundation.note_restore", roles=(HOUSE,))
def note_restore(*, by: Actor, newest: datetime | None, erased_again: int) -> None:
    """A backup was put in place of what was here: up to which line of the log it reached."""
    current_line().note(f"newest:{newest.isoformat() if newest else ''}", f"erased_again:{erased_again}")


@dataclass(frozen=True)
class Restored:
    """What a restore brought back: of which database, up to which line of the log; how much was erased again."""

    id_public: UUID
    newest: datetime | None
    erased_again: int


def write(file: Path) -> None:
    """Write a backup to a file that is not there yet. It appears whole or not at all.

    Raises: Refusal `backup.there`, `database.empty`.
    """
    if file.exists():
        raise Refusal(
            "backup.there",
            text("%(file)s is there already."),
            text("Name a file that is not there yet."),
            file=str(file),
        )
    if database.is_empty():
        raise Refusal("database.empty", text("This database is empty."), text("Run `muster init` first."))
    half = file.with_name(f".{file.name}.half")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    os.close(descriptor)
    try:
        _write_sqlite(half) if connection.vendor == "sqlite" else _write_postgresql(half)
        with half.open("rb+") as written:
            os.fsync(written.fileno())
        half.rename(file)
        note_backup(by=house("backup"), bytes_written=file.stat().st_size)
    finally:
        half.unlink(missing_ok=True)


def _write_sqlite(file: Path) -> None:
    sql.execute("VACUUM INTO %s", [str(file)])


def _write_postgresql(file: Path) -> None:
    without_time_limit()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, _snapshot():
        manifest: dict[str, Any] = {"format": FORMAT, "made_at": clock.machine_now().isoformat(), "tables": {}}
        manifest["database"] = str(Database.objects.values_list("id_public", flat=True)[0])
        manifest["migrations"] = sorted(map(list, MigrationLoader(connection).applied_migrations))
        for table in _tables():
            columns = [c.name for c in _columns(table)]
            with archive.open(f"{table}.copy", "w", force_zip64=True) as out:
                manifest["tables"][table] = {"columns": columns, "sha256": _copy_out(table, columns, out)}
        archive.writestr(MANIFEST, json.dumps(manifest))


@contextmanager
def _snapshot() -> Iterator[None]:
    """All that is read within is of one moment."""
    with transaction.atomic():
        sql.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _tables() -> list[str]:
    names = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    return sorted(names - NOT_COPIED)


def _columns(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        return connection.introspection.get_table_description(cursor, table)


def _copy_out(table: str, columns: list[str], out: Any) -> str:
    digest = hashlib.sha256()
    names = ", ".join(map(connection.ops.quote_name, columns))
    statement = f"COPY (SELECT {names} FROM {connection.ops.quote_name(table)}) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in copy:
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


def restore(file: Path, *, without_keys: bool = False) -> Restored:
    """Put a backup into an empty place, bring it up to date, erase again what had been erased since, end all sessions.

    Raises: Refusal `backup.place` where something stands, `backup.engine`, `backup.not_one`, `backup.damaged`,
    `backup.newer`, `keys.missing` unless without_keys.
    """
    if half_restored():
        return _finish()
    if not database.is_empty():
        raise Refusal(
            "backup.place",
            text("A database of Muster stands here already. Nothing was restored."),
            text("Name an empty place with MUSTER_DATABASE_URL, or move the old file away."),
        )
    kind = _engine_of(file)
    if kind != connection.vendor:
        raise Refusal(
            "backup.engine",
            text("This backup is of the other engine (%(engine)s)."),
            text("Name an empty place of that engine with MUSTER_DATABASE_URL."),
            engine=kind,
        )
    _from_sqlite(file, without_keys) if kind == "sqlite" else _from_postgresql(file, without_keys)
    return _finish()


def half_restored() -> bool:
    """Whether a restore was cut off after its rows were there: running it again ends it."""
    return MARK in connection.introspection.table_names()


def obstacle() -> Refusal | None:
    """Why a half-restored database is served to nobody: who was erased since the backup stands in it again."""
    if not half_restored():
        return None
    return Refusal(
        "backup.half",
        text("A restore of this database was cut off."),
        text("Run the same `muster restore` again: it goes on where it stood."),
        status=503,
    )


def _engine_of(file: Path) -> str:
    with file.open("rb") as opened:
        head = opened.read(len(SQLITE_HEAD))
    if head == SQLITE_HEAD:
        return "sqlite"
    if zipfile.is_zipfile(file):
        return "postgresql"
    raise _not_one()


def _not_one() -> Refusal:
    return Refusal(
        "backup.not_one", text("This file is no backup of Muster's."), text("Choose another file."), status=422
    )


def _damaged() -> Refusal:
    return Refusal(
        "backup.damaged",
        text("This backup is damaged. Nothing was restored."),
        text("Take another backup, or another copy of this one."),
        status=422,
    )


def _require_known(migrations: set[tuple[str, str]]) -> None:
    """Refuse a backup by a newer Muster: its tables are not known here."""
    if migrations - set(MigrationLoader(None).disk_migrations):
        raise Refusal(
            "backup.newer",
            text("A newer Muster wrote this backup."),
            text("Install that version, or a newer one, and restore with it."),
            status=422,
        )


def _require_keys(id_public: UUID, without_keys: bool) -> None:
    """The keys of that very database: its folder bears its id."""
    there = keys.folder_of(id_public)
    if not without_keys and not all(list(there.glob(f"{purpose}-*")) for purpose in ("sealing", "signing")):
        raise Refusal(
            "keys.missing",
            text("The keys of this database are not in %(folder)s. Nothing was restored."),
            text(
                "Put the folder of keys back first (`muster keys import`), or name it with MUSTER_KEYS."
                " If it is lost for good: --without-keys."
            ),
            status=503,
            folder=str(there),
        )


def _from_sqlite(file: Path, without_keys: bool) -> None:
    target = Path(str(connection.settings_dict["NAME"]))
    try:
        source = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            if source.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise _damaged()
            found = source.execute("SELECT id_public FROM foundation_database").fetchone()
            migrations = set(source.execute("SELECT app, name FROM django_migrations").fetchall())
        finally:
            source.close()
    except sqlite3.DatabaseError as error:
        raise (_not_one() if "no such table" in str(error) else _damaged()) from error
    if found is None:
        raise _not_one()
    _require_known(migrations)
    _require_keys(UUID(found[0]), without_keys)
    connection.close()
    half = target.with_name(f".{target.name}.half")
    _copy_file(file, half)
    marked = sqlite3.connect(half)
    marked.execute(f"CREATE TABLE {MARK} (half INTEGER)")
    marked.commit()
    marked.close()
    for ending in ("", "-wal", "-shm"):
        Path(f"{target}{ending}").unlink(missing_ok=True)  # what an empty connection has left
    half.rename(target)


def _copy_file(source: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with source.open("rb") as read, os.fdopen(descriptor, "wb") as written:
        while piece := read.read(PIECE_BYTES):
            written.write(piece)
        written.flush()
        os.fsync(written.fileno())


def _from_postgresql(file: Path, without_keys: bool) -> None:
    without_time_limit()
    with _opened(file) as archive:
        manifest = _manifest(archive)
        migrations = {(app, name) for app, name in manifest["migrations"]}
        _require_known(migrations)
        _require_keys(UUID(manifest["database"]), without_keys)
        _require_whole(archive, manifest)
        with transaction.atomic():
            # All of it or nothing, tables included: the schema of the backup's time, then its rows.
            for app in sorted({app for app, _name in migrations}):
                newest = max(name for one, name in migrations if one == app)
                call_command("migrate", app, newest, verbosity=0, interactive=False)
            sql.execute("SET CONSTRAINTS ALL DEFERRED")  # a migration may have left some of them immediate
            for table, told in manifest["tables"].items():
                _copy_in(archive, table, told["columns"])
            sql.execute(f"CREATE TABLE {MARK} (half INTEGER)")
            # Of the backup's time: tables that came later are made when it is brought up to date.
            there = set(connection.introspection.table_names())
            models = [model for model in apps.get_models() if model._meta.db_table in there]
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                sql.execute(statement)


def _opened(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise _damaged() from error


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        found = json.loads(archive.read(MANIFEST))
        if found["format"] != FORMAT:
            raise _not_one()
        found["database"], found["migrations"], found["tables"]
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise _damaged() from error
    except (KeyError, ValueError, TypeError) as error:
        raise _not_one() from error
    return found  # type: ignore[no-any-return]


def _require_whole(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """Every table is there as it was written, before the first row goes into the database."""
    for table, told in manifest["tables"].items():
        digest = hashlib.sha256()
        try:
            with archive.open(f"{table}.copy") as read:
                while piece := read.read(PIECE_BYTES):
                    digest.update(piece)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise _damaged() from error
        if digest.hexdigest() != told["sha256"]:
            raise _damaged()


def _copy_in(archive: zipfile.ZipFile, table: str, columns: list[str]) -> None:
    names = ", ".join(map(connection.ops.quote_name, columns))
    statement = f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN"
    with connection.cursor() as cursor, archive.open(f"{table}.copy") as read, cursor.copy(statement) as copy:
        while piece := read.read(PIECE_BYTES):
            copy.write(piece)


def _finish() -> Restored:
    """Up to date, without sessions and ticker, and what the journal names erased again."""
    clock.forget_offset()
    call_command("migrate", verbosity=0, interactive=False)
    row = Database.objects.get()
    keys.forget()
    keys.create_missing()
    for session in (model for model in apps.get_models() if model._meta.db_table == "django_session"):
        session._default_manager.all().delete()
    Lease.objects.update(holder="", boot="", until_monotonic=0, seen={})
    newest = AuditLine.objects.order_by("-at").values_list("at", flat=True).first()
    again = 0
    for kind, erased in journal.read().items():
        if kind in ERASED:
            again += ERASED[kind](erased)
    note_restore(by=house("restore"), newest=newest, erased_again=again)
    sql.execute(f"DROP TABLE {MARK}")
    return Restored(row.id_public, newest, again)
