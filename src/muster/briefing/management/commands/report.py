"""muster report"""

from __future__ import annotations

from datetime import datetime
from html import unescape
from typing import Any

from django.core.management.base import CommandParser
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from muster.briefing import reports, shown_report
from muster.briefing.figures import ask
from muster.briefing.prose import sentence
from muster.organisation.asking import zone
from muster.organisation.command import ActingCommand


class Command(ActingCommand):
    help = gettext_noop(
        "The situation report as of a moment: every figure with its definition and the address of its rows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--as-of", metavar="T", help=_("date and time, in the district's zone; now when left out"))
        parser.add_argument("--unit", metavar="CODE", help=_("about this unit and all below it"))
        parser.add_argument("--incident", metavar="KEY", help=_("the latest opened when left out"))
        parser.add_argument("--format", choices=["json", "text", "html"], default="text")

    def run(self, **options: Any) -> None:
        asked = ask(
            self.actor(options["account"]),
            as_of=options["as_of"],
            unit=options["unit"],
            incident=options["incident"],
        )
        content = reports.compose(asked)
        if options["format"] == "json":
            self.print_json(content)
        elif options["format"] == "html":
            print(shown_report.alone(content, asked))
        else:
            self._print_text(content, str(asked.incident), asked.unit.name, asked.as_of.astimezone(zone()))

    @staticmethod
    def _print_text(content: dict[str, Any], incident: str, unit: str, as_of: datetime) -> None:
        at = as_of.isoformat(sep=" ", timespec="seconds")
        print(_("%(incident)s · %(unit)s · as of %(at)s") % {"incident": incident, "unit": unit, "at": at})
        for figure in content["figures"]:
            print(unescape(sentence(figure, None, lambda _key, _part, value: mark_safe(f"{value:,}"))))
