"""What was told about a roll already, telling by telling, and what its ladder tells next. It reads and never writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Min

from muster.foundation.errors import Text, text
from muster.messages.models import Channel, Message, Nudge
from muster.roll import telling
from muster.roll.chasing import tellings_of
from muster.roll.ladders import WHOM, Telling, due_tellings
from muster.roll.models import Chase, Roll

State = Message.State
SENT = frozenset((State.SENT,))
WAITING = frozenset((State.WAITING, State.SENDING))
KINDS: dict[str, Text] = {
    Channel.Kind.SMS: text("SMS"),
    Channel.Kind.MAIL: text("mail"),
    Channel.Kind.WECOM: text("group"),
    Channel.Kind.DINGTALK: text("group"),
    Channel.Kind.FEISHU: text("group"),
}
SHOWN_MOST = 50
"""So many tellings are shown, the newest first."""


@dataclass
class Once:
    """One telling as it went: when, whom by the ladder (none: by hand), to how many, and what became of that.

    kinds: {kind of channel in words: how many}. n: which of the ladder's; 0 by hand.
    """

    step: str
    at: datetime
    n: int = 0
    whom: Text = ""
    sent: int = 0
    waiting: int = 0
    failed: int = 0
    nobody: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """To how many it went, reached or not."""
        return self.sent + self.waiting + self.failed + self.nobody


def told_of(roll: Roll, told: Sequence[Telling], turn: int) -> list[Once]:
    """What was told about a roll, the newest first. told: what its ladder says, for the turn that runs. One query."""
    rows = Nudge.objects.filter(about=roll.pk).order_by()
    counted = rows.values("step", "message__state", "message__channel__kind").annotate(n=Count("to"), first=Min("at"))
    found: dict[str, Once] = {}
    for row in counted:
        once = found.setdefault(row["step"], Once(row["step"], row["first"]))
        once.at = min(once.at, row["first"])
        _add(once, row["message__state"], row["message__channel__kind"], row["n"])
    whom = {telling.step_of(turn, one.n): str(WHOM[one.whom]) for one in told}
    for step, once in found.items():
        once.n = int(step.rsplit(":", 1)[-1]) if step.startswith("ladder:") else 0
        once.whom = whom.get(step, "")
    return sorted(found.values(), key=lambda once: once.at, reverse=True)[:SHOWN_MOST]


def _add(once: Once, state: str | None, kind: str | None, n: int) -> None:
    if state is None or kind is None:
        once.nobody += n
        return
    if state in SENT:
        once.sent += n
    elif state in WAITING:
        once.waiting += n
    else:
        once.failed += n
    words = str(KINDS[kind])
    once.kinds[words] = once.kinds.get(words, 0) + n


@dataclass(frozen=True)
class Next:
    """What a ladder tells next: when, whom, and how many people or groups that would be now."""

    at: datetime
    whom: Text
    count: int


def next_of(chase: Chase, roll: Roll, told: Sequence[Telling], done: Collection[int], now: datetime) -> Next | None:
    """The telling that is due and not over, else the one that comes; none where the ladder is through."""
    found = due_tellings(told, chase.since, now)
    one = found.due if found.due is not None and found.due.n not in done else found.next
    if one is None:
        return None
    count = len(telling.recipients(one.whom, telling.outstanding(roll), now))
    return Next(one.at, WHOM[one.whom], count)


def chase_of(roll: Roll) -> Chase | None:
    """How a roll is chased; none where it is not, or not any more. One query."""
    return Chase.objects.select_related("ladder").filter(roll=roll, stopped_at=None).first()


def says(chase: Chase | None, roll: Roll) -> list[Telling]:
    """All tellings of the ladder by which a roll is chased."""
    return tellings_of(chase.ladder, roll) if chase else []
