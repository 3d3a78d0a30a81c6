"""Plays a scenario: sets the district up, does every event through its action at its own time, ends the days.

How far a play is, is never written down: each event is a request with an id of its own, and what the audit log
holds is done. So a play that was killed at any point goes on with the first event that is not in the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Max

from muster.drill import actions, loading
from muster.drill.events import SHAPES, Event, order_version
from muster.drill.models import Play
from muster.drill.progress import Progress
from muster.drill.scenario import Scenario
from muster.drill.sheets import Place
from muster.drill.verbs import VERBS
from muster.drill.world import HOUSE, World, moved, request_of_event, requests_done
from muster.foundation import clock, database, seals
from muster.foundation.action import AlreadyDone
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.models import AuditLine, Database, Seal
from muster.organisation.models import District, Incident
from muster.roll import closings
from muster.roll.models import Closing

LEAST = timedelta(microseconds=1)


@dataclass(frozen=True)
class Played:
    """What a play came to. left_out: events of units that were merged before it began."""

    play: Play
    events: int
    done_before: int
    left_out: int
    up_to: datetime


def play(scenario: Scenario, progress: Progress, *, until: datetime | None, new_incident: bool) -> Played:
    """Play a scenario into this database, or go on with it; until: a moment of the scenario to stop after.

    Raises: Refusal for a district's own database, for one that is occupied, and for an event that is refused,
    which names file and line.
    """
    require_until(scenario, until)
    _require_place_for_a_drill()
    database.make_ready(drill=True)
    _hurry()
    done = requests_done()
    begun = _begin(scenario, new_incident)
    world = World(scenario, begun)
    events = [e for e in scenario.events if until is None or e.at <= until]
    setting = loading.steps(world, done)
    progress.of(sum(step.weight for step in setting) + len(events))
    loading.load(world, setting, done, progress.advance)
    world.load_orders()
    start = _first_not_done(scenario, begun, done)
    _require_not_past(world, start, until)
    not_before = _not_before()
    left_out = _Play(world, done, progress, not_before).run(events, start)
    up_to = max(filter(None, (world.moment(until or scenario.ends_at), not_before)))
    _end(world, up_to, finished=until is None)
    return Played(begun, len(events), min(start, len(events)), left_out, up_to)


def require_until(scenario: Scenario, until: datetime | None) -> None:
    """Refuse a moment to stop at that is none of the scenario's."""
    first, last = scenario.incident.opened_at, scenario.ends_at
    if until is not None and not first <= until <= last:
        raise invalid(
            "until",
            text("Name a moment from %(first)s to %(last)s."),
            "drill.until",
            first=_local(first, scenario.zone),
            last=_local(last, scenario.zone),
        )


def _local(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as `--until` takes it."""
    return moment.astimezone(zone).replace(tzinfo=None).isoformat()


def _require_place_for_a_drill() -> None:
    """A database that is empty, or a drill's already."""
    if not database.is_empty() and Database.objects.filter(drill=False).exists():
        raise database.not_a_drill()


def _hurry() -> None:
    """What a killed process loses nothing by: only a power cut would cost the last moments of the play."""
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous = NORMAL")
            # Pages that every event changes are copied back less often.
            cursor.execute("PRAGMA wal_autocheckpoint = 8000")
        else:
            cursor.execute("SET synchronous_commit = off")


def _begin(scenario: Scenario, new_incident: bool) -> Play:
    """The play to go on with, or a new one."""
    unfinished = Play.objects.filter(finished_at__isnull=True).first()
    if unfinished is not None:
        _require_same(unfinished, scenario, new_incident)
        return unfinished
    occupied = Incident.objects.exists() or District.objects.exists()
    if occupied and not new_incident:
        raise Refusal(
            "drill.holds_incident",
            text("This database holds an incident already."),
            text("Play into an empty database, or play it once more beside it with --new-incident."),
        )
    if occupied:
        # Before anything is written: a play that is begun and cannot go on would bar every other.
        loading.require_same_district(scenario)
    run = 1 + Play.objects.filter(scenario=scenario.key).count()
    while Incident.objects.filter(key=loading.incident_key(scenario, run)).exists():
        run += 1
    days = _days_later(scenario) if occupied else 0
    with clock.played_at(moved(loading.setting_at(scenario), days, scenario.zone)):
        return actions.begin_play(
            by=HOUSE,
            scenario=scenario.key,
            run=run,
            title=scenario.title,
            digest=scenario.digest,
            days_later=days,
            ends_at=moved(scenario.ends_at, days, scenario.zone),
        )


_NOT_BESIDE = text(
    "No new incident is played beside one that stopped half-way: what is recorded stays recorded, so the rest of that"
    " one would come after all of the new one. Play that one to its end first, with the files that it began with, or"
    " name an empty database with MUSTER_DATABASE_URL."
)


def _require_same(unfinished: Play, scenario: Scenario, new_incident: bool) -> None:
    """A play that stopped is gone on with from the same files, also by the command that had begun it as a new incident.

    Raises: Refusal `drill.another_unfinished`, `drill.files_changed`.
    """
    if unfinished.scenario != scenario.key:
        raise Refusal(
            "drill.another_unfinished",
            text("Another scenario, “%(title)s”, is not played to its end here."),
            _NOT_BESIDE
            if new_incident
            else text("Play that one on first, or name an empty database with MUSTER_DATABASE_URL."),
            title=unfinished.title,
        )
    if unfinished.digest != scenario.digest:
        raise Refusal(
            "drill.files_changed",
            text("The files of this scenario have changed since its play began."),
            _NOT_BESIDE if new_incident else text("Play it into an empty database: name one with MUSTER_DATABASE_URL."),
        )


def _days_later(scenario: Scenario) -> int:
    """What is recorded stays recorded: a second play begins after it, on the first day that lies whole after it."""
    newest = max(filter(None, (clock.now(), _newest_recorded())))
    days = 0
    while moved(loading.setting_at(scenario), days, scenario.zone) <= newest:
        days += max(1, (newest - loading.setting_at(scenario)).days - days)
    return days


def _newest_recorded() -> datetime | None:
    """No event may be recorded before this: a line stands there, or it is sealed or closed up to there."""
    line = AuditLine.objects.aggregate(at=Max("at"))["at"]
    ended = [Seal.objects.aggregate(at=Max("up_to"))["at"], Closing.objects.aggregate(at=Max("closed_at"))["at"]]
    found = [line, *(moment + LEAST for moment in ended if moment is not None)]
    return max(filter(None, found), default=None)


def _not_before() -> datetime | None:
    """Where a play that goes on may record again: after all that stands, and all that could be looked at.

    Somebody may have used the drill since it stopped, whose clock ran on: what was said about a moment then stays.
    """
    return max(filter(None, (_newest_recorded(), clock.settled() if clock.offset() else None)), default=None)


def _first_not_done(scenario: Scenario, begun: Play, done: set[UUID]) -> int:
    """The place of the first event after the last one that is done; those left out before it stay left out."""
    for place in range(len(scenario.events), 0, -1):
        if request_of_event(begun, scenario.events[place - 1]) in done:
            return place
    return 0


def _require_not_past(world: World, start: int, until: datetime | None) -> None:
    if until is not None and start and world.scenario.events[start - 1].at > until:
        raise invalid("until", text("The scenario is played beyond this moment already."), "drill.until_past")


class _Play:
    """The events of a play, one after the other, and the ends of the days between them."""

    def __init__(self, world: World, done: set[UUID], progress: Progress, not_before: datetime | None) -> None:
        self._world = world
        self._done = done
        self._progress = progress
        self._not_before = not_before
        self._days = Days(world)

    def run(self, events: Sequence[Event], start: int) -> int:
        """Play from a place on; returns how many events were left out."""
        left_out = 0
        self._watch(events[:start])
        self._progress.advance(start)
        zone = self._world.scenario.zone
        for event in events[start:]:
            at = self._world.moment(event.at)
            if self._not_before is not None:
                at = max(at, self._not_before)
            self._days.end_before(at)
            left_out += not self._do(event, at)
            self._progress.advance(1, f"{at.astimezone(zone):%Y-%m-%d %H:%M}")
        return left_out

    def _do(self, event: Event, at: datetime) -> bool:
        """One event; False when it was left out, since it is of a unit that is merged since.

        Raises: Refusal of the event's action, with file and line.
        """
        world = self._world
        if event.into and self._of_merged_unit(event):
            return False
        with clock.played_at(at):
            try:
                deed = VERBS[event.capability][event.action](event, world)
                by = world.actor(event.by)
                result = deed.verb(by=by, request=request_of_event(world.play, event), **deed.inputs)
            except AlreadyDone as done:
                raise _played_elsewhere() from done
            except Refusal as refusal:
                if self._of_merged_unit(event):
                    return False
                raise refused(event.place(), refusal) from refusal
        if deed.after is not None:
            deed.after(result)
        self._watch([event])
        return True

    def _of_merged_unit(self, event: Event) -> bool:
        gone, people = self._world.gone, self._world.scenario.district.people
        own = people[event.by].unit
        subject = people[event.subject].unit if event.subject in people else event.subject
        return bool(gone) and any(code in gone for code in (event.unit, event.into, subject, own))

    def _watch(self, events: Sequence[Event]) -> None:
        """What units watch because of an order begins with its first version."""
        for event in events:
            if SHAPES[event.capability][event.action].issues:
                key, version = order_version(event)
                if version == 1:
                    order = self._world.issued(key, 1)
                    loading.watch_for(self._world, order, key, order.issued_at, self._done)


class Days:
    """The ends of the reporting days, each written down once it is settled: closings and a seal."""

    def __init__(self, world: World) -> None:
        district = District.objects.get()
        first = world.moment(loading.setting_at(world.scenario))
        self._ends = closings.day_ends(first, world.play.ends_at, district)

    def end_before(self, moment: datetime) -> None:
        """End every day that is settled before this moment."""
        while self._ends and _settled_at(self._ends[0]) <= moment:
            end = self._ends.pop(0)
            close(_settled_at(end))


def _settled_at(moment: datetime) -> datetime:
    return moment + timedelta(seconds=clock.SETTLE_SECONDS)


def close(now: datetime) -> None:
    """Write the closings that are due at this moment, and seal what is settled."""
    with clock.played_at(now):
        closings.close_days(clock.settled())
        seals.seal_settled()


def _end(world: World, up_to: datetime, *, finished: bool) -> None:
    """The play stops here: the days up to here end, and the drill's clock runs on from here."""
    if finished:
        with clock.played_at(up_to):
            actions.finish_play(by=HOUSE, play=world.play)
    Days(world).end_before(up_to)
    close(up_to)
    database.run_clock_on_from(up_to)


def refused(place: Place, refusal: Refusal) -> Refusal:
    """An event that the house refuses, with its place and the refusal's own words."""
    return Refusal(
        "scenario.refused",
        text("%(file)s, line %(line)s: %(words)s"),
        text("Everything before it is played. Mend the file, then play the scenario into an empty database."),
        status=refusal.status,
        file=place.file,
        line=place.line,
        words=refusal.message,
        refused=refusal.code,
    )


def _played_elsewhere() -> Refusal:
    return Refusal(
        "drill.played_elsewhere",
        text("Somebody else plays this scenario in this database at the same time."),
        text("Wait until that play has ended."),
    )
