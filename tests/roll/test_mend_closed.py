"""A roll has closed: what was answered is mended by a lead only, with a reason, and counts from then on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils.translation import override

from muster.foundation import clock
from muster.mobilisation.actions import withdraw_order
from muster.roll import closings, coverage
from muster.roll.actions import choose_answer, close_roll, excuse, lift_excuse, remove_entry
from muster.roll.coverage import Coverage
from muster.roll.kinds import Expected
from muster.roll.models import Entry, Mark, Roll, Ruling
from tests.cast import REASON, START, Cast, at, raises_refusal
from tests.roll.visits import correct_visit, open_visits, visit, withdraw_visit

CLOSED = START + timedelta(hours=2)


@dataclass
class Scene:
    """A roll of visits to three members of A1: the first met late, the second outstanding, the third excused."""

    cast: Cast
    roll: Roll
    met: UUID
    waiting: UUID
    excused: UUID


@pytest.fixture
def closed(cast: Cast) -> Scene:
    """The scene, with the roll closed two hours after START."""
    numbers = ("m_a1_1", "m_a1_2", "lead_a1")
    expected = [Expected(cast.village.pk, "person", cast.people[number].pk) for number in numbers]
    with at():
        due = START + timedelta(minutes=30)
        roll = open_visits(by=cast.commander, holder=cast.root, incident=cast.incident, expected=expected, due_at=due)
    ids = dict(Entry.objects.filter(roll=roll).values_list("subject_id", "pk"))
    met, waiting, excused = (ids[cast.people[number].pk] for number in numbers)
    with at(60):
        visit(by=cast.commander, unit=cast.village, entry=met, outcome="met")
        excuse(by=cast.commander, entries=[excused], reason=REASON)
    with clock.played_at(CLOSED):
        close_roll(by=cast.commander, holder=cast.root, roll=roll)
    return Scene(cast, Roll.objects.get(pk=roll.pk), met, waiting, excused)


def counted(scene: Scene, moment: datetime, asked: datetime | None = None) -> Coverage:
    """The whole roll as of a moment, asked then or later."""
    with clock.played_at(asked or moment):
        return coverage.count([scene.roll], moment)[scene.roll.pk].of(u.pk for u in scene.cast.units.values())


def mend(scene: Scene, by: str = "lead_a1", outcome: str = "refused", **more: Any) -> None:
    asked = {"unit": scene.cast.village, "entry": scene.met, "reason": REASON, **more}
    correct_visit(by=scene.cast.actor(by), outcome=outcome, **asked)


@pytest.mark.parametrize("by", ["lead_a1", "commander"])
def test_a_lead_corrects_with_a_reason(closed: Scene, by: str) -> None:
    with at(hours=3):
        mend(closed, by)
    entry = Entry.objects.get(pk=closed.met)
    assert (entry.state, entry.outcome, entry.unmet) == ("answered", "refused", True)
    mark = Mark.objects.filter(entry=closed.met).latest("n")
    assert (mark.before, mark.after, mark.reason) == ("answered", "answered", REASON)
    first, second = Ruling.objects.filter(what="visited").order_by("recorded_at")
    assert (first.corrects, second.corrects) == (None, first.pk)
    assert closed.roll.state == Roll.objects.get(pk=closed.roll.pk).state == Roll.State.CLOSED


def test_a_lead_takes_back_and_nobody_is_overdue(closed: Scene) -> None:
    with at(hours=3):
        withdraw_visit(by=closed.cast.lead, unit=closed.cast.village, entry=closed.met, reason=REASON)
    assert Entry.objects.get(pk=closed.met).state == "outstanding"
    assert counted(closed, START + timedelta(hours=3)) == Coverage(answered=0, excused=1, outstanding=2)


def test_it_stays_as_late_as_it_was(closed: Scene) -> None:
    with at(hours=3):
        mend(closed, outcome="by_phone")
    assert Entry.objects.get(pk=closed.met).late
    assert counted(closed, START + timedelta(hours=3)).late == 1


@pytest.mark.parametrize("days", [0, 4])
def test_earlier_moments_are_as_they_were_and_later_ones_show_the_change(closed: Scene, days: int) -> None:
    before = counted(closed, CLOSED)
    mended = CLOSED + timedelta(days=days, hours=1)
    with clock.played_at(mended - timedelta(minutes=5)):
        closings.close_days(clock.settled())
    with clock.played_at(mended):
        withdraw_visit(by=closed.cast.lead, unit=closed.cast.village, entry=closed.met, reason=REASON)
    later = mended + timedelta(days=3)
    with clock.played_at(later):
        closings.close_days(clock.settled())
    for asked in (mended, later):
        assert counted(closed, CLOSED, asked) == before
        assert counted(closed, mended - timedelta(seconds=1), asked) == before
        assert counted(closed, mended, asked).answered == before.answered - 1
    assert counted(closed, later) == Coverage(answered=0, excused=1, outstanding=2)
    with clock.played_at(later):
        assert [n.entry for n in coverage.names(closed.roll, CLOSED, state="answered")] == [closed.met]
        assert coverage.names(closed.roll, mended, state="answered") == []


def test_a_lead_chooses_between_two_answers(cast: Cast, closed: Scene) -> None:
    # Recorded before the closing, so the scene is made once more with a difference.
    roll = open_visits(
        by=cast.commander,
        holder=cast.root,
        incident=cast.incident,
        expected=[Expected(cast.village.pk, "person", cast.people["m_a1_1"].pk)],
        key="again",
    )
    entry = Entry.objects.get(roll=roll).pk
    with at(1):
        visit(by=cast.commander, unit=cast.village, entry=entry, outcome="met")
    with at(2):
        visit(by=cast.commander, unit=cast.village, entry=entry, outcome="refused")
        second = Ruling.objects.filter(entry=entry, what="visited").latest("recorded_at").pk
        close_roll(by=cast.commander, holder=cast.root, roll=roll)
    with at(3), raises_refusal("reason.unknown"):
        choose_answer(by=cast.lead, unit=cast.village, entry=entry, fact_id=second, reason="")
    with at(3):
        choose_answer(by=cast.lead, unit=cast.village, entry=entry, fact_id=second, reason=REASON)
    found = Entry.objects.get(pk=entry)
    assert (found.outcome, found.differs, found.fact_id) == ("refused", False, second)


@pytest.mark.parametrize("verb", [correct_visit, withdraw_visit])
def test_it_rejects_the_author_who_leads_nothing(closed: Scene, verb: Any) -> None:
    more = {"outcome": "refused"} if verb is correct_visit else {}
    author = closed.cast.people["m_a1_1"]
    with at(hours=3), raises_refusal("roll.ask_lead") as caught:
        verb(by=closed.cast.member, unit=closed.cast.village, entry=closed.met, author=author, reason=REASON, **more)
    with override("en"):
        assert "Ask your lead" in str(caught.value)


@pytest.mark.parametrize(("reason", "code"), [("", "reason.needed"), ("invented", "reason.unknown")])
def test_it_rejects_a_lead_without_a_reason_of_the_list(closed: Scene, reason: str, code: str) -> None:
    with at(hours=3), raises_refusal(code):
        mend(closed, reason=reason)
    with at(hours=3), raises_refusal(code):
        withdraw_visit(by=closed.cast.lead, unit=closed.cast.village, entry=closed.met, reason=reason)


def test_it_rejects_what_is_not_mended_but_new(closed: Scene) -> None:
    cast = closed.cast
    asked: dict[str, Any] = {"by": cast.commander, "unit": cast.village}
    with at(hours=3):
        for entry in (closed.waiting, closed.excused, closed.met):
            for outcome in ("refused", "nobody"):
                with raises_refusal("roll.closed"):
                    visit(**asked, entry=entry, outcome=outcome)
        for entry in (closed.waiting, closed.excused):
            with raises_refusal("roll.closed"):
                correct_visit(**asked, entry=entry, outcome="refused", reason=REASON)
            with raises_refusal("roll.closed"):
                withdraw_visit(**asked, entry=entry, reason=REASON)
        with raises_refusal("roll.closed"):
            excuse(by=cast.commander, entries=[closed.waiting], reason=REASON)
        with raises_refusal("roll.closed"):
            lift_excuse(by=cast.commander, entries=[closed.excused])
        with raises_refusal("roll.closed"):
            remove_entry(by=cast.commander, holder=cast.root, entry=closed.met, reason=REASON)


def test_it_rejects_an_answer_after_it_was_taken_back(closed: Scene) -> None:
    with at(hours=3):
        withdraw_visit(by=closed.cast.lead, unit=closed.cast.village, entry=closed.met, reason=REASON)
    with at(hours=4), raises_refusal("roll.closed"):
        visit(by=closed.cast.lead, unit=closed.cast.village, entry=closed.met, outcome="met")


@pytest.mark.parametrize("state", [Roll.State.SUPERSEDED, Roll.State.WITHDRAWN])
def test_it_rejects_mending_on_a_roll_that_was_superseded_or_withdrawn(cast: Cast, state: str) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    if state == Roll.State.SUPERSEDED:
        cast.order(version=2)
    else:
        withdraw_order(by=cast.commander, order=order)
    entry = cast.entry(order, "A1").pk
    with raises_refusal(f"roll.{state}"):
        withdraw_visit(by=cast.commander, unit=cast.village, entry=entry, reason=REASON)
