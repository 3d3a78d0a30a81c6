"""The audit log: one line an action, in its transaction. Ids and digests only, no names, no content."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from muster.foundation import clock, keys, sql
from muster.foundation.facts import canonical, canonical_line, digest_of_values
from muster.foundation.ids import new_id
from muster.foundation.models import AuditLine
from muster.foundation.rights import Actor

IDS_MAX = 50
Code = str | int | bool | UUID | datetime | None
_CODE = re.compile(r"[A-Za-z0-9_.:/+ -]{0,80}", re.ASCII)
"""What a line may say of a change: no name, no word of anybody's language is one."""


class Line:
    """The line of an action that is running: gathers what is written until it is written itself."""

    def __init__(self, verb: str, by: Actor, unit: Any, request: UUID | None, acting_for: UUID | None) -> None:
        self.id = new_id()
        self.acting_for = acting_for
        self.verb = verb
        self.by = by
        self.unit_path = getattr(unit, "path", "") or ""
        self.request = request
        self._started: float | None = None
        self._moment: datetime | None = None
        self._ids: list[UUID | str] = []
        self._digests: list[str] = []
        self._changes: list[list[str]] = []

    def moment(self) -> datetime:
        """The moment that everything in this action records; fixed at the first call, after the locks."""
        if self._moment is None:
            self._started = clock.monotonic()
            self._moment = clock.recorded_at()
        return self._moment

    def age_seconds(self) -> float:
        """Seconds since the lock."""
        return 0.0 if self._started is None else clock.monotonic() - self._started

    def note(self, *ids: UUID | str) -> None:
        """Name what this action is about. Ids only, the first 50 are kept; rows that it wrote name this line."""
        self._ids.extend(ids)

    def witness(self, digest: str) -> None:
        """A row with this digest was written."""
        self._digests.append(digest)

    def change(self, field: str, *values: Code) -> None:
        """Say what became of a row that is not kept as it was: `change("state", "open", "closed")`, before and after.

        Codes, counts, ids and moments only. Of what is personal or free text say the field alone, without values: it
        was changed. What stayed as it was is left out. Raises: ValueError for a value that is no code, or only one.
        """
        if len(values) not in (0, 2):
            raise ValueError("a change has a before and an after, or neither")
        written = [canonical(value) for value in values]
        if not all(map(_CODE.fullmatch, [field, *written])):
            raise ValueError(f"{field}: a line holds codes only")
        if not written or written[0] != written[1]:
            self._changes.append([field, *written])

    def write(self, inputs: dict[str, Any]) -> None:
        """Append the line."""
        row = sql.fresh(
            AuditLine,
            id=self.id,
            at=self.moment(),
            actor=self.by.name,
            actor_account=self.by.account_id,
            channel=self.by.channel,
            verb=self.verb,
            unit_path=self.unit_path,
            ids=json.dumps([str(i) for i in self._ids[:IDS_MAX]]),
            input_hmac=input_hmac(inputs),
            facts_digest=digest_of_digests(self._digests),
            witnessed=len(self._digests),
            request=self.request,
            acting_for=self.acting_for,
            token=self.by.token_id,
            change=json.dumps(self._changes) if self._changes else "",
            mac="",
        )
        row.mac = mac_of(row)
        sql.insert([row])


def digest_of_digests(digests: list[str]) -> str:
    """The digest of all rows that one line witnesses, in whatever order they were written."""
    return hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()


_LATER = ("token", "change")
_COLUMNS = tuple(f.attname for f in AuditLine._meta.concrete_fields if f.name not in ("mac", "acting_for", *_LATER))


def line_digest(row: AuditLine) -> str:
    """The digest of a line's content, its mac included."""
    return digest_of_values([*_content(row), row.mac])


def mac_of(row: AuditLine) -> str:
    """The keyed hash of a line's content: whoever has the database but not the keys cannot make it."""
    return keys.hmac_hex("sealing", canonical_line(_content(row)))


def mac_holds(row: AuditLine) -> bool:
    """Whether a line's mac is one of its content, by whichever sealing key was in force then."""
    return keys.is_hmac("sealing", canonical_line(_content(row)), row.mac)


def _content(row: AuditLine) -> list[Any]:
    content = vars(row)
    found = [content[name] for name in _COLUMNS]
    # Lines were written and sealed before anybody could stand in: those that say nothing of it read as they did then.
    if row.acting_for is not None:
        found.append(row.acting_for)
    # And so for each column that came after: with its name, so that none can be read as another.
    return found + [f"{name}={canonical(content[name])}" for name in _LATER if content[name]]


def input_hmac(inputs: Mapping[str, Any]) -> str:
    """The keyed hash of what an action was asked, whoever asks: the same request has the same."""
    return keys.hmac_hex("sealing", _asked(inputs))


def is_asked_by(inputs: Mapping[str, Any], hmac: str) -> bool:
    """Whether a line's hash is that of these inputs, by whichever key it was made."""
    return keys.is_hmac("sealing", _asked(inputs), hmac)


def _asked(inputs: Mapping[str, Any]) -> str:
    return _INPUTS.encode({k: v for k, v in inputs.items() if k != "by"})


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return [value._meta.label_lower, canonical(value.pk)]
    if isinstance(value, set | frozenset | tuple):
        return sorted(map(str, value))
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if hasattr(value, "__dict__"):
        return vars(value)
    return canonical(value)


_INPUTS = json.JSONEncoder(default=_plain, sort_keys=True, ensure_ascii=False)


def line_of_request(request: UUID) -> UUID | None:
    """The line that did this request, if one did."""
    found = sql.rows("SELECT id FROM foundation_auditline WHERE request = %s", [sql.uuid_value(request)])
    return sql.as_uuid(found[0][0]) if found else None
