"""What briefing tells on the page *what is held about me*: the reports that I issued."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from muster.briefing.models import Report
from muster.foundation.errors import text
from muster.vault.held import SHOWN_MOST, Part


def parts(person: UUID, at: datetime) -> list[Part]:
    """One query."""
    rows = Report.objects.filter(issued_by=person).select_related("unit").order_by("-issued_at")[:SHOWN_MOST]
    return [
        Part(
            text("Situation reports that I issued"),
            (text("Number"), text("Unit"), text("As of"), text("Issued")),
            [(row.no, row.unit.name, row.as_of, row.issued_at) for row in rows],
            text("None."),
        )
    ]
