"""What a request asks of the room: whose units, as of when, for which incident; refused where it is not theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from muster.briefing.addresses import Way
from muster.briefing.history import Places
from muster.foundation import clock
from muster.foundation.rights import Actor
from muster.organisation.asking import incident_of, unit_for
from muster.roll.figures import Question
from muster.roll.looks import moment_asked


@dataclass(frozen=True)
class Visit:
    """Somebody's question, the places of units up to its moment, and how addresses keep it.

    now: no moment was named, so it is the newest settled one. end: that one, whatever was named.
    """

    actor: Actor
    asked: Question
    places: Places
    way: Way
    now: bool
    end: datetime


def visit_of(request: HttpRequest) -> Visit:
    """The visit that an address asks for. Three queries.

    Raises: Refusal (404, 422).
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return visit_for(actor, request.GET)


def visit_for(actor: Actor, given: Mapping[str, str]) -> Visit:
    """The same, of whatever asks in the words of an address. Three queries."""
    way = Way.of(given)
    incident = incident_of(way.incident or None)
    end = clock.settled()
    moment = moment_asked(way.as_of, incident) if way.as_of else end
    unit = unit_for(actor, way.unit or None, moment if way.as_of else None)
    places = Places.up_to(moment)
    return Visit(actor, Question(incident, unit, moment, places.tree(moment)), places, way, not way.as_of, end)
