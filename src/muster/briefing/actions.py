"""The verbs of briefing."""

from __future__ import annotations

from django.db.models import Max

from muster.briefing import reports
from muster.briefing.models import Report
from muster.foundation import facts, seals
from muster.foundation.action import action, current_line, locked
from muster.foundation.rights import Actor
from muster.organisation.models import Unit
from muster.organisation.roles import CLERK, COMMANDER, LEAD
from muster.roll.figures import Question


@action("briefing.issue_report", roles=(COMMANDER, CLERK, LEAD), at="unit")
def issue_report(*, by: Actor, unit: Unit, asked: Question) -> Report:
    """Issue a situation report about a unit: freeze its figures with their hash and the latest seal of the log."""
    content, digest = reports.frozen(reports.compose(asked))
    # Sealing first, so that the seal that is printed covers all that is settled.
    seals.seal_settled()
    # The unit's row is the lock: two reports issued at once get two numbers.
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    at = locked()
    same = Report.objects.filter(incident=asked.incident, unit=unit)
    latest = seals.latest()
    report = Report(
        no=(same.aggregate(last=Max("no"))["last"] or 0) + 1,
        incident=asked.incident,
        unit=unit,
        as_of=asked.as_of,
        issued_at=at,
        issued_by_id=by.person_id,
        content=content,
        hash=digest,
        seal_hash=latest.hash if latest else seals.FIRST,
    )
    facts.record([report])
    current_line().note(report.pk)
    return report
