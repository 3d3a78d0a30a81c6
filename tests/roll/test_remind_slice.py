"""Reminding many by hand is a job in slices."""

from __future__ import annotations

import pytest

from muster.foundation import jobs
from muster.foundation.models import Job
from muster.messages.models import Nudge
from muster.mobilisation.answers import report_in
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from muster.roll import reminding
from muster.roll.actions import close_roll
from muster.roll.models import Entry, Roll
from muster.roll.reminding import remind
from tests.cast import Cast, at, raises_refusal
from tests.roll.test_remind import called_up, everybody


@pytest.fixture
def order(cast: Cast) -> Order:
    return cast.order(call_up="kind:village")


@pytest.fixture
def roll(cast: Cast, order: Order) -> Roll:
    return cast.roll(order, REPORT_IN)


def test_many_are_told_by_a_job_each_once(
    cast: Cast, roll: Roll, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "SLICE", 5)
    count = called_up(roll, cast)
    assert remind(by=cast.commander, roll=roll, whom=everybody(cast)).started == count
    assert not Nudge.objects.exists()
    job = Job.objects.get()
    assert jobs.do_slice(job)
    assert Nudge.objects.count() == 5
    told = {one.to for one in Nudge.objects.all()}
    answered = next(e for e in Entry.objects.filter(roll=roll).exclude(assignee__in=told).select_related("assignee"))
    assert answered.assignee is not None
    report_in(by=cast.commander, unit=answered.unit, person=answered.assignee, order=order, pledged=True)
    with at(45):
        jobs.work()
    assert Nudge.objects.count() == count - 1, "who answered meanwhile is not told"
    job.refresh_from_db()
    assert (job.state, job.done) == (Job.State.DONE, job.of)


def test_a_job_stops_when_the_roll_is_closed(cast: Cast, roll: Roll, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminding, "SLICE", 5)
    remind(by=cast.commander, roll=roll, whom=everybody(cast))
    close_roll(by=cast.commander, holder=cast.root, roll=roll)
    jobs.work()
    assert not Nudge.objects.exists()


@pytest.mark.parametrize("who", ["commander", "town_lead", "member"])
def test_it_rejects_anybody_but_the_house(cast: Cast, roll: Roll, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    monkeypatch.setattr(reminding, "SLICE", 5)
    remind(by=cast.commander, roll=roll, whom=everybody(cast))
    actor = getattr(cast, who)
    with raises_refusal("rights.refused"):
        reminding.remind_slice(by=actor, job=Job.objects.get())
