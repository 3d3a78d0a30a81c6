"""Facts: what is recorded is never changed. A correction is a new fact that names the one it corrects.

A room declares a fact as a model of its own from `Fact`, with a column `at_unit`; the ground knows no unit.
The triggers of `triggers` refuse UPDATE and DELETE on every `AppendOnly` model, on both engines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.db import models

from muster.foundation import sql
from muster.foundation.ids import new_id
from muster.foundation.registry import FACTS

DIGEST_LENGTH = 64


class ClockBasis(models.TextChoices):
    """Where `happened_at` comes from: the server, a phone's clock put right, a phone's word (decision 9)."""

    SERVER = "server"
    CORRECTED = "corrected"
    DEVICE = "device"


class AppendOnly(models.Model):
    """A table that only grows: the database itself refuses to change or delete its rows."""

    class Meta:
        abstract = True


class Witnessed(AppendOnly):
    """A row that names the audit line which wrote it, and whose content the line's digest covers."""

    line = models.UUIDField()

    class Meta:
        abstract = True


class Fact(Witnessed):
    """Something that happened, as somebody recorded it.

    happened_at: when, by best knowledge. recorded_at: when the server knew; every as-of goes by it.
    by_person recorded it; for_person is set where somebody recorded it for another. digest: of all content.
    """

    KIND: ClassVar[str]

    id = models.UUIDField(primary_key=True, default=new_id)
    by_person = models.UUIDField(null=True)
    for_person = models.UUIDField(null=True)
    incident = models.UUIDField(null=True)
    channel = models.CharField(max_length=16)
    happened_at = models.DateTimeField()
    clock_basis = models.CharField(max_length=10, choices=ClockBasis.choices, default=ClockBasis.SERVER)
    recorded_at = models.DateTimeField()
    corrects = models.UUIDField(null=True, unique=True)
    digest = models.CharField(max_length=DIGEST_LENGTH)

    class Meta:
        abstract = True


_CANONICAL: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: "",
    str: lambda value: value,
    int: str,
    bool: lambda value: "1" if value else "0",
    UUID: lambda value: value.hex,
    datetime: lambda value: value.astimezone(UTC).isoformat(timespec="microseconds"),
}


def canonical(value: Any) -> str:
    """One value written the same way on both engines and in both directions."""
    return _CANONICAL.get(type(value), str)(value)


def canonical_line(values: Iterable[Any]) -> str:
    """Several values in order, as `canonical` writes each."""
    written = _CANONICAL
    return "\x1f".join([written.get(type(value), str)(value) for value in values])


def digest_of_values(values: Iterable[Any]) -> str:
    """SHA-256, in hex, over the values in order; a unit separator cannot occur in the columns covered."""
    return hashlib.sha256(canonical_line(values).encode()).hexdigest()


@lru_cache(maxsize=256)
def covered_columns(model: type[models.Model]) -> tuple[str, ...]:
    """The columns whose content a row's digest covers: all but the digest itself."""
    return tuple(f.attname for f in model._meta.concrete_fields if f.name != "digest")


def digest_of(row: models.Model) -> str:
    """The digest of a row that is about to be written."""
    content = vars(row)
    return digest_of_values([content[name] for name in covered_columns(type(row))])


F = TypeVar("F", bound=Fact)


def draft(model: type[F], **columns: Any) -> F:
    """A fact about to be recorded, by the names of its columns: many answers come at once, so it is made lean.

    Who, when and by which way is written into it when it is recorded.
    """
    return sql.fresh(model, **_NOT_YET, **columns)


_NOT_YET = {"line": None, "channel": "", "happened_at": None, "recorded_at": None, "digest": ""}


def record(facts: Sequence[Witnessed]) -> None:
    """Append rows of one model, witnessed by the running action's line.

    Raises: RuntimeError outside of an action.
    """
    from muster.foundation.action import current_line

    line = current_line()
    for fact in facts:
        fact.line = line.id
        digest = digest_of(fact)
        if isinstance(fact, Fact):
            fact.digest = digest
        line.witness(digest)
    sql.insert(facts)


def is_recorded(model: type[Fact], id: UUID) -> bool:
    """Whether a fact with this id was recorded before: the same answer sent again."""
    return bool(model._default_manager.filter(pk=id).exists())


def corrected_among(ids: Collection[UUID]) -> set[UUID]:
    """Those of some facts that a later fact, of whatever kind, corrects. One query."""
    first, *others = (m._default_manager.filter(corrects__in=ids).values_list("corrects") for m in FACTS.values())
    return {corrects for (corrects,) in first.union(*others)} if ids else set()
