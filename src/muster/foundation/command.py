"""The ground of `muster <verb>`: a refusal is printed with what to do next and ends with exit code 1."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from muster.foundation.errors import Refusal


class MusterCommand(BaseCommand):
    """A verb of the command line. Subclasses write `help`, `add_arguments` and `run`."""

    requires_system_checks = ()

    def run(self, **options: Any) -> None:
        """Do it."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, and turn a refusal into its words on stderr and exit code 1."""
        try:
            self.run(**options)
        except Refusal as refusal:
            print(f"muster: {refusal.message}", file=sys.stderr)
            for field, words in refusal.fields.items():
                if str(words) != refusal.message:
                    print(f"  {field}: {words}", file=sys.stderr)
            if refusal.next_step:
                print(refusal.next_step, file=sys.stderr)
            raise SystemExit(1) from refusal
        except BrokenPipeError:
            # The reader (head, less) has what it wanted.
            sys.stderr.close()
            raise SystemExit(0) from None

    @staticmethod
    def print_json(content: Any) -> None:
        """One JSON document on stdout."""
        print(json.dumps(content, ensure_ascii=False, indent=2))

    @staticmethod
    def print_csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A CSV table on stdout."""
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def without_time_limit() -> None:
    """Long commands (verify, migrate) run without the limit that every action's transaction has."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET transaction_timeout = 0")
