"""Ids: UUIDs of version 7, so that rows made together lie together. Never a measure of order."""

from __future__ import annotations

from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

_NAMESPACE = UUID("5b1f6f0e-2c0e-5b0a-9d52-7a3c1f0e6d11")


def new_id() -> UUID:
    """A new id, as `uuid.UUID`."""
    return uuid7()


def named_id(*parts: str) -> UUID:
    """The id that always belongs to these words, so that doing a thing again is recognised as the same."""
    return uuid5(_NAMESPACE, "\x1f".join(parts))
