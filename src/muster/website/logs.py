"""Logs: one JSON object a line on standard error, with no personal data in it.

What a person wrote reaches a log only through an exception's text or an address's query,
so neither is written: an exception is its type and the lines of code that it passed.
"""

import re
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]


def exception_without_its_text(logger: Any, method: str, event: Event) -> Event:
    """Replaces exc_info by `exception`: {"type": ..., "at": ["file.py:12 function", ...]}, innermost last."""
    given = event.pop("exc_info", None)
    if not given:
        return event
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else None
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        event["exception"] = {
            "type": f"{type(error).__module__}.{type(error).__qualname__}",
            "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
        }
    return event


def without_query_strings(logger: Any, method: str, event: Event) -> Event:
    """Cuts an address in the message at its question mark."""
    message = event.get("event")
    if isinstance(message, str) and "?" in message:
        event["event"] = " ".join(word.split("?", 1)[0] if "/" in word else word for word in message.split(" "))
    return event


CARD = re.compile(r"/in/[^\s/?\"']+")


def without_codes(logger: Any, method: str, event: Event) -> Event:
    """The address of a card is a secret until it is used: of `/in/ABCD…` only `/in/…` is left, wherever it stands."""
    return {name: CARD.sub("/in/…", words) if isinstance(words, str) else words for name, words in event.items()}


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    exception_without_its_text,
    without_query_strings,
    without_codes,
]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)


class JsonLines(structlog.stdlib.ProcessorFormatter):
    """Renders the lines of structlog and of the standard library alike."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "muster.website.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "muster": {"level": "INFO"},
        # Django would mail errors to its ADMINS and print lines of its own.
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    },
}
