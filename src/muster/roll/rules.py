"""What an answer does to an entry: pure decisions, see docs/rules/roll.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from muster.foundation.errors import Refusal, text
from muster.foundation.facts import ClockBasis
from muster.roll.kinds import Effect
from muster.roll.models import ANSWERED, EXCUSED, OUTSTANDING

AFTER_SETTLED = "after_settled"
"""Reason of a mark that came when the entry was settled already and changes nothing."""
DIFFERS = "differs"
"""Reason of a second settling answer with another outcome: the first stands until a person chooses."""
KEPT_BESIDE = frozenset((AFTER_SETTLED, DIFFERS))
"""Reasons of marks that are kept beside the answer that stands."""


@dataclass(frozen=True)
class Standing:
    """How an entry stands: the part of it that a decision looks at and changes."""

    state: str | None
    outcome: str = ""
    late: bool = False
    unmet: bool = False
    differs: bool = False
    attempts: int = 0


@dataclass(frozen=True)
class Decision:
    """How the entry stands afterwards, and the reason to write on the mark."""

    after: Standing
    reason: str = ""


def is_late(due_at: datetime | None, happened_at: datetime, basis: str) -> bool:
    """Late means: happened after it was due, by a clock that can be believed (decision 9)."""
    return due_at is not None and basis != ClockBasis.DEVICE and happened_at > due_at


def answer(now: Standing, outcome: str, effect: Effect, *, late: bool) -> Decision | None:
    """An answer arrives. None: it says what is on record already, a duplicate.

    Raises: Refusal `entry.removed` when the name is not on the roll any more.
    """
    if now.state is None:
        raise removed()
    if effect is Effect.ATTEMPT:
        return attempt(now)
    if now.state != ANSWERED:
        return Decision(_with(now, state=ANSWERED, outcome=outcome, late=late, unmet=effect is Effect.UNMET))
    if now.outcome == outcome:
        return None
    return Decision(_with(now, differs=True), DIFFERS)


def attempt(now: Standing) -> Decision:
    """Tried, nobody reached: what was settled stays, and the attempt is kept beside it."""
    if now.state is None:
        raise removed()
    reason = "" if now.state == OUTSTANDING else AFTER_SETTLED
    return Decision(_with(now, attempts=now.attempts + 1), reason)


def correct(now: Standing, outcome: str, effect: Effect) -> Decision:
    """The answer is mended: another outcome, and as late as the first answer was.

    A correction mends what was said, not when it was said.
    """
    _must_be(now, ANSWERED)
    if effect is Effect.ATTEMPT:
        return Decision(
            _with(now, state=OUTSTANDING, outcome="", late=False, unmet=False, differs=False, attempts=now.attempts + 1)
        )
    return Decision(_with(now, outcome=outcome, unmet=effect is Effect.UNMET, differs=False))


def withdraw(now: Standing) -> Decision:
    """The answer is taken back: the entry is outstanding again."""
    _must_be(now, ANSWERED)
    return Decision(_with(now, state=OUTSTANDING, outcome="", late=False, unmet=False, differs=False))


def excuse(now: Standing) -> Decision | None:
    """Excused, by somebody above. None: excused already."""
    if now.state == EXCUSED:
        return None
    _must_be(now, OUTSTANDING)
    return Decision(_with(now, state=EXCUSED))


def lift_excuse(now: Standing) -> Decision:
    """The excuse ends: expected again."""
    _must_be(now, EXCUSED)
    return Decision(_with(now, state=OUTSTANDING))


def expect_again(now: Standing) -> Decision:
    """What was answered, or taken off the roll, is asked again."""
    return Decision(Standing(state=OUTSTANDING, attempts=now.attempts))


def remove(now: Standing) -> Decision:
    """The name is taken off the roll."""
    if now.state is None:
        raise removed()
    return Decision(Standing(state=None, attempts=now.attempts))


def _with(now: Standing, **changes: object) -> Standing:
    return Standing(**{**now.__dict__, **changes})


def _must_be(now: Standing, state: str) -> None:
    if now.state is None:
        raise removed()
    if now.state == state:
        return
    if state == ANSWERED:
        raise Refusal("entry.not_answered", text("There is no answer to change here."), text("Answer first."))
    if now.state == ANSWERED:
        raise Refusal(
            "entry.answered",
            text("This was answered already."),
            text("If the answer is wrong, correct it or take it back."),
        )
    raise Refusal("entry.not_excused", text("This entry is not excused."), text("Look at it again."))


def removed() -> Refusal:
    """The name is not on the roll any more."""
    return Refusal(
        "entry.removed", text("This name was taken off the roll."), text("Ask the office that holds the roll.")
    )
