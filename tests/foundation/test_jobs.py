"""Long work in slices: it goes on after a restart, and ends after five failures of one slice."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from muster.foundation import checks, jobs
from muster.foundation.errors import Refusal
from muster.foundation.models import Job
from muster.foundation.registry import JOBS

Slice = tuple[int, int, bool]


@pytest.fixture
def slices(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the next slices of the job `test.count` do: an answer, or an error."""
    wanted: list[Any] = []

    def do(job: Job) -> Slice:
        found = wanted.pop(0)
        if isinstance(found, Exception):
            raise found
        return found  # type: ignore[no-any-return]

    monkeypatch.setitem(JOBS._offers, "test.count", do)
    return wanted


def started() -> Job:
    return jobs.start("test.count", by="x", of=30, roll="r")


def tried(job: Job, times: int = 1) -> Job:
    """The job after so many slices."""
    for _ in range(times):
        jobs.do_slice(job)
        job.refresh_from_db()
    return job


@pytest.mark.django_db
def test_it_is_done_slice_by_slice(slices: list[Any]) -> None:
    job = started()
    slices += [(10, 30, True), (20, 30, True), (30, 30, False)]
    jobs.do_slice(job)
    job.refresh_from_db()
    assert (job.state, job.done, job.of, job.ended_at) == ("running", 10, 30, None)
    assert jobs.work() == 2
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 30)
    assert job.ended_at is not None
    assert jobs.work() == 0


@pytest.mark.django_db
def test_a_failing_slice_is_tried_five_times(slices: list[Any]) -> None:
    job = started()
    slices += [DatabaseError("x")] * 5
    assert tried(job, 4).state == "running"
    assert tried(job).state == "failed"
    assert (job.tries, job.error) == (5, "DatabaseError")


@pytest.mark.django_db
def test_tries_are_counted_for_each_slice(slices: list[Any]) -> None:
    job = started()
    slices += [DatabaseError("x")] * 4 + [(10, 30, True)] + [DatabaseError("x")] * 4 + [(30, 30, False)]
    assert (tried(job, 5).state, job.tries) == ("running", 0)
    assert (tried(job, 5).state, job.tries) == ("done", 0)


@pytest.mark.django_db
def test_what_cannot_be_done_now_is_tried_until_it_can(slices: list[Any]) -> None:
    job = started()
    slices += [Refusal("clock.stepped_back", "x", status=503)] * 9 + [(30, 30, False)]
    assert (tried(job, 9).state, job.tries, job.error) == ("running", 0, "clock.stepped_back")
    assert checks.jobs_go_on() == [
        "job test.count r stands at 0 of 30, held up by clock.stepped_back: it is tried again at each tick"
    ]
    assert tried(job).state == "done"
    assert checks.jobs_go_on() == []


@pytest.mark.django_db
def test_a_failing_job_stands_in_nobodys_way(slices: list[Any]) -> None:
    first, second = started(), started()
    slices += [KeyError("x"), (10, 30, True), (30, 30, False)]
    assert jobs.work() == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.tries, first.error) == ("running", 1, "KeyError")
    assert second.state == "done"


@pytest.mark.django_db
def test_one_that_ended_is_shown_and_taken_up_again_when_somebody_says_so(
    slices: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    job = started()
    slices += [(10, 30, True), Refusal("roll.closed", "x"), (30, 30, False)]
    tried(job, 2)
    call_command("tick")
    assert checks.jobs_go_on() == [
        "job test.count r stands at 10 of 30, ended by roll.closed: mend that, then run `muster tick --again`"
    ]
    call_command("tick", "--again")
    assert "jobs taken up again: 1" in capsys.readouterr().out
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 30)
    assert checks.jobs_go_on() == []


@pytest.mark.django_db
def test_it_goes_on_after_a_failure(slices: list[Any]) -> None:
    job = started()
    slices += [DatabaseError("x"), DatabaseError("x"), (30, 30, False)]
    assert tried(job, 3).state == "done"
    assert job.error == ""


@pytest.mark.django_db
def test_a_refusal_ends_it_at_once(slices: list[Any]) -> None:
    job = started()
    slices += [Refusal("roll.closed", "x")]
    assert tried(job).state == "failed"
    assert job.error == "roll.closed"


@pytest.mark.django_db
def test_it_rejects_a_job_that_nobody_offers() -> None:
    with pytest.raises(ValueError, match="no job"):
        jobs.start("test.unknown", by="x")
