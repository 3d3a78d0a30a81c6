"""Check a badge: `muster badge check TEXT [--keys FILE] [--revoked FILE]`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser
from django.utils.translation import gettext, gettext_noop

from muster.foundation import clock, database, keys
from muster.foundation.command import MusterCommand
from muster.foundation.errors import Refusal, invalid, text
from muster.mobilisation import badges
from muster.organisation.models import District


class Command(MusterCommand):
    help = gettext_noop("Check the text of a badge (or `keys`, `revoked`: print what a check elsewhere needs)")

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="what", required=True, metavar="check|keys|revoked")
        check = verbs.add_parser("check", help=gettext("check a badge; exit 0 only when it is valid"))
        check.add_argument(
            "text", metavar="TEXT", help=gettext("the text of the badge; - reads it from standard input")
        )
        check.add_argument("--keys", metavar="FILE", help=gettext("public keys as JSON; this database's if left out"))
        check.add_argument(
            "--revoked", metavar="FILE", help=gettext("numbers of the revoked, one a line; this database's if left out")
        )
        check.add_argument("--format", choices=["text", "json"], default="text")
        verbs.add_parser("keys", help=gettext("print the public keys as JSON, for --keys"))
        verbs.add_parser("revoked", help=gettext("print the numbers of the revoked, for --revoked"))

    def run(self, **options: Any) -> None:
        """Do the verb."""
        if options["what"] == "keys":
            self.print_json(keys.public_signing_keys())
        elif options["what"] == "revoked":
            print("\n".join(badges.revoked_numbers()))
        else:
            _check(**options)


def _check(*, text: str, keys: str | None, revoked: str | None, format: str, **_: Any) -> None:
    payload = sys.stdin.read() if text == "-" else text
    public, gone = _public_keys(keys), _revoked(revoked)
    found = badges.check(payload, public, gone, clock.now().astimezone(_zone()).date())
    rows = {
        "verdict": found.verdict,
        "number": found.number,
        "role": found.role,
        "unit": found.unit,
        "valid_to": found.valid_to.isoformat() if found.valid_to else "",
    }
    if format == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_in_words(found)))
    if found.verdict != "valid":
        raise SystemExit(1)


def _in_words(found: badges.Checked) -> Iterator[str]:
    """What the page says too: the verdict with what follows from it, then what stands on the badge."""
    yield from (str(words) for words in badges.VERDICTS[found.verdict])
    told = {
        gettext("Role"): badges.ROLES.get(found.role, found.role),
        gettext("Unit"): found.unit,
        gettext("Number"): found.number,
        gettext("Valid to"): found.valid_to.isoformat() if found.valid_to else "",
    }
    yield from (f"{label}: {words}" for label, words in told.items() if words)


def _zone() -> ZoneInfo:
    """The district's zone; a checker without a database goes by UTC."""
    if database.is_empty():
        return ZoneInfo("UTC")
    return ZoneInfo(District.objects.values_list("zone", flat=True).first() or "UTC")


def _public_keys(file: str | None) -> dict[str, str]:
    if file is None:
        return keys.public_signing_keys()
    try:
        found = json.loads(_read(file))
        if not isinstance(found, dict) or not all(len(bytes.fromhex(raw)) == 32 for raw in found.values()):
            raise ValueError
    except (ValueError, TypeError) as error:
        raise invalid(
            "keys", text("%(file)s holds no public keys: they are JSON, {key id: 64 hex digits}."), file=file
        ) from error
    return {str(key): raw for key, raw in found.items()}


def _revoked(file: str | None) -> list[str]:
    if file is None:
        return badges.revoked_numbers()
    return [line.strip() for line in _read(file).splitlines() if line.strip()]


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(
            "file.unreadable", text("%(file)s cannot be read."), text("Name a file that is there."), file=file
        ) from error
