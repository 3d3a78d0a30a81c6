"""What a command prints, beside what the API answers."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

from django.core.management import call_command


def printed(command: str, number: str, *arguments: str, **options: Any) -> Any:
    """The JSON of `muster <command>` with somebody's rights."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        call_command(command, *arguments, format="json", account=number, **options)
    return json.loads(out.getvalue())
