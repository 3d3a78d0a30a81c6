"""The verbs of ladders: make one, end one, let a roll be chased by one, stop that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils import translation
from django.utils.translation import gettext

from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.rights import HOUSE, Actor, refused
from muster.messages import night
from muster.organisation.asking import district, require_district, zone
from muster.organisation.incidents import require_running
from muster.organisation.models import Unit
from muster.organisation.roles import COMMANDER
from muster.roll import ladders
from muster.roll.actions import ABOVE
from muster.roll.book import not_open
from muster.roll.ladders import Rung, Step, Telling
from muster.roll.models import Chase, Ladder, LadderStep, Roll
from muster.roll.reasons import require_reason

NAME_LENGTH_MAX = 60
LADDERS_MOST = 50
"""So many are in force at once: they are chosen from one list."""


@dataclass(frozen=True)
class NewLadder:
    """A ladder as somebody states it. why: the reason for telling at night too, where it does."""

    name: str
    steps: Sequence[Step]
    from_opened: bool = False
    urgent: bool = False
    why: str = ""


@action("roll.make_ladder", roles=(HOUSE, COMMANDER))
def make_ladder(*, by: Actor, new: NewLadder) -> Ladder:
    """Make a ladder for the whole district.

    Raises: Refusal `ladder.*` for one that never ends, crowds, or writes at night without a reason.
    """
    require_district(by, (COMMANDER,))
    name = new.name.strip()
    if not name or len(name) > NAME_LENGTH_MAX:
        raise invalid(
            "name", text("A ladder has a name of 1 to %(most)s characters."), "ladder.name", most=NAME_LENGTH_MAX
        )
    ladders.require_sound(new.steps, from_opened=new.from_opened)
    if new.urgent:
        _require_night(new.why)
    # The district's root is the lock: of two who take the same name at once, one is told.
    Unit.objects.select_for_update(no_key=True).get(pk=district().root_id)
    in_force = Ladder.objects.filter(ended_at=None)
    if in_force.filter(name=name).exists():
        raise invalid("name", text("A ladder of this name is in force. Choose another name."), "ladder.there")
    if in_force.count() >= LADDERS_MOST:
        raise Refusal("ladder.too_many", text("There are too many ladders."), text("End one that nobody needs."))
    ladder = Ladder.objects.create(
        name=name,
        from_opened=new.from_opened,
        urgent=new.urgent,
        why=new.why if new.urgent else "",
        made_at=locked(),
    )
    LadderStep.objects.bulk_create(
        LadderStep(ladder=ladder, position=place, **vars(step)) for place, step in enumerate(new.steps)
    )
    current_line().note(ladder.pk)
    current_line().change("state", None, "open")
    return ladder


def _require_night(why: str) -> None:
    if not why:
        raise invalid(
            "why",
            text("A ladder that writes at night says why. Choose a reason, or let it keep to the day."),
            "ladder.night",
        )
    require_reason("night", why)


def ready_made() -> NewLadder:
    """The ladder of three steps that is offered to a district that has none, in its language."""
    with translation.override(district().language):
        return NewLadder(gettext("Remind, remind the lead, tell the level above"), ladders.DEFAULT)


@action("roll.end_ladder", roles=(HOUSE, COMMANDER))
def end_ladder(*, by: Actor, ladder: Ladder) -> None:
    """Offer a ladder no more; rolls that are chased by it go on by it to its end."""
    require_district(by, (COMMANDER,))
    at = locked()
    current_line().note(ladder.pk)
    current_line().change("state", "open", "ended")
    if not Ladder.objects.filter(pk=ladder.pk, ended_at=None).update(ended_at=at):
        raise has_ended()


def has_ended() -> Refusal:
    """The ladder is not offered any more."""
    return Refusal(
        "ladder.ended", text("This ladder has ended already."), text("Choose another one, or make a new one.")
    )


@action("roll.chase", roles=(HOUSE, *ABOVE), at="holder")
def chase_roll(*, by: Actor, holder: Unit, roll: Roll, ladder: Ladder) -> Chase:
    """Let a roll be chased by a ladder from now on; `holder` is the unit that holds it.

    Raises: Refusal where the roll has ended, or has no due time though the ladder counts from it.
    """
    row = _held(roll, holder)
    if row.state != Roll.State.OPEN:
        raise not_open(row.state)
    require_running(row.incident_id)
    # Locked: it is not ended between this look and the commit.
    found = Ladder.objects.select_for_update(no_key=True).filter(pk=ladder.pk).first()
    if found is None:
        raise not_found("ladder.unknown")
    if found.ended_at is not None:
        raise has_ended()
    at = locked()
    told = tellings_of(found, row)
    before = Chase.objects.filter(roll=row).first()
    chase = Chase(
        roll=row,
        ladder=found,
        turn=before.turn + 1 if before else 1,
        since=at,
        by_id=by.account_id,
        next_at=first_from(ladders.due_tellings(told, at, at)),
    )
    chase.save(force_insert=before is None, force_update=before is not None)
    current_line().note(row.pk, found.pk)
    current_line().change("ladder", before.ladder_id if before and before.stopped_at is None else None, found.pk)
    return chase


@action("roll.stop_chasing", roles=(HOUSE, *ABOVE), at="holder")
def stop_chasing(*, by: Actor, holder: Unit, roll: Roll) -> None:
    """Stop the chasing of a roll; whatever waits in the outbox is still sent where it is still worth saying."""
    row = _held(roll, holder)
    at = locked()
    chase = Chase.objects.filter(roll=row, stopped_at=None).first()
    if chase is None:
        raise Refusal("chase.none", text("This roll is not chased."), text("Look at it again."))
    current_line().note(row.pk)
    current_line().change("ladder", chase.ladder_id, None)
    Chase.objects.filter(pk=chase.pk).update(stopped_at=at)


def _held(roll: Roll, holder: Unit) -> Roll:
    """The roll, locked. Raises: Refusal where another unit holds it."""
    row = Roll.objects.select_for_update(no_key=True).get(pk=roll.pk)
    if row.held_by_id != holder.pk:
        raise refused()
    return row


def steps_of(ladder: Ladder) -> list[Step]:
    """The steps of a ladder, in order. One query; none where they were read with it."""
    rows = sorted(ladder.steps.all(), key=lambda row: row.position)
    return [Step(row.minutes, row.whom, row.repeats, row.every_minutes) for row in rows]


def tellings_of(ladder: Ladder, roll: Roll) -> list[Telling]:
    """What a ladder says of a roll, the district's night kept. Two queries, one more outside of a page."""
    assert roll.opened_at is not None, "only an open roll is chased"
    quiet = night.hours()
    keep = partial(night.after_night, quiet=quiet, zone=zone())
    return ladders.tellings(
        steps_of(ladder),
        roll.opened_at,
        roll.due_at,
        from_opened=ladder.from_opened,
        not_at_night=(lambda at: at) if ladder.urgent else keep,
    )


def first_from(now: Rung) -> datetime | None:
    """When there is something to do; none where the ladder is through."""
    if now.due is not None:
        return now.due.at
    return now.next.at if now.next else None


def awake_at(ladder: Ladder, at: datetime) -> datetime:
    """When a ladder may tell next: now, or at the end of the night in which now lies. Two queries at most."""
    return at if ladder.urgent else night.after_night(at, night.hours(), zone())
