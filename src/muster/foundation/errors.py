"""One error for everything that is refused: a code, a message in the reader's language, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as text

Text = str | Promise

__all__ = ["Refusal", "Text", "invalid", "not_found", "text"]


class Refusal(Exception):
    """Muster says no. Nothing was written.

    code: dotted, stable, for programs (`roll.closed`). message, next_step: for people, translated when shown.
    status: the HTTP status that fits. fields: for a form or a file, which field or cell says what.
    """

    def __init__(
        self,
        code: str,
        message: Text,
        next_step: Text = "",
        *,
        status: int = 409,
        fields: Mapping[str, Text] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self._message = message
        self._next_step = next_step
        self.status = status
        self.fields = dict(fields or {})
        self.details = details

    @property
    def message(self) -> str:
        """The message in the active language, its `%(name)s` filled from the details."""
        return _filled(self._message, self.details)

    @property
    def next_step(self) -> str:
        """What to do next, in the active language; empty when there is nothing to say."""
        return _filled(self._next_step, self.details)

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


def _filled(words: Text, details: Mapping[str, Any]) -> str:
    return str(words) % details if details else str(words)


def not_found(code: str = "not_found") -> Refusal:
    """Not there, or not yours to see: one answer for both, so that it tells nothing."""
    return Refusal(
        code,
        text("There is no such thing, or it is not yours to see."),
        text("Go back to the list and choose from there."),
        status=404,
    )


def invalid(field: str, message: Text, code: str = "invalid", **details: Any) -> Refusal:
    """One field of a form, a file or a request is wrong."""
    return Refusal(
        code,
        message,
        text("Mend it and send it again. Nothing was written."),
        status=422,
        fields={field: _filled(message, details) if details else message},
        **details,
    )
