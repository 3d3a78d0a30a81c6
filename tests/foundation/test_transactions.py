"""One way in for every write: nothing half-written, nothing older than 8 s, another try where the engine asks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, connections

from muster.foundation import action, clock
from muster.foundation.action import current_line
from muster.foundation.errors import Refusal
from muster.foundation.models import AuditLine, Job
from muster.foundation.rights import Actor
from tests.cast import START, Cast, raises_refusal
from tests.foundation.verbs import BY, do, record

POSTGRESQL = connection.vendor == "postgresql"


def job(word: str) -> None:
    Job.objects.create(verb=word, by="x", made_at=START)


def jobs() -> list[str]:
    return list(Job.objects.order_by("verb").values_list("verb", flat=True))


# -- the frame


@pytest.mark.django_db
def test_what_a_verb_returns_comes_back() -> None:
    assert do(by=BY, what=lambda: 42) == 42


@pytest.mark.django_db
def test_a_failing_verb_leaves_nothing() -> None:
    def fails() -> None:
        job("half")
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        do(by=BY, what=fails)
    assert jobs() == []
    assert not AuditLine.objects.exists()


@pytest.mark.django_db
def test_a_verb_calls_no_other_verb() -> None:
    with pytest.raises(RuntimeError, match="calls no other action"):
        do(by=BY, what=lambda: do(by=BY))
    assert not AuditLine.objects.exists()


@pytest.mark.django_db
def test_a_verb_takes_keywords_only() -> None:
    with pytest.raises(TypeError, match="keywords"):
        do(BY)  # type: ignore[misc]


def test_nothing_is_recorded_outside_of_a_verb() -> None:
    with pytest.raises(RuntimeError, match="only an action records"):
        current_line()


@pytest.mark.django_db
def test_the_frame_is_left_behind_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError):
        do(by=BY, what=lambda: 1 / 0)
    assert do(by=BY, what=lambda: 1) == 1


@pytest.mark.django_db
def test_whoever_has_no_right_does_not_get_in() -> None:
    called = []
    with raises_refusal("rights.refused"):
        do(by=Actor(name="nobody"), what=lambda: called.append(1))
    assert called == []


def test_one_moment_for_all_that_one_verb_records(cast: Cast) -> None:
    moments: list[Any] = []

    def twice() -> None:
        moments.extend((action.locked(), action.locked()))

    fact = record(by=BY, unit=cast.root, what=twice)
    assert len({*moments, fact.recorded_at, AuditLine.objects.latest("id").at}) == 1


# -- 8 seconds


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets time pass on the monotonic clock."""
    now = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


@pytest.mark.django_db
def test_a_verb_older_than_8_seconds_refuses_to_commit(passes: Callable[[float], None]) -> None:
    def slow() -> None:
        job("slow")
        passes(8.1)

    with pytest.raises(Refusal) as caught:
        do(by=BY, what=slow)
    assert (caught.value.code, caught.value.status) == ("action.too_slow", 503)
    assert jobs() == []
    assert not AuditLine.objects.exists()


@pytest.mark.django_db
def test_a_verb_of_8_seconds_commits(passes: Callable[[float], None]) -> None:
    do(by=BY, what=lambda: passes(7.9))
    assert AuditLine.objects.count() == 1


def test_a_moment_is_settled_only_when_no_verb_can_record_at_it_any_more() -> None:
    assert action.TRANSACTION_SECONDS_MAX < clock.SETTLE_SECONDS


# -- another try


class Failing:
    """Fails so often with an error of the engine, then does its work."""

    def __init__(self, error: Callable[[], DatabaseError], times: int) -> None:
        self.error, self.times, self.calls = error, times, 0

    def __call__(self) -> str:
        self.calls += 1
        job(f"try {self.calls}")
        if self.calls <= self.times:
            raise self.error()
        return "done"


def _engine_error(state: str) -> Callable[[], DatabaseError]:
    def make() -> DatabaseError:
        class Cause(Exception):
            sqlstate = state

        error = OperationalError("x")
        error.__cause__ = Cause()
        return error

    return make


def _again() -> list[Any]:
    if POSTGRESQL:
        return [pytest.param(_engine_error(s), id=s) for s in ("40P01", "40001", "55P03")]
    return [
        pytest.param(lambda words=words: OperationalError(words), id=words)
        for words in ("database is locked", "database table is locked")
    ]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between two tries, without waiting for them."""
    pauses: list[float] = []
    monkeypatch.setattr(clock, "pause", pauses.append)
    return pauses


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", _again())
def test_a_lock_error_is_tried_again_three_times(error: Callable[[], DatabaseError], quick: list[float]) -> None:
    work = Failing(error, times=3)
    assert do(by=BY, what=work) == "done"
    assert jobs() == ["try 4"]
    assert AuditLine.objects.count() == 1
    assert len(quick) == 3
    assert quick == sorted(quick)
    assert sum(quick) < 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", _again()[:1])
def test_a_lock_error_that_does_not_end_reaches_the_caller(
    error: Callable[[], DatabaseError], quick: list[float]
) -> None:
    work = Failing(error, times=9)
    with pytest.raises(OperationalError):
        do(by=BY, what=work)
    assert work.calls == 4
    assert jobs() == []
    assert not AuditLine.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_another_error_is_not_tried_again(quick: list[float]) -> None:
    work = Failing(lambda: IntegrityError("x"), times=1)
    with pytest.raises(IntegrityError):
        do(by=BY, what=work)
    assert (work.calls, quick) == (1, [])


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_not_tried_again(quick: list[float]) -> None:
    calls = []

    def refuse() -> None:
        calls.append(1)
        raise Refusal("no", "No.")

    with pytest.raises(Refusal):
        do(by=BY, what=refuse)
    assert len(calls) == 1


def _in_threads(*work: Callable[[], Any]) -> list[Any]:
    """Runs each in a thread with a connection of its own; gives what each returned or raised."""
    results: list[Any] = [None] * len(work)

    def run(place: int) -> None:
        try:
            results[place] = work[place]()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return results


@pytest.mark.django_db(transaction=True)
@pytest.mark.only("postgresql", reason="SQLite's writers wait for each other from the start")
def test_a_real_deadlock_reaches_nobody() -> None:
    for word in ("one", "two"):
        job(word)
    both = threading.Barrier(2, timeout=5)

    def crossing(first: str, second: str) -> Callable[[], None]:
        tries = []

        def work() -> None:
            tries.append(1)
            Job.objects.filter(verb=first).update(done=1)
            if len(tries) == 1:
                both.wait()
            Job.objects.filter(verb=second).update(done=2)

        return lambda: do(by=BY, what=work)

    assert _in_threads(crossing("one", "two"), crossing("two", "one")) == [None, None]
    assert AuditLine.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.only("postgresql", reason="only PostgreSQL cuts a transaction off")
@pytest.mark.parametrize("idle", [False, True])
def test_a_transaction_that_the_server_cuts_off_is_tried_again_on_a_new_connection(idle: bool) -> None:
    work = Failing(lambda: OperationalError("never"), times=0)

    def slow() -> str:
        done = work()
        with connection.cursor() as cursor:
            if work.calls == 1 and not idle:
                cursor.execute("SELECT pg_sleep(5)")
            if work.calls == 1 and idle:
                threading.Event().wait(0.6)
            cursor.execute("SELECT 1")
        return done

    with connection.cursor() as cursor:
        cursor.execute("SET transaction_timeout = '300ms'")
    assert do(by=BY, what=slow) == "done"
    assert work.calls == 2
    assert jobs() == ["try 2"]
    assert AuditLine.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_writers_wait_for_each_other() -> None:
    started = threading.Event()

    def long() -> None:
        started.set()
        threading.Event().wait(0.3)
        job("long")

    def short() -> Any:
        assert started.wait(5)
        return do(by=BY, what=lambda: job("short"))

    assert _in_threads(lambda: do(by=BY, what=long), short) == [None, None]
    assert jobs() == ["long", "short"]
