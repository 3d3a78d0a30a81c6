"""A roll of many names is written slice by slice, and shown at once by one last step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from muster.foundation import jobs
from muster.foundation.models import Job
from muster.foundation.rights import house
from muster.mobilisation.actions import withdraw_order
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from muster.roll import coverage, opening
from muster.roll.actions import excuse
from muster.roll.kinds import Expected
from muster.roll.models import Entry, Mark, Roll
from muster.roll.opening import stage
from tests.cast import REASON, START, Cast, at, raises_refusal
from tests.roll.visits import open_visits


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than 7 names are staged, 5 at a time."""
    monkeypatch.setattr(opening, "AT_ONCE_MAX", 7)
    monkeypatch.setattr(opening, "SLICE", 5)


def called(cast: Cast) -> Order:
    """An order that asks 8 units and calls up 18 members."""
    return cast.order(call_up="kind:village")


def test_nothing_is_counted_before_it_is_shown(cast: Cast) -> None:
    order = called(cast)
    roll = cast.roll(order, REPORT_IN)
    assert (roll.state, roll.opened_at) == ("opening", None)
    with at(1):
        jobs.do_slice(Job.objects.get(args__roll=str(roll.pk)))
    assert Entry.objects.filter(roll=roll).count() == 5
    with at(60):
        assert coverage.count([roll], START + timedelta(minutes=30))[roll.pk].units == {}
        assert coverage.names(roll, START + timedelta(minutes=30)) == []
        staged = Entry.objects.filter(roll=roll).first()
        with raises_refusal("roll.opening"):
            excuse(by=cast.commander, entries=[staged.pk], reason=REASON)
        jobs.work()


def test_a_job_writes_each_name_once_and_shows_them_together(cast: Cast) -> None:
    order = called(cast)
    with at(5):
        assert jobs.work() == (2 + 1) + (4 + 1)
    for kind, count in (("mobilisation.acknowledgement", 8), (REPORT_IN, 18)):
        roll = cast.roll(order, kind)
        assert (roll.state, roll.opened_at) == ("open", START + timedelta(minutes=5))
        with at(10):
            assert cast.coverage(order, kind).outstanding == count
        assert Entry.objects.filter(roll=roll).values("subject_id").distinct().count() == count
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    assert sorted(Job.objects.values_list("done", flat=True)) == [8, 18]


def test_it_goes_on_where_it_was_cut_off(cast: Cast) -> None:
    order = called(cast)
    job = Job.objects.get(args__roll=str(cast.roll(order, REPORT_IN).pk))
    with at(1):
        jobs.do_slice(job)
        jobs.do_slice(job)
    assert Entry.objects.filter(roll=cast.roll(order, REPORT_IN)).count() == 10
    with at(2):
        assert jobs.finish(Job.objects.get(pk=job.pk)).state == "done"
    assert Mark.objects.filter(roll=cast.roll(order, REPORT_IN)).count() == 18


def test_an_order_withdrawn_before_its_roll_is_shown_never_shows_it(cast: Cast) -> None:
    order = called(cast)
    with at(1):
        jobs.do_slice(Job.objects.get(args__roll=str(cast.roll(order, REPORT_IN).pk)))
        withdraw_order(by=cast.commander, order=order)
    with at(2):
        jobs.work()
    roll = cast.roll(order, REPORT_IN)
    assert (roll.state, roll.opened_at) == ("withdrawn", None)
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_it_rejects_a_kind_that_names_no_source(cast: Cast) -> None:
    expected = [Expected(u.pk, "unit", u.pk) for u in list(cast.units.values())[:8]]
    with raises_refusal("roll.too_many"):
        open_visits(by=cast.commander, holder=cast.root, incident=cast.incident, expected=expected)
    assert not Roll.objects.exists()


def test_it_rejects_everybody_but_the_house(cast: Cast) -> None:
    roll = cast.roll(called(cast))
    with raises_refusal("rights.refused"):
        stage(by=cast.commander, roll=roll, start=0)
    assert stage(by=house("clockwork"), roll=roll, start=0) == 5
    with at(1):
        jobs.work()
