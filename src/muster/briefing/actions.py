"""The verbs of briefing."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from muster.briefing import reports
from muster.briefing.models import Report
from muster.foundation import facts, seals
from muster.foundation.action import action, current_line, locked
from muster.foundation.rights import HOUSE, Actor
from muster.organisation.incidents import is_closed
from muster.organisation.models import Incident, Unit
from muster.organisation.roles import CLERK, COMMANDER, LEAD
from muster.organisation.tree import Tree, call_as_of
from muster.roll import coverage
from muster.roll.figures import Question

ISSUERS = frozenset((COMMANDER, CLERK, LEAD))
"""Roles whose holder issues reports about a unit, and takes the rows behind its figures along."""


@action("briefing.issue_report", roles=(HOUSE, *ISSUERS), at="unit")
def issue_report(*, by: Actor, unit: Unit, incident: Incident, as_of: datetime) -> Report:
    """Issue a situation report about a unit: freeze its figures with their hash and the latest seal of the log.

    Of one that has ended only the house issues the final one. Raises: Refusal (422) for a moment that is not settled,
    or before the incident; `incident.closed`.
    """
    if incident.closed_at is not None and not by.has(HOUSE):
        raise is_closed()
    moment = coverage.as_of_moment(as_of, incident)
    asked = Question(incident, call_as_of(unit, moment), moment, Tree.as_of(moment))
    content, digest = reports.freeze(asked)
    # Sealing first, so that the seal that is printed covers all that is settled.
    seals.seal_settled()
    # The unit's row is the lock: two reports issued at once get two numbers.
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    at = locked()
    same = Report.objects.filter(incident=incident, unit=unit)
    latest = seals.latest()
    report = Report(
        no=(same.aggregate(last=Max("no"))["last"] or 0) + 1,
        incident=incident,
        unit=unit,
        as_of=moment,
        issued_at=at,
        issued_by_id=by.person_id,
        content=content,
        hash=digest,
        seal_hash=latest.hash if latest else seals.FIRST,
    )
    facts.record([report])
    current_line().note(report.pk)
    return report


@action("briefing.export_rows", roles=ISSUERS, at="unit")
def export_rows(*, by: Actor, unit: Unit, figure: str, as_of: datetime, count: int, digest: str) -> None:
    """The rows behind a figure are taken along as a file: of which unit, as of when, how many, their ids' digest."""
    locked()
    current_line().note(unit.pk, figure, f"as_of:{as_of.isoformat()}", f"count:{count}", f"sha256:{digest}")
