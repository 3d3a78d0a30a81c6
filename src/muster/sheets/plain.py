"""A cell of a workbook as text. It imports nothing of the house: the process that reads foreign files uses it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

EXACT_DIGITS = 1e15
"""From here on a spreadsheet keeps a number's first fifteen digits only."""


def plain(value: Any) -> str:
    """A cell as a spreadsheet shows it: 13800138000.0 is 13800138000; a number of too many digits is 1.4E+17."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(float(value))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if not (value.hour or value.minute) else f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _number(value: float) -> str:
    if abs(value) >= EXACT_DIGITS:
        return f"{value:.10E}"
    return str(int(value)) if value.is_integer() else repr(round(value, 10))
