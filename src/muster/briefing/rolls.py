"""The rolls of an incident at a moment, as the command and the API list them."""

from __future__ import annotations

from typing import Any

from muster.foundation.rights import Actor
from muster.roll import coverage
from muster.roll.figures import Question


def rolls_listed(actor: Actor, asked: Question) -> list[dict[str, Any]]:
    """The rolls open by then of which the actor sees something: key, title, figure, state then, expected in scope."""
    opened = coverage.rolls_visible_to(actor).filter(incident=asked.incident, opened_at__lte=asked.as_of)
    rolls = list(opened.order_by("opened_at", "key"))
    counted = coverage.count(rolls, asked.as_of)
    return [
        {
            "key": roll.key,
            "title": roll.title,
            "figure": roll.figure,
            "state": str(coverage.state_at(roll, asked.as_of)),
            "expected": counted[roll.pk].under(asked.tree, asked.path).expected,
        }
        for roll in rolls
    ]
