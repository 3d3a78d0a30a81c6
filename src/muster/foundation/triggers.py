"""The triggers by which the database itself refuses to change what is append-only.

They are made anew after each migration, because SQLite rebuilds a table to alter it and loses its triggers.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from muster.foundation.errors import Text, text
from muster.foundation.facts import AppendOnly

_BODY = """
BEGIN
  RAISE EXCEPTION 'append-only: % refuses %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END """
_FUNCTION = f"CREATE OR REPLACE FUNCTION muster_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $${_BODY}$$"

# pg_trigger.tgtype: before, for each row, delete or update; before, for each statement, truncate.
_POSTGRESQL = {
    "change": ("BEFORE UPDATE OR DELETE", "ROW", 1 + 2 + 8 + 16),
    "truncate": ("BEFORE TRUNCATE", "STATEMENT", 2 + 32),
}
_SQLITE = ("update", "delete")

MISSING = text("trigger %(name)s is missing")
CHANGED = text("trigger %(name)s does not stand as it should")


def append_only_models() -> list[type[models.Model]]:
    """Every model of the house that only grows."""
    return [m for m in apps.get_models() if issubclass(m, AppendOnly)]


def names(model: type[models.Model], vendor: str) -> list[str]:
    """The names of a model's triggers."""
    return [name for name, _ in _wanted(model._meta.db_table, vendor)]


def _wanted(table: str, vendor: str) -> list[tuple[str, str]]:
    """Each trigger of a table: its name and the statement that makes it."""
    if vendor == "sqlite":
        return [
            (
                f"{table}_no_{operation}",
                f"CREATE TRIGGER {table}_no_{operation} BEFORE {operation.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'append-only: {table} refuses {operation.upper()}'); END",
            )
            for operation in _SQLITE
        ]
    return [
        (
            f"{table}_no_{operation}",
            f"CREATE OR REPLACE TRIGGER {table}_no_{operation} {when} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION muster_refuse_change()",
        )
        for operation, (when, each, _) in _POSTGRESQL.items()
    ]


def create(connection: BaseDatabaseWrapper) -> None:
    """Make every trigger that does not stand as it should."""
    existing = set(connection.introspection.table_names())
    wrong = faults(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION, None)
        for model in append_only_models():
            table = model._meta.db_table
            for name, statement in _wanted(table, connection.vendor) if table in existing else ():
                if name in wrong:
                    _make(cursor, connection.vendor, table, name, statement)


def _make(cursor: Any, vendor: str, table: str, name: str, statement: str) -> None:
    if vendor == "sqlite":
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}", None)
        cursor.execute(statement, None)
    else:
        cursor.execute(statement, None)
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}", None)


def create_after_migration(using: str, **_: Any) -> None:
    """Called by Django after each app's migrations."""
    create(connections[using])


def faults(connection: BaseDatabaseWrapper) -> dict[str, Text]:
    """{name of a trigger: MISSING or CHANGED}; one that is switched off is CHANGED."""
    find = _standing_sqlite if connection.vendor == "sqlite" else _standing_postgresql
    standing = find(connection)
    found: dict[str, Text] = {}
    for model in append_only_models():
        for name, statement in _wanted(model._meta.db_table, connection.vendor):
            if name not in standing:
                found[name] = MISSING
            elif standing[name] != _as_standing(model._meta.db_table, name, statement, connection.vendor):
                found[name] = CHANGED
    return found


def _as_standing(table: str, name: str, statement: str, vendor: str) -> tuple[Any, ...]:
    if vendor == "sqlite":
        return (table, statement)
    kind = _POSTGRESQL[name.removeprefix(f"{table}_no_")][2]
    return (table, kind, True, False, _BODY)


def _standing_sqlite(connection: BaseDatabaseWrapper) -> dict[str, tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {name: (table, statement) for name, table, statement in cursor.fetchall()}


def _standing_postgresql(connection: BaseDatabaseWrapper) -> dict[str, tuple[Any, ...]]:
    """table, kind, whether it is on (and not for replicas only), whether it has a condition, its function's body."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname, c.relname, t.tgtype, t.tgenabled IN ('O', 'A'),"
            " t.tgqual IS NOT NULL OR t.tgattr <> ''::int2vector, p.prosrc"
            " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)"
        )
        return {name: tuple(rest) for name, *rest in cursor.fetchall()}


def prove(**_: Any) -> list[str]:
    """For `muster verify`: every trigger stands and does what it should."""
    return [str(what) % {"name": name} for name, what in faults(connections["default"]).items()]
