"""A ladder is data that must end; what it says of a roll is a pure rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.foundation.errors import Refusal
from muster.foundation.models import AuditLine
from muster.roll.chasing import NewLadder, end_ladder, make_ladder, ready_made
from muster.roll.ladders import (
    ABOVE,
    ASKED,
    DEFAULT,
    GROUP,
    LEAD,
    TELLINGS_MOST,
    Step,
    due_tellings,
    require_sound,
    tellings,
)
from muster.roll.models import Ladder
from tests.cast import REASON, Cast, raises_refusal

DUE = datetime(2020, 1, 29, 6, tzinfo=UTC)
OPENED = DUE - timedelta(hours=5)


def after(minutes: int) -> datetime:
    return DUE + timedelta(minutes=minutes)


UNSOUND = {
    "ladder.empty": [],
    "ladder.repeats": [Step(0, ASKED, repeats=1)],
    "ladder.order": [Step(60, ASKED), Step(0, LEAD)],
    "ladder.crowded": [Step(0, ASKED), Step(14, LEAD)],
    "ladder.unending": [Step(0, ASKED, repeats=12, every_minutes=60)],
    "ladder.whom": [Step(0, "everybody")],
}


@pytest.mark.parametrize("code", UNSOUND)
def test_it_rejects_what_never_ends_or_crowds(cast: Cast, code: str) -> None:
    with raises_refusal(code):
        make_ladder(by=cast.commander, new=NewLadder("Bad", UNSOUND[code]))
    assert not Ladder.objects.exists()


@pytest.mark.parametrize(
    ("code", "steps"),
    [
        ("ladder.repeats", [Step(0, ASKED, repeats=1, every_minutes=29)]),
        ("ladder.order", [Step(0, ASKED, repeats=3, every_minutes=60), Step(120, LEAD)]),
        ("ladder.unending", [Step(n * 60, ASKED) for n in range(7)]),
        ("ladder.unending", [Step(0, ASKED, repeats=6, every_minutes=60), Step(600, LEAD, 6, 60)]),
        ("ladder.unending", [Step(30 * 24 * 60 + 1, ASKED)]),
        ("ladder.unending", [Step(-30 * 24 * 60 - 1, ASKED)]),
        ("ladder.unending", [Step(0, ASKED, repeats=-1)]),
    ],
)
def test_it_rejects_the_edges(code: str, steps: list[Step]) -> None:
    with pytest.raises(Refusal) as caught:
        require_sound(steps, from_opened=False)
    assert caught.value.code == code


def test_it_rejects_to_tell_before_a_roll_is_opened() -> None:
    with pytest.raises(Refusal) as caught:
        require_sound([Step(-1, ASKED)], from_opened=True)
    assert caught.value.code == "ladder.before_opening"


def test_it_rejects_to_write_at_night_without_a_reason(cast: Cast) -> None:
    with raises_refusal("ladder.night"):
        make_ladder(by=cast.commander, new=NewLadder("Alarm", DEFAULT, urgent=True))
    with raises_refusal("reason.unknown"):
        make_ladder(by=cast.commander, new=NewLadder("Alarm", DEFAULT, urgent=True, why="fun"))
    made = make_ladder(by=cast.commander, new=NewLadder("Alarm", DEFAULT, urgent=True, why=REASON))
    assert (made.urgent, made.why) == (True, REASON)


@pytest.mark.parametrize("number", ["clerk", "lead_a", "lead_a1", "m_a1_1", "administrator"])
def test_it_rejects_whoever_does_not_command_the_district(cast: Cast, number: str) -> None:
    actor = cast.actor(number)
    with raises_refusal("rights.refused"):
        make_ladder(by=actor, new=NewLadder("Mine", DEFAULT))


def test_it_rejects_a_name_that_is_there_and_none(cast: Cast) -> None:
    made = make_ladder(by=cast.commander, new=ready_made())
    with raises_refusal("ladder.there"):
        make_ladder(by=cast.second, new=ready_made())
    for name in (" ", "x" * 61):
        with raises_refusal("ladder.name"):
            make_ladder(by=cast.commander, new=NewLadder(name, DEFAULT))
    end_ladder(by=cast.second, ladder=made)
    assert make_ladder(by=cast.commander, new=ready_made()).pk != made.pk, "an ended one leaves its name"


def test_the_ready_made_one_is_sound_and_of_three_steps(cast: Cast) -> None:
    made = make_ladder(by=cast.commander, new=ready_made())
    assert [(s.minutes, s.whom) for s in made.steps.order_by("position")] == [(-120, ASKED), (0, LEAD), (120, ABOVE)]
    line = AuditLine.objects.latest("id")
    assert (line.verb, str(made.pk) in line.ids) == ("roll.make_ladder", True)


def test_only_the_latest_is_due_and_what_was_missed_is_passed_over() -> None:
    told = tellings(DEFAULT, OPENED, DUE)
    now = due_tellings(told, OPENED, after(24 * 60))
    assert now.due is not None
    assert (now.due.whom, [one.n for one in now.passed], now.next) == (ABOVE, [1, 2], None)
    early = due_tellings(told, OPENED, after(-121))
    assert (early.due, early.passed, early.next) == (None, (), told[0])


def test_nothing_is_told_from_before_the_chasing_began() -> None:
    told = tellings(DEFAULT, OPENED, DUE)
    now = due_tellings(told, after(-60), after(-59))
    assert (now.due, now.passed) == (None, ())
    assert now.next is not None
    assert now.next.whom == LEAD


def test_a_roll_without_a_due_time_is_counted_from_its_opening() -> None:
    with pytest.raises(Refusal) as caught:
        tellings(DEFAULT, OPENED, None)
    assert caught.value.code == "ladder.needs_due"
    told = tellings([Step(30, GROUP, 2, 60)], OPENED, None, from_opened=True)
    assert [one.at - OPENED for one in told] == [timedelta(minutes=m) for m in (30, 90, 150)]


def test_what_meets_at_the_end_of_the_night_is_told_once() -> None:
    morning = after(10 * 60)
    told = tellings(DEFAULT, OPENED, DUE, not_at_night=lambda at: max(at, morning))
    assert {one.at for one in told} == {morning}
    assert due_tellings(told, OPENED, morning - timedelta(seconds=1)).due is None
    now = due_tellings(told, OPENED, morning)
    assert now.due is not None
    assert (now.due.n, [one.n for one in now.passed]) == (3, [1, 2])
    assert due_tellings(told, after(60), morning).passed == (), "those meant before the chasing began do not count"


@st.composite
def ladders(draw: st.DrawFn) -> list[Step]:
    """Any sound ladder."""
    found, at, left = [], draw(st.integers(-600, 600)), TELLINGS_MOST
    for _ in range(draw(st.integers(1, 6))):
        repeats = draw(st.integers(0, 3)) if left > 4 else 0
        step = Step(at, draw(st.sampled_from([ASKED, LEAD, ABOVE, GROUP])), repeats, draw(st.integers(30, 300)))
        left -= repeats + 1
        if left < 0:
            break
        found.append(step)
        at = step.times()[-1] + draw(st.integers(15, 600))
    return found


@given(steps=ladders(), ticks=st.lists(st.integers(-1000, 12000), max_size=40), since=st.integers(-800, 4000))
def test_any_ticks_tell_each_once_in_order_and_then_end(steps: list[Step], ticks: list[int], since: int) -> None:
    require_sound(steps, from_opened=False)
    told = tellings(steps, OPENED, DUE)
    done: list[int] = []
    over: set[int] = set()
    for tick in sorted(ticks):
        now = due_tellings(told, after(since), after(tick))
        over |= {one.n for one in now.passed}
        if now.due is not None and now.due.n not in over:
            done.append(now.due.n)
            over.add(now.due.n)
    assert done == sorted(set(done)), "in order, none twice"
    assert len(done) <= TELLINGS_MOST
    assert all(told[n - 1].meant >= after(since) for n in over)
    latest = due_tellings(told, after(since), after(20000))
    assert latest.next is None, "it ends"
