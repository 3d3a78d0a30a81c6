"""Who may still mend an answer on a roll that has closed: its author no more, a lead with a reason (decision 6)."""

from __future__ import annotations

from uuid import UUID

from muster.foundation.errors import Refusal, text
from muster.foundation.rights import Actor
from muster.organisation.models import Unit
from muster.organisation.roles import CLERK, COMMANDER, LEAD
from muster.organisation.scope import holds_at
from muster.roll.reasons import require_reason

MENDERS = (COMMANDER, CLERK, LEAD)
"""Roles whose holder, at the accountable unit or above it, may mend an answer after the roll has closed."""


def may_mend(by: Actor, path: str) -> bool:
    """Whether somebody may mend what the unit at a path answered on a roll that has closed."""
    return holds_at(by, MENDERS, path)


def require_mender(by: Actor, unit: UUID, use: str, reason: str) -> None:
    """Refuse whoever is no lead of the accountable unit or above it, and whoever gives no reason of the list.

    Raises: Refusal `roll.ask_lead` (403), `reason.needed`, `reason.unknown` (422).
    """
    if not may_mend(by, Unit.objects.values_list("path", flat=True).get(pk=unit)):
        raise Refusal(
            "roll.ask_lead",
            text("This roll is closed; who answered cannot change the answer any more."),
            text("Ask your lead: a lead may still correct it or take it back, with a reason."),
            status=403,
        )
    if not reason:
        raise Refusal(
            "reason.needed",
            text("This answer counts on a roll that is closed: say why it is mended."),
            text("Open it in the office and choose a reason there."),
            status=422,
        )
    require_reason(use, reason)
