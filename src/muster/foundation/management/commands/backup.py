"""muster backup"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext, gettext_noop

from muster.foundation import backup
from muster.foundation.command import MusterCommand


class Command(MusterCommand):
    help = gettext_noop("Write a backup of the database to a file, while the server goes on. It holds no key.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help=gettext("a file that is not there yet"))

    def run(self, **options: Any) -> None:
        file: Path = options["file"]
        backup.write(file)
        words = gettext("backup written to %(file)s: %(megabytes)s MB")
        print(words % {"file": file, "megabytes": f"{file.stat().st_size / 1e6:.1f}"})
        print(gettext("It holds no key: keep a copy of the folder of keys apart from it (`muster keys export`)."))
