"""What a telling says: a title, a count, a due time and the page to open; no name of anybody, no name in a subject."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from muster.foundation import clock
from muster.foundation.errors import text
from muster.messages.texts import Args, Template, Told
from muster.organisation.asking import zone
from muster.organisation.models import Unit, codes_of
from muster.organisation.scope import below
from muster.roll import telling
from muster.roll.models import OUTSTANDING, Entry, Roll


def _roll(args: Args) -> Roll:
    return Roll.objects.get(pk=UUID(args["roll"]))


def _due(roll: Roll) -> str:
    """Until when, in the district's zone; empty for a roll without a due time."""
    if roll.due_at is None:
        return ""
    at = roll.due_at.astimezone(zone()).strftime("%Y-%m-%d %H:%M")
    if roll.due_at < clock.now():
        return " " + _("It was due %(at)s.") % {"at": at}
    return " " + _("It is due %(at)s.") % {"at": at}


def _of_unit(roll: Roll, unit: str) -> str:
    """The page of the roll at a unit, by the code in force."""
    pk = UUID(unit)
    page = reverse("roll:roll", args=[roll.pk])
    return f"{page}?{urlencode({'unit': codes_of([pk]).get(pk, unit)})}"


def asked(args: Args) -> Told:
    """To whoever must answer: how many things wait, by when."""
    roll, count = _roll(args), int(args["count"])
    subject = ngettext("One thing waits for your answer", "%(count)s things wait for your answer", count) % {
        "count": count
    }
    words = ngettext(
        "“%(title)s”: one thing waits for your answer.",
        "“%(title)s”: %(count)s things wait for your answer.",
        count,
    ) % {"title": roll.title, "count": count}
    return Told(subject, words + _due(roll), reverse("roll:my"))


def lead(args: Args) -> Told:
    """To whoever leads the accountable unit: how many of it are outstanding."""
    return _outstanding(args, _("Answers of your unit are outstanding"))


def above(args: Args) -> Told:
    """To the level above: how many under it are outstanding."""
    return _outstanding(args, _("Answers of units under yours are outstanding"))


def group(args: Args) -> Told:
    """To the group of a unit: how many of it are outstanding; whoever opens the link sees what is asked of them."""
    told = _outstanding(args, _("Answers of this unit are outstanding"))
    return Told(told.subject, told.words, reverse("roll:my"))


def _outstanding(args: Args, subject: str) -> Told:
    roll, count = _roll(args), int(args["count"])
    words = ngettext(
        "“%(title)s”: %(count)s is still outstanding.", "“%(title)s”: %(count)s are still outstanding.", count
    ) % {"title": roll.title, "count": count}
    return Told(subject, words + _due(roll), _of_unit(roll, args["unit"]))


def asked_still(args: Args) -> bool:
    """Whether something of the roll is still asked of whoever is told. One query."""
    return _open(args).filter(telling.asked_of(UUID(args["to"]), clock.now())).exists()


def lead_still(args: Args) -> bool:
    """Whether something is still outstanding at the units that they lead. One query."""
    return _open(args).filter(telling.led_by(UUID(args["to"]), clock.now())).exists()


def above_still(args: Args) -> bool:
    """Whether something is still outstanding under the unit. Two queries."""
    unit = Unit.objects.filter(pk=UUID(args["unit"])).first()
    return unit is not None and _open(args).filter(below(unit.path, "unit__path")).exists()


def group_still(args: Args) -> bool:
    """Whether something is still outstanding at the unit of the group. One query."""
    return _open(args).filter(unit=UUID(args["unit"])).exists()


def _open(args: Args) -> QuerySet[Entry]:
    """What is outstanding on the roll, while it is open in an incident that runs."""
    rows = Entry.objects.filter(roll=UUID(args["roll"]), state=OUTSTANDING, roll__state=Roll.State.OPEN)
    return rows.filter(roll__incident__closed_at=None, roll__incident__rests_since=None)


TEMPLATES = {
    "roll.asked": Template(asked, asked_still, text("Reminder")),
    "roll.lead": Template(lead, lead_still, text("Reminder to the lead")),
    "roll.above": Template(above, above_still, text("What is missing, to the level above")),
    "roll.group": Template(group, group_still, text("What is missing, to the group")),
    "roll.by_hand": Template(asked, asked_still, text("Reminder by hand")),
}
