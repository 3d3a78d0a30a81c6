"""The few places where the ORM is too slow speak SQL through these: the same words on both engines.

Measured (decision 5): an answer through the ORM's save() cost 2.4 to 3.1 ms of processor, so locks, marks,
entries, tallies, facts and audit lines are written by statements that are composed once for each model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models.fields import Field


@cache
def is_postgresql() -> bool:
    """Which of the two engines this is: one process knows one."""
    return connection.vendor == "postgresql"


def uuid_value(value: UUID | None) -> Any:
    """A UUID as the engine stores it: native on PostgreSQL, 32 hex digits on SQLite."""
    if value is None or is_postgresql():
        return value
    return value.hex


def time_value(value: datetime | None) -> Any:
    """A moment as the engine stores it: native on PostgreSQL, on SQLite in UTC without saying so, as Django does."""
    if value is None or is_postgresql():
        return value
    if value.tzinfo is None:
        raise ValueError("a moment without a zone")
    return str(value.astimezone(UTC).replace(tzinfo=None))


def as_uuid(value: Any) -> UUID | None:
    """What a raw query gave, as a UUID."""
    return value if value is None or isinstance(value, UUID) else UUID(value)


def as_time(value: Any) -> datetime | None:
    """What a raw query gave, as an aware moment in UTC."""
    if value is None:
        return None
    moment: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
    # SQLite keeps moments in UTC without saying so.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


Writer = Callable[[Any], Any]


def _writer(field: Field[Any, Any]) -> Writer | None:
    """How one column's value is prepared: None for as it is, the common kinds directly, the rest as the ORM does it."""
    base = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(base, models.UUIDField):
        return None if is_postgresql() else uuid_value
    if isinstance(base, models.DateTimeField):
        return None if is_postgresql() else time_value
    if isinstance(base, models.CharField | models.TextField | models.IntegerField | models.BooleanField):
        return None
    return lambda v: base.get_db_prep_save(v, connection)


@cache
def _plan(model: type[models.Model]) -> tuple[str, list[tuple[str, Writer | None]]]:
    fields = [f for f in model._meta.concrete_fields if not (f.primary_key and isinstance(f, models.AutoField))]
    columns = ", ".join(connection.ops.quote_name(f.column or f.name) for f in fields)
    marks = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({columns}) VALUES ({marks})"
    return statement, [(f.attname, _writer(f)) for f in fields]


def insert(rows: Sequence[models.Model]) -> None:
    """Insert unsaved instances of one model by one statement. Gives no keys back: use models with a UUID key."""
    if not rows:
        return
    statement, columns = _plan(type(rows[0]))
    # The instance's own dictionary: the descriptors of foreign keys are slow to ask.
    contents = [vars(row) for row in rows]
    values = [[content[n] if write is None else write(content[n]) for n, write in columns] for content in contents]
    with connection.cursor() as cursor:
        if len(values) == 1:
            cursor.execute(statement, values[0])
        else:
            cursor.executemany(statement, values)


def placeholders(values: Sequence[Any]) -> str:
    """`%s, %s, …` for an IN list."""
    return ", ".join(["%s"] * len(values))


def slices(values: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    """Parts of at most `size`, below what either engine takes as parameters."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def rows(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def stream(statement: str, values: Sequence[Any] = (), size: int = 2000) -> Iterable[tuple[Any, ...]]:
    """Rows of a long query, `size` at a time, so that memory does not grow with the table."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, values)
        while part := cursor.fetchmany(size):
            yield from part


class PathField(models.CharField):  # type: ignore[type-arg]
    """A place in the tree, compared byte by byte on both engines (C on PostgreSQL, BINARY on SQLite)."""

    def db_parameters(self, connection: Any) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters
