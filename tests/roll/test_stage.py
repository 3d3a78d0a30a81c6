"""A roll of many names is written slice by slice, and shown at once by one last step."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import QuerySet

from muster.foundation import checks, jobs
from muster.foundation.models import Job
from muster.foundation.rights import house
from muster.mobilisation.actions import withdraw_order
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Addressee, Order
from muster.organisation.models import Appointment, Unit
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
    assert Job.objects.get(args__roll=str(roll.pk)).done == 5
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
        jobs.work()
    assert Job.objects.get(pk=job.pk).state == "done"
    assert Mark.objects.filter(roll=cast.roll(order, REPORT_IN)).count() == 18


def placed(roll: Roll) -> dict[UUID, UUID]:
    """{person on the roll: the unit that must see to it}."""
    return dict(Entry.objects.filter(roll=roll).values_list("subject_id", "unit"))


def at_first_slice(cast: Cast) -> tuple[Roll, QuerySet[Appointment]]:
    """A roll with the first 5 of 18 names on it, and all appointments that call somebody up, by person."""
    roll = cast.roll(called(cast), REPORT_IN)
    with at(1):
        jobs.do_slice(Job.objects.get(args__roll=str(roll.pk)))
    units = Addressee.objects.filter(called_up=True).values("unit")
    rows = Appointment.objects.filter(unit__in=units, primary=True, until__isnull=True).order_by("person")
    assert rows.count() == 18
    return roll, rows


def ended(rows: Iterable[Appointment]) -> None:
    Appointment.objects.filter(pk__in=[row.pk for row in rows]).update(until=START)


def moved(row: Appointment, unit: Unit) -> None:
    ended([row])
    Appointment.objects.create(person=row.person, unit=unit, title="x", since=START)


@pytest.mark.parametrize("gone", [slice(2), slice(6, 8), slice(16, 18)])
def test_somebody_who_leaves_between_two_slices_shifts_nobody(cast: Cast, gone: slice) -> None:
    roll, rows = at_first_slice(cast)
    first, leaving = set(placed(roll)), list(rows[gone])
    ended(leaving)
    still = {row.person_id for row in rows}
    with at(2):
        jobs.work()
    assert cast.roll(Order.objects.get(), REPORT_IN).state == "open"
    assert set(placed(roll)) == still | first
    job = Job.objects.get(args__roll=str(roll.pk))
    assert (job.state, job.done, job.of) == ("done", len(still | first), 18)


@pytest.mark.parametrize(("who", "to"), [(0, 17), (17, 0)])
def test_somebody_who_moves_between_two_slices_is_put_on_once(cast: Cast, who: int, to: int) -> None:
    roll, rows = at_first_slice(cast)
    row, unit, wanted = rows[who], rows[to].unit, {r.person_id for r in rows}
    moved(row, unit)
    with at(2):
        jobs.work()
    assert set(placed(roll)) == wanted
    assert placed(roll)[row.person_id] == (row.unit_id if who == 0 else unit.pk)
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_whoever_joins_meanwhile_displaces_nobody(cast: Cast) -> None:
    roll, rows = at_first_slice(cast)
    wanted = {row.person_id for row in rows}
    first = rows[0]
    people = set(Appointment.objects.filter(until__isnull=True, primary=True).values_list("person_id", flat=True))
    for person in people - wanted:
        Appointment.objects.filter(person=person).update(unit=first.unit)
    with at(2):
        jobs.work()
    assert set(placed(roll)) >= wanted
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_a_roll_is_not_shown_before_its_list_has_ended(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    roll, _ = at_first_slice(cast)
    monkeypatch.setattr(opening, "_write_names", _fails)
    with at(2):
        for _ in range(jobs.TRIES_MAX):
            jobs.work()
        assert cast.roll(Order.objects.get(), REPORT_IN).state == "opening"
        assert len(checks.jobs_go_on()) == 2
        monkeypatch.undo()
        jobs.again()
        jobs.work()
    assert len(placed(roll)) == 18


def _fails(*_: object) -> None:
    raise ZeroDivisionError


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
    job = Job.objects.get(args__roll=str(cast.roll(called(cast)).pk))
    with raises_refusal("rights.refused"):
        stage(by=cast.commander, job=job)
    assert stage(by=house("clockwork"), job=job) == 5
    with at(1):
        jobs.work()
