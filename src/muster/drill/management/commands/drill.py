"""muster drill play"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from muster.drill import playing, progress, scenario
from muster.drill.districts import CAST
from muster.drill.models import Cast
from muster.foundation import database
from muster.foundation.command import MusterCommand
from muster.foundation.errors import invalid, text

INTERRUPTED = 130
"""The exit code of a program that was stopped from the keyboard, as shells know it."""


class Command(MusterCommand):
    help = gettext_noop("Play a scenario into a drill's database; the same command goes on after it was stopped.")

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        play = verbs.add_parser("play", help=self.help)
        play.add_argument(
            "scenario", metavar="SCENARIO", help=gettext("a name under scenarios/, or the path of a folder")
        )
        play.add_argument(
            "--until",
            metavar="T",
            help=gettext(
                "stop after the events up to this moment of the scenario, in its zone; without it, go on to the end"
            ),
        )
        play.add_argument(
            "--new-incident",
            action="store_true",
            help=gettext("play it once more beside what this drill holds, as an incident of its own, on later days"),
        )
        play.add_argument(
            "--fresh", action="store_true", help=gettext("throw an earlier drill in this SQLite file away first")
        )

    def run(self, **options: Any) -> None:
        folder = scenario.find(options["scenario"], settings.ROOT)
        # Mistakes are told in the language of whoever wrote the scenario.
        language = scenario.language_of(folder)
        if language:
            translation.activate(language)
        wanted = scenario.read(folder)
        for note in wanted.notes:
            self.stderr.write(str(note))
        until = _moment(options["until"], wanted.zone)
        playing.require_until(wanted, until)
        if options["fresh"]:
            database.throw_away_drill()
        try:
            with progress.shown(wanted.title) as bar:
                played = playing.play(wanted, bar, until=until, new_incident=options["new_incident"])
        except KeyboardInterrupt:
            self.stderr.write(gettext("Stopped. The same command goes on from here."))
            raise SystemExit(INTERRUPTED) from None
        self._tell(wanted, played)

    def _tell(self, wanted: scenario.Scenario, played: playing.Played) -> None:
        zone = wanted.zone
        if played.done_before:
            print(gettext("Gone on after %(count)s events.") % {"count": played.done_before})
        if played.play.days_later:
            print(gettext("Played %(count)s days later.") % {"count": played.play.days_later})
        if played.left_out:
            print(gettext("Left out, since their units were merged: %(count)s events.") % {"count": played.left_out})
        print(
            gettext("%(title)s: %(count)s events played, up to %(moment)s. The clock runs on from there.")
            % {
                "title": wanted.title,
                "count": played.events,
                "moment": f"{played.up_to.astimezone(zone):%Y-%m-%d %H:%M}",
            }
        )
        print(gettext("Who may be signed in as:"))
        for member in Cast.objects.select_related("account__person"):
            name = member.account.person.name
            print(f"  {CAST[member.role]}: {member.account.name}  {name}  {member.note}".rstrip())
        print(gettext("To open it: %(command)s") % {"command": "muster serve"})


def _moment(words: str | None, zone: ZoneInfo) -> datetime | None:
    """A moment as somebody writes it, in the scenario's zone where none is named.

    Raises: Refusal `drill.no_time`.
    """
    if words is None:
        return None
    try:
        found = datetime.fromisoformat(words.strip())
    except ValueError as error:
        raise invalid(
            "until",
            text("“%(given)s” is no date and time. Write it like 2020-02-11T18:00."),
            "drill.no_time",
            given=words[:40],
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=zone)
