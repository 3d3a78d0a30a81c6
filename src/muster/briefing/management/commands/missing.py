"""muster missing"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext, gettext_noop

from muster.briefing.figures import ask
from muster.briefing.missing import as_json, missing, roll_named
from muster.organisation.command import ActingCommand


class Command(ActingCommand):
    help = gettext_noop("Who is outstanding on a roll, by name, with the lead to call and the hours overdue.")
    names_people = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("roll", metavar="ROLL", help=gettext("the roll's key or id, or the key of its figure"))
        parser.add_argument(
            "--as-of", metavar="T", help=gettext("date and time, in the district's zone; now when left out")
        )
        parser.add_argument("--unit", metavar="CODE", help=gettext("in this unit and all below it"))
        parser.add_argument("--incident", metavar="KEY", help=gettext("the latest opened when left out"))
        parser.add_argument("--format", choices=["csv", "json", "text"], default="text")

    def run(self, **options: Any) -> None:
        actor = self.actor(options["account"])
        asked = ask(actor, as_of=options["as_of"], unit=options["unit"], incident=options["incident"])
        roll = roll_named(options["roll"], asked.incident, asked.as_of, actor)
        found = missing(roll, asked)
        if options["format"] == "json":
            self.print_json(as_json(roll, asked, len(found), found))
        elif options["format"] == "csv":
            self.print_csv(
                ["subject", "name", "unit", "unit_name", "lead", "hours_overdue"],
                [(r.subject, r.name, r.unit, r.unit_name, r.lead, r.hours_overdue) for r in found],
            )
        else:
            print(f"{roll.title} · {asked.unit.name} · {gettext('outstanding')} {len(found)}")
            for row in found:
                late = "" if row.hours_overdue is None else f"  {row.hours_overdue} h"
                print(f"{row.name}  {row.unit_name}  {row.lead}{late}")
