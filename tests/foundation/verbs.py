"""Verbs of the tests' own: they write one line each, and do what the test asks of them in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from muster.foundation import facts
from muster.foundation.action import action, current_line, locked
from muster.foundation.rights import Actor, house
from muster.organisation.models import Unit
from muster.roll.models import Ruling

BY = house("tests")


@action("test.do", roles=("house",))
def do(*, by: Actor, what: Callable[[], Any] = lambda: None, word: str = "") -> Any:
    """Take the moment, then do it."""
    locked()
    return what()


@action("test.record", roles=("house",), at="unit")
def record(*, by: Actor, unit: Unit, word: str = "", what: Callable[[], Any] = lambda: None) -> Ruling:
    """Record a fact that marks nothing, and then do something more."""
    at = locked()
    fact = Ruling(
        what=Ruling.What.CLOSED,
        at_unit=unit,
        channel=by.channel,
        happened_at=at,
        recorded_at=at,
    )
    facts.record([fact])
    current_line().note(fact.pk)
    what()
    return fact
