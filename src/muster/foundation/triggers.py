"""The triggers by which the database itself refuses to change what is append-only.

They are made anew after each migration, because SQLite rebuilds a table to alter it and loses its triggers.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from muster.foundation.facts import AppendOnly

_FUNCTION = """
CREATE OR REPLACE FUNCTION muster_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only: % refuses %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def append_only_models() -> list[type[models.Model]]:
    """Every model of the house that only grows."""
    return [m for m in apps.get_models() if issubclass(m, AppendOnly)]


def _names(table: str, vendor: str) -> list[str]:
    operations = ["update", "delete"] if vendor == "sqlite" else ["change", "truncate"]
    return [f"{table}_no_{operation}" for operation in operations]


def create(connection: BaseDatabaseWrapper) -> None:
    """Make every trigger that is missing."""
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION, None)
        for model in append_only_models():
            table = model._meta.db_table
            if table in existing:
                for statement in _statements(table, connection.vendor):
                    cursor.execute(statement, None)


def _statements(table: str, vendor: str) -> list[str]:
    first, second = _names(table, vendor)
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {operation} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'append-only: {table} refuses {operation}'); END"
            for name, operation in ((first, "UPDATE"), (second, "DELETE"))
        ]
    return [
        f"CREATE OR REPLACE TRIGGER {first} BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION muster_refuse_change()",
        f"CREATE OR REPLACE TRIGGER {second} BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION muster_refuse_change()",
    ]


def create_after_migration(using: str, **_: Any) -> None:
    """Called by Django after each app's migrations."""
    create(connections[using])


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of triggers that do not stand, or stand but are switched off."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        standing = {row[0] for row in cursor.fetchall()}
    wanted = [n for m in append_only_models() for n in _names(m._meta.db_table, connection.vendor)]
    return [name for name in wanted if name not in standing]


def prove(**_: Any) -> list[str]:
    """For `muster verify`: every trigger stands."""
    return [f"trigger {name} is missing" for name in missing(connections["default"])]
