"""muster import"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext, gettext_noop

from muster.foundation import database
from muster.foundation.collector import spare_the_collector
from muster.foundation.errors import invalid, text
from muster.foundation.models import Job
from muster.foundation.registry import IMPORTS
from muster.foundation.rights import Actor, house
from muster.organisation.command import ActingCommand
from muster.sheets import actions, columns, intake, reading, results
from muster.sheets.models import Import


class Command(ActingCommand):
    help = gettext_noop(
        "Take people, units or answers in from a sheet (xlsx, xls, ods, csv): a dry run, or the good rows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("kind", choices=list(IMPORTS), help=gettext("what the rows are"))
        parser.add_argument("file", metavar="FILE", help=gettext("the sheet"))
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help=gettext("only say what would be written; without it the good rows are"),
        )
        parser.add_argument(
            "--only-good",
            action="store_true",
            help=gettext("write the good rows though others are refused; this is so without it too"),
        )
        parser.add_argument(
            "--whole", action="store_true", help=gettext("write nothing where a row is refused or asked about")
        )
        parser.add_argument("--sheet", metavar="NAME", default="", help=gettext("this sheet only, hidden or not"))
        parser.add_argument(
            "--columns", metavar="name=B,…", default="", help=gettext("which column is which, by letters")
        )
        parser.add_argument(
            "--answers", metavar="FILE", help=gettext("a CSV with sheet, row, answer: a candidate's id, new or out")
        )
        parser.add_argument("--format", choices=["json", "text"], default="text")

    def actor(self, name: str | None) -> Actor:
        """Whoever is named; else in a drill its commander, where there is one, and the house on a district's own."""
        if not name and not database.is_empty() and not database.is_drill():
            return house("command")
        return super().actor(name)

    def run(self, **options: Any) -> None:
        spare_the_collector()
        by = self.actor(options["account"])
        path = Path(options["file"])
        if path.stat().st_size > reading.FILE_BYTES_MAX:
            raise reading.too_large()
        chosen = _columns(options["columns"], options["kind"])
        asked = intake.Asked(options["sheet"], chosen)
        answers = _answers(options["answers"]) if options["answers"] else None
        imported = intake.take(by, options["kind"], path.read_bytes(), asked)
        imported = intake.judge(by, imported, answers)
        # What it says is what was found: of rows that were written meanwhile by somebody else too.
        found = results.as_json(imported)
        lines = list(results.in_words(imported)) if options["format"] == "text" else []
        if not options["dry_run"] and (imported.new or imported.changed):
            imported = actions.apply(by=by, imported=imported, whole=options["whole"])
            self._work(imported, quiet=options["format"] == "json")
        if options["format"] == "json":
            self.print_json(found)
        else:
            self._say(imported, lines)

    def _work(self, imported: Import, quiet: bool) -> None:
        """Write slice by slice; kill it, and the clockwork goes on with it."""
        steps = intake.go_on(imported)
        for _step in steps if quiet else _shown(steps, imported.rows_read):
            pass
        if imported.state == Import.State.APPLYING:
            job = Job.objects.get(pk=imported.job or intake.NO_JOB)
            raise invalid("file", text("It stopped: %(error)s. The clockwork goes on with it."), error=job.error)

    def _say(self, imported: Import, lines: list[str]) -> None:
        for line in lines:
            print(line)
        if imported.state == Import.State.APPLIED:
            print(gettext("%(count)s rows were written.") % {"count": imported.written})
        elif imported.state == Import.State.PLANNED:
            print(gettext("Nothing was written."))


def _shown(steps: Iterator[Import], of: int) -> Iterator[Import]:
    """A bar on standard error while rows are written."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(gettext("writing"), total=of)
        for imported in steps:
            progress.update(bar, completed=imported.next)
            yield imported


def _columns(words: str, kind: str) -> Mapping[str, int] | None:
    """`name=B,unit=C` as {column: place}.

    Raises: Refusal (422) for a column that this kind has not, for what is no letter.
    """
    if not words:
        return None
    known = [column.key for column in IMPORTS[kind].columns]
    found = {}
    for pair in words.split(","):
        key, _, letters = pair.strip().partition("=")
        place = columns.place_of(letters)
        if key not in known or place is None:
            message = text("“%(given)s”: write it like name=B. Columns are: %(known)s.")
            raise invalid("columns", message, "import.columns", given=pair[:40], known=", ".join(known))
        found[key] = place
    return found


def _answers(file: str) -> dict[tuple[str, int], str]:
    """{(sheet, row): answer} of a CSV with these heads, or of a JSON list of objects with these keys."""
    content = Path(file).read_text(encoding="utf-8-sig")
    if content.lstrip().startswith("["):
        rows: Any = json.loads(content)
    else:
        head, *rest = reading.read(content.encode()).sheets[0].rows
        rows = [dict(zip([one.strip() for one in head], row, strict=False)) for row in rest if any(row)]
    try:
        return {(str(row.get("sheet", "")), int(row["row"])): str(row["answer"]).strip() for row in rows}
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise invalid(
            "answers", text("The file of answers needs the columns sheet, row and answer."), "import.answers"
        ) from error
