"""The few places where the ORM is too slow speak SQL through these: the same words on both engines.

Measured (decision 5): an answer through the ORM's save() cost 2.4 to 3.1 ms of processor, so locks, marks,
entries, tallies, facts and audit lines are written by statements that are composed once for each model.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, TypeVar
from uuid import UUID, SafeUUID

from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.base import ModelState
from django.db.models.fields import Field

M = TypeVar("M", bound=models.Model)


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
    return _in_utc(value)


@lru_cache(maxsize=1024)
def _in_utc(value: datetime) -> str:
    """What was written in one go bears few different moments."""
    return str(value.astimezone(UTC).replace(tzinfo=None))


_UNKNOWN = SafeUUID.unknown


def as_uuid(value: Any) -> UUID | None:
    """What a raw query gave, as a UUID."""
    if value is None or isinstance(value, UUID):
        return value
    # Hex digits as this database wrote them: a list of thousands need not have each one checked and stripped.
    made = object.__new__(UUID)
    object.__setattr__(made, "int", int(value.replace("-", ""), 16))
    object.__setattr__(made, "is_safe", _UNKNOWN)
    return made


def as_time(value: Any) -> datetime | None:
    """What a raw query gave, as an aware moment in UTC."""
    if value is None:
        return None
    moment: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
    # SQLite keeps moments in UTC without saying so.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


_shared: ContextVar[CursorWrapper | None] = ContextVar("shared", default=None)


@contextmanager
def one_cursor() -> Iterator[None]:
    """Within it, the statements below go through one cursor: an action's dozen need not open one each."""
    with connection.cursor() as cursor:
        token = _shared.set(cursor)
        try:
            yield
        finally:
            _shared.reset(token)


@contextmanager
def planned_anew() -> Iterator[None]:
    """Within it PostgreSQL plans each query for its own values, and keeps no plan that is to fit all.

    For a query whose best plan hangs on what is asked: kept, the same took 300 ms instead of 10.
    """
    if not is_postgresql():
        yield
        return
    with transaction.atomic():
        execute("SET LOCAL plan_cache_mode = force_custom_plan")
        yield


def execute(statement: str, values: Sequence[Any] = ()) -> CursorWrapper:
    """Run a statement; its rows and its count are read before the next one is run."""
    cursor = _shared.get() or connection.cursor()
    cursor.execute(statement, values)
    return cursor


@contextmanager
def together() -> Iterator[None]:
    """Statements within it, which give nothing back, are sent to PostgreSQL at once and waited for in the end.

    Nothing may be asked in between, and no COPY be among them: for the few rows of one answer.
    """
    if not is_postgresql():
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def execute_many(statement: str, values: Sequence[Sequence[Any]]) -> None:
    """Run a statement once for each row of values."""
    if len(values) == 1:
        execute(statement, values[0])
    elif values:
        (_shared.get() or connection.cursor()).executemany(statement, values)


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
    if isinstance(base, models.BinaryField):
        return None  # both drivers take bytes as they are
    return lambda v: base.get_db_prep_save(v, connection)


@dataclass(frozen=True)
class _Plan:
    """How rows of a model are inserted: each by its values, or many by COPY where the engine has it."""

    insert: str
    copy: str
    columns: list[tuple[str, Writer | None]]


@cache
def _plan(model: type[models.Model]) -> _Plan:
    fields = [f for f in model._meta.concrete_fields if not (f.primary_key and isinstance(f, models.AutoField))]
    columns = ", ".join(connection.ops.quote_name(f.column or f.name) for f in fields)
    into = f"{connection.ops.quote_name(model._meta.db_table)} ({columns})"
    return _Plan(
        insert=f"INSERT INTO {into} VALUES ({placeholders(fields)})",
        copy=f"COPY {into} FROM STDIN",
        columns=[(f.attname, _writer(f)) for f in fields],
    )


@cache
def _defaults(model: type[M]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """The defaults of a model's columns: values (none where that is allowed), and what is called for each row."""
    fixed: dict[str, Any] = {f.attname: None for f in model._meta.concrete_fields if f.null}
    fields = [f for f in model._meta.concrete_fields if f.has_default()]
    fixed.update({f.attname: f.default for f in fields if not callable(f.default)})
    return fixed, [(f.attname, f.default) for f in fields if callable(f.default)]


def fresh(model: type[M], **columns: Any) -> M:
    """An unsaved instance, by the names of its columns (`unit_id`, never `unit`), at a tenth of what `__init__` costs.

    Raises: TypeError when a column is missing or unknown.
    """
    row = model.__new__(model)
    row._state = ModelState()
    fixed, made = _defaults(model)
    content = vars(row)
    content.update(fixed)
    content.update(columns)
    for name, make in made:
        if name not in columns:
            content[name] = make()
    if len(content) != len(_plan(model).columns) + 1:
        raise TypeError(f"{model.__name__}: wrong columns among {sorted(columns)}")
    return row


def insert(rows: Sequence[models.Model]) -> None:
    """Insert unsaved instances of one model by one statement. Gives no keys back: use models with a UUID key."""
    if not rows:
        return
    plan = _plan(type(rows[0]))
    # The instance's own dictionary: the descriptors of foreign keys are slow to ask. A column at a time, for speed.
    contents = [vars(row) for row in rows]
    columns = [_prepared([content[name] for content in contents], write) for name, write in plan.columns]
    values = list(zip(*columns, strict=True))
    if len(values) > 1 and is_postgresql():
        _copy(plan.copy, values)
    else:
        execute_many(plan.insert, values)


def _prepared(values: list[Any], write: Writer | None) -> list[Any]:
    """One column's values as the engine takes them."""
    if write is None:
        return values
    if write is uuid_value:
        return [None if value is None else value.hex for value in values]
    return [write(value) for value in values]


def _copy(statement: str, values: Sequence[Sequence[Any]]) -> None:
    cursor = _shared.get() or connection.cursor()
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in values:
            copy.write_row(row)


def placeholders(values: Sequence[Any]) -> str:
    """`%s, %s, …` for an IN list."""
    return ", ".join(["%s"] * len(values))


def slices(values: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    """Parts of at most `size`, below what either engine takes as parameters."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def rows(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    found: list[tuple[Any, ...]] = execute(statement, values).fetchall()
    return found


def begins(field: str, words: str) -> models.Q:
    """What begins with some words, as a range that both engines' indexes know; of a column compared byte by byte."""
    last = ord(words[-1]) + 1
    # Between these no character stands; after the last one none does.
    last = 0xE000 if 0xD800 <= last < 0xE000 else last
    least = models.Q(**{f"{field}__gte": words})
    return least & models.Q(**{f"{field}__lt": words[:-1] + chr(last)}) if last <= sys.maxunicode else least


class PathField(models.CharField):  # type: ignore[type-arg]
    """Words compared byte by byte on both engines (C on PostgreSQL, BINARY on SQLite): a place in the tree, a name."""

    def db_parameters(self, connection: Any) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters
