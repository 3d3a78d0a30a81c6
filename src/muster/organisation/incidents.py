"""The verbs of an incident's life short of its end: rest, go on, ask to end, drop that (docs/rules/incidents.md)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from muster.foundation import clock
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, Text, text
from muster.foundation.registry import STILL_OPEN
from muster.foundation.rights import HOUSE, Actor
from muster.organisation.asking import require_district
from muster.organisation.models import Grant, Incident, lasting
from muster.organisation.roles import COMMANDER


@dataclass(frozen=True)
class StillOpen:
    """A line of the stand-down list: what is open, and how many; where it is seen to, by a named address."""

    label: Text
    count: int
    under: str = ""
    address: str = ""


def stand_down(incident: Incident) -> list[StillOpen]:
    """What is still open in an incident, by every room."""
    return [line for lines in STILL_OPEN.values() for line in lines(incident.pk)]


def grants_open(incident: UUID) -> list[StillOpen]:
    """The grants that hang on the incident."""
    count = Grant.objects.filter(lasting(clock.now()), incident=incident).count()
    return [StillOpen(text("extra roles for this incident"), count, address="organisation:grants")] if count else []


def require_running(incident: UUID) -> Incident:
    """The incident, locked; refused when it has ended. Inside an action.

    Raises: Refusal `incident.closed`.
    """
    row = Incident.objects.select_for_update(no_key=True).get(pk=incident)
    if row.closed_at is not None:
        raise is_closed()
    return row


def is_closed() -> Refusal:
    """An ended incident is read, and nothing else."""
    return Refusal(
        "incident.closed",
        text("This incident has ended: it is read-only."),
        text("Open a new incident, or choose one that runs."),
    )


def state_of(incident: Incident) -> str:
    """An incident's state as the log has it: open, resting, closed."""
    if incident.closed_at is not None:
        return "closed"
    return "open" if incident.rests_since is None else "resting"


@action("organisation.rest_incident", roles=(HOUSE, COMMANDER))
def rest_incident(*, by: Actor, incident: Incident) -> None:
    """Let an incident rest: another one is shown first, and nobody is reminded. Raises: Refusal `incident.closed`."""
    require_district(by, (COMMANDER,))
    row = require_running(incident.pk)
    at = locked()
    current_line().note(row.pk)
    current_line().change("incident", state_of(row), "resting")
    if row.rests_since is None:
        Incident.objects.filter(pk=row.pk).update(rests_since=at)


@action("organisation.resume_incident", roles=(HOUSE, COMMANDER))
def resume_incident(*, by: Actor, incident: Incident) -> None:
    """Take up an incident that rested. Raises: Refusal `incident.closed`."""
    require_district(by, (COMMANDER,))
    row = require_running(incident.pk)
    locked()
    current_line().note(row.pk)
    current_line().change("incident", state_of(row), "open")
    Incident.objects.filter(pk=row.pk).update(rests_since=None)


@action("organisation.ask_to_end_incident", roles=(COMMANDER,))
def ask_to_end_incident(*, by: Actor, incident: Incident) -> None:
    """Ask that an incident be ended; it is, once another commander confirms.

    Raises: Refusal `incident.closed`, `incident.asked`.
    """
    require_district(by, (COMMANDER,))
    row = require_running(incident.pk)
    at = locked()
    if row.end_asked_by_id is not None:
        raise Refusal(
            "incident.asked",
            text("Somebody asked for this already: it waits to be confirmed."),
            text("Confirm that one, or take it back first."),
        )
    current_line().change("end_asked", False, True)
    Incident.objects.filter(pk=row.pk).update(end_asked_by=by.account_id, end_asked_at=at)
    current_line().note(row.pk, *(f"open:{line.count}" for line in stand_down(row)))


@action("organisation.drop_ending", roles=(COMMANDER,))
def drop_ending(*, by: Actor, incident: Incident) -> None:
    """Drop that an incident was to be ended; it goes on. Raises: Refusal `incident.closed`."""
    require_district(by, (COMMANDER,))
    row = require_running(incident.pk)
    locked()
    current_line().note(row.pk)
    current_line().change("end_asked", row.end_asked_at is not None, False)
    Incident.objects.filter(pk=row.pk).update(end_asked_by=None, end_asked_at=None)
