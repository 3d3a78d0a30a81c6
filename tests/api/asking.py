"""The addresses of all operations that ask, and what they have in common."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.api.calls import Caller, ok
from tests.cast import START

ZONE = ZoneInfo("Asia/Shanghai")
ACKNOWLEDGED = "mobilisation.organisations_acknowledged"
REPORTED_IN = "mobilisation.members_reported_in"

ASKING = (
    "figures",
    f"figures/{REPORTED_IN}",
    f"figures/{REPORTED_IN}/rows",
    "rolls",
    f"rolls/{REPORTED_IN}/missing",
    "report",
)
"""All of them take as_of, unit and incident."""


def moment(minutes: float = 0, seconds: float = 0) -> str:
    """So long after START, as a reader of the district writes it."""
    return (START + timedelta(minutes=minutes, seconds=seconds)).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M:%S")


def same_moment(words: str, minutes: float) -> bool:
    """Whether an answer's moment is that one."""
    return datetime.fromisoformat(words) == START + timedelta(minutes=minutes)


def figure_of(caller: Caller, key: str, **query: Any) -> Any:
    """One figure."""
    return ok(caller.get(f"figures/{key}", query))


def rows_of(caller: Caller, key: str, **query: Any) -> list[Any]:
    """The rows behind a figure, those of the first page."""
    rows: list[Any] = ok(caller.get(f"figures/{key}/rows", query))["rows"]
    return rows
