"""The ground of `muster <verb>`: a refusal is printed with what to do next and ends with exit code 1."""

from __future__ import annotations

import csv
import getpass
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, OperationalError, ProgrammingError, connection
from django.db.migrations.exceptions import MigrationSchemaMissing
from django.utils import translation
from django.utils.translation import gettext

from muster.foundation.errors import Refusal, text

FORBIDDEN = "42501"
"""PostgreSQL's SQLSTATE for a right that the user lacks."""

_language: Callable[[], str | None] = lambda: None  # noqa: E731 until a room above installs its own


def install_language(found: Callable[[], str | None]) -> None:
    """The language in which commands speak on this database; None where it has none yet."""
    global _language
    _language = found


class MusterCommand(BaseCommand):
    """A verb of the command line. Subclasses write `help` (by gettext_noop), `add_arguments` and `run`.

    option_of: the options that fields of a refusal are called by, where it is not their name.
    """

    requires_system_checks = ()
    option_of: ClassVar[Mapping[str, str]] = {}

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """The parser of the arguments, with `help` in the language of the moment."""
        self.help = gettext(self.help)
        return super().create_parser(prog_name, subcommand, **options)

    def run(self, **options: Any) -> None:
        """Do it."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Run in the district's language, and turn a refusal into its words on stderr and exit code 1."""
        with translation.override(translation.get_language()):
            try:
                translation.activate(_language() or translation.get_language())
                self.run(**options)
            except Refusal as refusal:
                self._leave(refusal, options)
            except DatabaseError as error:
                self._leave(_unusable(error), options)
            except BrokenPipeError:
                # The reader (head, less) has what it wanted.
                sys.stderr.close()
                raise SystemExit(0) from None
            except OSError as error:
                self._leave(_unusable_file(error), options)

    def _leave(self, refusal: Refusal, options: Mapping[str, Any]) -> NoReturn:
        """Print a refusal and end. What is wrong with an option is said with its name."""
        message, fields = refusal.message, {self._option(f, options): str(w) for f, w in refusal.fields.items()}
        named = "".join(f"{name}: " for name, words in fields.items() if words == message)
        print(f"muster: {named}{message}", file=sys.stderr)
        for name, words in fields.items():
            if words != message:
                print(f"  {name}: {words}", file=sys.stderr)
        if refusal.next_step:
            print(refusal.next_step, file=sys.stderr)
        raise SystemExit(1) from refusal

    def _option(self, field: str, options: Mapping[str, Any]) -> str:
        return f"--{field.replace('_', '-')}" if field in options else self.option_of.get(field, field)

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


def _unusable(error: DatabaseError) -> Refusal:
    """What to do about a database that is not there, not ready or not to be read or written.

    Raises: the error itself where it says nothing of that kind.
    """
    for cause in _causes(error):
        if getattr(cause, "sqlstate", None) == FORBIDDEN:
            return _forbidden(cause)
    if isinstance(error, ProgrammingError) or str(error).startswith("no such "):
        return _unready(error)
    if not isinstance(error, OperationalError | MigrationSchemaMissing) and type(error) is not DatabaseError:
        raise error
    return Refusal(
        "database.unusable",
        text("The database %(name)s cannot be used: %(reason)s"),
        text("Make the file and its folder writable, or name another with MUSTER_DATABASE_URL.")
        if connection.vendor == "sqlite"
        else text("Start the server and see that it lets this user in, then try again."),
        status=503,
        name=_name_of_database(),
        reason=" ".join(str(error).split()),
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came of, back to the driver's own."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _forbidden(error: BaseException) -> Refusal:
    """PostgreSQL let the user in, who lacks a right on a table, a schema or the like; its first line names that."""
    return Refusal(
        "database.forbidden",
        text("In the database %(name)s the user %(user)s lacks a right: %(reason)s"),
        text("Let the owner of the tables grant it, or name their user with MUSTER_DATABASE_URL."),
        status=503,
        name=_name_of_database(),
        user=connection.settings_dict["USER"] or getpass.getuser(),
        reason=str(error).partition("\n")[0],
    )


def _unready(error: DatabaseError) -> Refusal:
    from muster.foundation import checks  # it knows the models, this module does not

    if not checks.migrations_are_applied():
        raise error
    return Refusal(
        "database.empty",
        text("The database %(name)s lacks tables of Muster."),
        text("Run `muster init` first."),
        name=_name_of_database(),
    )


def _name_of_database() -> str:
    """A file, or name and server; never a password."""
    of = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(of["NAME"])
    return f"{of['NAME']} ({of['HOST'] or 'localhost'}{':' if of['PORT'] else ''}{of['PORT']})"


def _unusable_file(error: OSError) -> Refusal:
    if error.filename is None:
        raise error
    return Refusal(
        "file.unusable",
        text("%(file)s cannot be used: %(reason)s"),
        text("See that it is there and may be read and written."),
        file=str(error.filename),
        reason=error.strerror or "",
    )


def without_time_limit() -> None:
    """Long commands (verify, migrate) run without the limit that every action's transaction has."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET transaction_timeout = 0")
