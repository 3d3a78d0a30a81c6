"""What the log may be about, of this room: situation reports."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from muster.briefing.models import Report
from muster.foundation.errors import text
from muster.foundation.lines import Touched
from muster.foundation.rights import Actor


def reports(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Touched]:
    """The reports about the actor's units. One query."""
    rows = Report.objects.visible_to(actor).filter(pk__in=ids)
    found = {}
    for row in rows:
        found[row.pk] = Touched(
            text("Situation report"), _("No. %(n)s") % {"n": row.no}, reverse("briefing:report", args=[row.pk])
        )
    return found
