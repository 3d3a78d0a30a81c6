"""The end of an incident: by two, with all that ends with it; and the final report, once its moment is settled."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from muster.briefing.actions import issue_report
from muster.briefing.models import Report
from muster.foundation import clock
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, text
from muster.foundation.rights import Actor, house
from muster.organisation.asking import district, require_district
from muster.organisation.incidents import require_running, stand_down, state_of
from muster.organisation.models import Grant, Incident, lasting
from muster.organisation.roles import COMMANDER
from muster.roll.actions import end_rolls
from muster.roll.models import Roll
from muster.vault.retention import begin


@action("briefing.end_incident", roles=(COMMANDER,))
def end_incident(*, by: Actor, incident: Incident) -> None:
    """Confirm, as the second one, that an incident ends: its rolls close, its grants end, retention begins.

    Raises: Refusal `incident.closed`, `incident.not_asked`, `incident.same` for whoever asked.
    """
    require_district(by, (COMMANDER,))
    row = require_running(incident.pk)
    if row.end_asked_by_id is None:
        raise Refusal(
            "incident.not_asked", text("Nobody asked for this yet."), text("Ask for it; another commander confirms.")
        )
    if row.end_asked_by_id == by.account_id:
        raise Refusal(
            "incident.same",
            text("Two decide: whoever asked does not confirm."),
            text("Let another commander confirm it."),
        )
    # What was open is told before it is ended.
    current_line().note(row.pk, *(f"open:{line.count}" for line in stand_down(row)))
    current_line().change("incident", state_of(row), "closed")
    rolls = Roll.objects.filter(incident=row, state__in=(Roll.State.OPEN, Roll.State.OPENING)).order_by("pk")
    end_rolls(list(rolls), Roll.State.CLOSED)
    at = locked()
    Grant.objects.filter(lasting(at), incident=row).update(until=at)
    Incident.objects.filter(pk=row.pk).update(closed_at=at, closed_by=by.account_id)
    if not Incident.objects.filter(closed_at__isnull=True).exists():
        begin(at)


def final_report_of(incident: Incident) -> Report | None:
    """The report over the district as of the end."""
    if incident.closed_at is None:
        return None
    return Report.objects.filter(incident=incident, as_of__gte=incident.closed_at).order_by("no").first()


def chore() -> int:
    """Issue the final report of every incident whose end is settled and that has none yet; returns how many."""
    final = Report.objects.filter(incident=OuterRef("pk"), as_of__gte=OuterRef("closed_at"))
    ended = Incident.objects.filter(closed_at__lte=clock.settled()).exclude(Exists(final)).order_by("closed_at")
    rows = list(ended)
    for row in rows:
        assert row.closed_at is not None
        issue_report(by=house("final report", "clockwork"), unit=district().root, incident=row, as_of=row.closed_at)
    return len(rows)
