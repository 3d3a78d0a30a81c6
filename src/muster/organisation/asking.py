"""Who asks, about which unit, as of when: the same reading of a question for pages, API and commands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone

from muster.foundation import clock
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.rights import HOUSE, Actor, refused
from muster.organisation.models import District, Incident, Unit
from muster.organisation.roles import COMMANDER
from muster.organisation.scope import covers, holds_at, may_see, seen_paths
from muster.organisation.tree import call_as_of, called_then, unit_named, with_codes

HELD_MOST = 30
"""So many incidents are offered to choose from."""


def district() -> District:
    """The district of this database.

    Raises: Refusal `district.none` where nothing is set up.
    """
    found = District.objects.select_related("root").first()
    if found is None:
        raise Refusal(
            "district.none",
            text("No district is set up in this database yet."),
            text("Play a drill, or set the district up first."),
            status=404,
        )
    return found


def zone() -> ZoneInfo:
    """The district's zone. For a page or the API it is the active one already, and costs no query."""
    active = timezone.get_current_timezone()
    if active != timezone.get_default_timezone():
        return active
    return ZoneInfo(district().zone)


def moment(words: str | None) -> datetime | None:
    """A moment as somebody writes it: date and time, in the district's zone where none is named. None for empty.

    Raises: Refusal `as_of.no_time` (422).
    """
    if not words:
        return None
    try:
        found = datetime.fromisoformat(words.strip())
        if len(words.strip()) <= len("2020-02-11"):
            raise ValueError(words)
        aware = found if found.tzinfo else found.replace(tzinfo=zone())
    except ValueError as error:
        raise invalid(
            "as_of",
            text("“%(given)s” is no date and time. Write it like 2020-02-11T18:00."),
            "as_of.no_time",
            given=words[:40],
        ) from error
    if not clock.in_calendar(aware):
        first, last = clock.YEAR_MIN, clock.YEAR_MAX
        raise invalid(
            "as_of", text("Write a year from %(first)s to %(last)s."), "as_of.no_time", first=first, last=last
        )
    return aware


def time_of_day(words: str) -> time | None:
    """A time of day by the district's clock, as a form gives it; None for what is none or names a zone of its own."""
    try:
        found = time.fromisoformat(words.strip())
    except ValueError:
        return None
    return found if found.tzinfo is None else None


def incident_of(key: str | None) -> Incident:
    """The incident by its key; when none is named the latest opened that runs, else the latest. With it the others.

    One query, one more for an incident that is older than HELD_MOST others. Raises: Refusal `incident.none` (404).
    """
    incidents = Incident.objects.order_by("-recorded_at", "-pk")
    held = list(incidents[:HELD_MOST])
    wanted = sorted(held, key=lambda one: not one.runs) if not key else held
    found = next((one for one in wanted if not key or one.key == key), None)
    if found is None and len(held) == HELD_MOST:
        found = incidents.filter(key=key).first()
    if found is not None and len(held) > 1:
        found.held = tuple(held)
    if found is None and not key:
        raise Refusal(
            "incident.none",
            text("No incident was opened yet."),
            text("Play a drill, or open an incident first."),
            status=404,
        )
    if found is None:
        raise Refusal(
            "incident.none",
            text("There is no such incident."),
            text("Leave it out, or name one that is held."),
            status=404,
        )
    return found


def unit_for(actor: Actor, code: str | None, as_of: datetime | None = None) -> Unit:
    """The unit that somebody asks about, by its code or name; without one, the highest that they see.

    as_of: by its name of this moment; of now without.

    Raises: Refusal (404) for a unit that is not theirs to see: the same answer as for one that is not there.
    """
    if not code:
        if actor.has(HOUSE):
            return call_as_of(district().root, as_of) if as_of else district().root
        highest = min(seen_paths(actor), key=lambda path: (path.count("."), path), default=None)
        unit = with_codes(Unit.objects.filter(path=highest), as_of).first() if highest else None
        if unit is None:
            raise not_found("unit.unknown")
        return called_then(unit) if as_of else unit
    try:
        unit = unit_named(code, Unit.objects.visible_to(actor), as_of)
    except Refusal as refusal:
        if refusal.code == "unit.ambiguous" or may_see(actor, district().root.path):
            raise
        raise not_found("unit.unknown") from refusal
    return unit


def require_district(by: Actor, roles: Collection[str]) -> None:
    """Refuse whoever holds none of the roles at the root: what they are about to say holds for the whole district."""
    root = Unit.objects.filter(parent__isnull=True).first()
    if not by.has(HOUSE) and (root is None or not any(covers(scope, root.path) for scope in by.scopes(*roles))):
        raise refused()


def commands_district(actor: Actor) -> bool:
    """Whether somebody is a commander of the whole district: two of them decide what one must not."""
    return holds_at(actor, (COMMANDER,), district().root.path)


def nothing_chosen(field: str = "do") -> Refusal:
    """A form that says nothing that its page does."""
    return invalid(field, text("Choose what is to be done."), "change.unknown")


def page_number(request: HttpRequest) -> int:
    """The page of `page=`; the first for anything that is no number."""
    words = request.GET.get("page", "")
    return max(1, int(words)) if words.isascii() and words.isdigit() and len(words) < 7 else 1
