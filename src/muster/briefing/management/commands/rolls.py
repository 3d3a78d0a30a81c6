"""muster rolls"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext, gettext_noop

from muster.briefing.figures import ask
from muster.briefing.rolls import rolls_listed
from muster.organisation.command import ActingCommand
from muster.roll.proofs import STATES


class Command(ActingCommand):
    help = gettext_noop(
        "The rolls of an incident, with the figure that each makes, its state and how many are expected."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--as-of", metavar="T", help=gettext("date and time, in the district's zone; now when left out")
        )
        parser.add_argument("--incident", metavar="KEY", help=gettext("the latest opened when left out"))
        parser.add_argument("--format", choices=["json", "text"], default="text")

    def run(self, **options: Any) -> None:
        actor = self.actor(options["account"])
        asked = ask(actor, as_of=options["as_of"], incident=options["incident"])
        rows = rolls_listed(actor, asked)
        if options["format"] == "json":
            self.print_json(rows)
            return
        for row in rows:
            print(f"{row['key']}  {STATES[row['state']]}  {row['expected']}  {row['figure']}  {row['title']}")
