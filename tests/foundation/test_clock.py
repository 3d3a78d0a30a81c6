"""Every time comes from the clock: a district's, a drill's, a moment that is played; and it never steps back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from muster.foundation import clock, database
from muster.foundation.errors import Refusal
from muster.foundation.models import AuditLine, Database
from tests.foundation.verbs import BY, do

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the machine's clock; a pause lets it run on."""
    now = [NOON]

    def pause(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    monkeypatch.setattr(clock, "machine_now", lambda: now[0])
    monkeypatch.setattr(clock, "pause", pause)

    def set_to(moment: datetime) -> None:
        now[0] = moment

    return set_to


@pytest.mark.django_db
def test_a_districts_clock_is_the_machines(machine: Callable[[datetime], None]) -> None:
    assert clock.now() == NOON
    assert clock.settled() == NOON - timedelta(seconds=10)
    machine(NOON + timedelta(hours=1))
    assert clock.now() == NOON + timedelta(hours=1)


@pytest.mark.django_db
def test_a_drills_clock_runs_on_from_where_the_scenario_ended(machine: Callable[[datetime], None]) -> None:
    end = datetime(2020, 2, 12, tzinfo=UTC)
    Database.objects.create(drill=True, made_at=NOON)
    database.run_clock_on_from(end)
    assert clock.now() == end
    machine(NOON + timedelta(minutes=5))
    assert clock.now() == end + timedelta(minutes=5)
    clock.forget_offset()
    assert clock.now() == end + timedelta(minutes=5)


@pytest.mark.django_db
def test_a_districts_own_database_accepts_no_other_clock() -> None:
    Database.objects.create(drill=False, made_at=NOON)
    with pytest.raises(Refusal) as caught:
        database.run_clock_on_from(NOON)
    assert caught.value.code == "drill.not_a_drill"


@pytest.mark.django_db
def test_a_played_moment_goes_before_all_and_ends_with_its_block() -> None:
    with clock.played_at(NOON):
        assert clock.now() == clock.recorded_at() == NOON
        with clock.played_at(NOON - timedelta(days=1)):
            assert clock.now() == NOON - timedelta(days=1)
        assert clock.now() == NOON
    assert clock.now() != NOON


@pytest.mark.django_db
def test_a_small_step_back_is_waited_out(machine: Callable[[datetime], None]) -> None:
    assert clock.recorded_at() == NOON
    machine(NOON - timedelta(seconds=1))
    assert NOON <= clock.recorded_at() < NOON + timedelta(milliseconds=100)


@pytest.mark.django_db
def test_a_large_step_back_fails_loudly_and_nothing_is_written(machine: Callable[[datetime], None]) -> None:
    do(by=BY)
    machine(NOON - timedelta(seconds=3))
    with pytest.raises(Refusal) as caught:
        do(by=BY)
    assert (caught.value.code, caught.value.status) == ("clock.stepped_back", 503)
    assert AuditLine.objects.count() == 1
    machine(NOON + timedelta(seconds=1))
    do(by=BY)
    assert AuditLine.objects.count() == 2


@pytest.mark.django_db
def test_a_step_back_is_seen_after_a_tick_and_by_a_new_process(machine: Callable[[datetime], None]) -> None:
    do(by=BY)
    machine(NOON - timedelta(minutes=1))
    clock.forget_offset()
    with pytest.raises(Refusal) as caught:
        do(by=BY)
    assert caught.value.code == "clock.stepped_back"


@pytest.mark.django_db
def test_no_moment_given_out_is_before_one_given_out_earlier(machine: Callable[[datetime], None]) -> None:
    steps = [0.0, 0.5, -0.3, 0.2, -1.0, 1.5]
    given = []
    moment = NOON
    for step in steps:
        moment += timedelta(seconds=step)
        machine(moment)
        given.append(clock.recorded_at())
    assert given == sorted(given)


def test_pauses_and_leases_go_by_the_monotonic_clock() -> None:
    before = clock.monotonic()
    clock.pause(0.001)
    assert clock.monotonic() > before
