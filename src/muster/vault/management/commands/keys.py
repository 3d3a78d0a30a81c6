"""muster keys"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser
from django.utils.translation import gettext, gettext_noop

from muster.foundation import database, key_copy, keys
from muster.foundation.command import MusterCommand
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.rights import house
from muster.vault import retention
from muster.vault.actions import note_key_copy

USES = {
    "contact": gettext_noop("encrypts telephone numbers"),
    "identity": gettext_noop("encrypts ID numbers"),
    "bodies": gettext_noop("encrypts files"),
    "matching": gettext_noop("finds people by number"),
    "sealing": gettext_noop("seals the log"),
    "signing": gettext_noop("signs badges"),
}


class Command(MusterCommand):
    help = gettext_noop("List, rotate, export or import the keys of this database.")

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|rotate|export|import")
        verbs.add_parser("list", help=gettext("which keys there are"))
        rotate = verbs.add_parser("rotate", help=gettext("add a new key, which is in force from now on"))
        rotate.add_argument("purpose", choices=[*keys.PURPOSES, "all"], help=gettext("which key"))
        export = verbs.add_parser("export", help=gettext("write all keys into a file under a passphrase"))
        back = verbs.add_parser("import", help=gettext("put back from such a file what is missing"))
        back.add_argument("--database", metavar="ID", help=gettext("the id of a database that is not there yet"))
        for one in (export, back):
            one.add_argument("file", metavar="FILE", type=Path)
            one.add_argument(
                "--passphrase-file", metavar="FILE", type=Path, help=gettext("a file that holds the passphrase")
            )

    def run(self, **options: Any) -> None:
        getattr(self, f"_{options['verb']}")(options)

    def _list(self, _: Any) -> None:
        _require_database()
        print(keys.folder())
        for purpose in keys.PURPOSES:
            ids = ", ".join(keys.key_ids(purpose)) or gettext("missing")
            print(f"  {purpose:<10}{ids}  {gettext(USES[purpose])}")

    def _rotate(self, options: Any) -> None:
        _require_database()
        wanted = keys.PURPOSES if options["purpose"] == "all" else (options["purpose"],)
        for purpose in wanted:
            key_id = retention.rotate(purpose)
            print(gettext("%(purpose)s: key %(id)s is in force") % {"purpose": purpose, "id": key_id})
        print(
            gettext(
                "What the old keys encrypted is renewed by the clockwork; they stay, since older backups need them."
            )
        )
        print(gettext("Export the keys anew: a copy from before does not open what is written from now on."))

    def _export(self, options: Any) -> None:
        _require_database()
        count = key_copy.write(options["file"], _passphrase(options, twice=True))
        note_key_copy(by=house("keys"), count=count)
        words = gettext("%(count)s keys and the journal of erasures are in %(file)s. Keep it apart from every backup.")
        print(words % {"count": count, "file": options["file"]})

    def _import(self, options: Any) -> None:
        made = key_copy.put_back(options["file"], _passphrase(options, twice=False), _place(options["database"]))
        print(gettext("put back: %(names)s") % {"names": ", ".join(made) or gettext("nothing was missing")})


def _require_database() -> None:
    if database.is_empty():
        raise Refusal("database.empty", text("This database is empty."), text("Run `muster init` first."))


def _place(database_id: str | None) -> Path:
    """The folder that keys are put back into: of this database, or of one that is restored afterwards."""
    try:
        named = UUID(database_id) if database_id else None
    except ValueError as error:
        raise invalid("database", text("This is no id of a database."), "keys.database") from error
    if named is None and database.is_empty() and not keys.is_folder_named():
        raise invalid(
            "database",
            text("This database is empty: say whose keys these are, or name their folder with MUSTER_KEYS."),
            "keys.database",
        )
    return keys.folder_of(named)


def _passphrase(options: Any, *, twice: bool) -> str:
    """From the file, else typed; piped in where nobody sits at a terminal."""
    if options["passphrase_file"] is not None:
        return str(options["passphrase_file"].read_text(encoding="utf-8").strip("\r\n"))
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip("\r\n")
    given = getpass.getpass(gettext("Passphrase: "))
    if twice and getpass.getpass(gettext("Once more: ")) != given:
        raise invalid("passphrase", text("The two passphrases differ."), "keys.passphrase")
    return given
