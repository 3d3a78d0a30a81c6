"""Applying begins a job; it goes on after kill -9, and no row is written twice."""

from __future__ import annotations

from muster.foundation import jobs
from muster.organisation.models import Appointment, Person, Unit
from muster.sheets import actions, intake
from muster.sheets.models import Import
from tests.cast import Cast, raises_refusal
from tests.sheets.books import HEADS, applied, counts, csv_of, faults, phone, tried, write


def book(*rows: tuple[str, ...]) -> bytes:
    return csv_of([HEADS, *(row + ("",) * (len(HEADS) - len(row)) for row in rows)])


def test_it_goes_on_by_the_clockwork(cast: Cast) -> None:
    found = tried(cast.commander, book(("赵一", "A1"), ("钱二", "A2")))
    actions.apply(by=cast.commander, imported=found)
    assert Person.objects.filter(name__in=("赵一", "钱二")).count() == 0
    jobs.work()
    found.refresh_from_db()
    assert (found.state, found.written) == (Import.State.APPLIED, 2)


def test_it_rejects_nothing_to_write_and_a_second_time(cast: Cast) -> None:
    bad = tried(cast.commander, book(("赵一", "Z")))
    with raises_refusal("import.nothing"):
        actions.apply(by=cast.commander, imported=bad)
    found = tried(cast.commander, book(("赵一", "A1")))
    actions.apply(by=cast.commander, imported=found)
    with raises_refusal("import.state"):
        actions.apply(by=cast.commander, imported=found)


def test_it_rejects_a_file_with_errors_where_all_or_nothing_is_wanted(cast: Cast) -> None:
    found = tried(cast.commander, book(("赵一", "A1"), ("钱二", "Z")))
    with raises_refusal("import.not_whole"):
        actions.apply(by=cast.commander, imported=found, whole=True)
    with raises_refusal("import.unknown"):
        actions.apply(by=cast.clerk, imported=found)
    assert write(cast.commander, found).written == 1


def test_what_changed_between_the_look_and_the_writing_is_not_written(cast: Cast) -> None:
    found = tried(cast.commander, book(("赵一", "A1", "", "x", "", "", phone(1)), ("钱二", "A2")))
    applied(cast.commander, book(("赵一", "A1", "", "y", "", "", phone(1))))
    Unit.objects.filter(pk=cast.neighbour.pk).update(closed_at="2020-01-29T00:00:00Z")
    done = write(cast.commander, found)
    assert (counts(done), done.written) == ((0, 0, 0, 0, 2), 0)
    assert faults(done) == [(2, "", "row.meanwhile"), (3, "B", "unit.closed")]
    assert Appointment.objects.get(person__name="赵一").title == "y"
    Unit.objects.filter(pk=cast.neighbour.pk).update(closed_at=None)


def test_whoever_lost_the_role_meanwhile_writes_nothing(cast: Cast) -> None:
    from muster.organisation.models import Grant

    found = tried(cast.town_lead, book(("赵一", "A1")))
    actions.apply(by=cast.town_lead, imported=found)
    Grant.objects.filter(account__name="lead_a").delete()
    for _step in intake.go_on(found):
        pass
    assert not Person.objects.filter(name="赵一").exists()
