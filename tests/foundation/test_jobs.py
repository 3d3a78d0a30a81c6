"""Long work in slices: it goes on after a restart, and ends after five failures."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError

from muster.foundation import jobs
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
    assert jobs.finish(job).state == "failed"
    job.refresh_from_db()
    assert (job.tries, job.error) == (5, "DatabaseError")


@pytest.mark.django_db
def test_it_goes_on_after_a_failure(slices: list[Any]) -> None:
    job = started()
    slices += [DatabaseError("x"), DatabaseError("x"), (30, 30, False)]
    assert jobs.finish(job).state == "done"
    assert Job.objects.get().error == ""


@pytest.mark.django_db
def test_a_refusal_ends_it_at_once(slices: list[Any]) -> None:
    job = started()
    slices += [Refusal("roll.closed", "x")]
    assert jobs.finish(job).state == "failed"
    assert Job.objects.get().error == "roll.closed"


@pytest.mark.django_db
def test_it_rejects_a_job_that_nobody_offers() -> None:
    with pytest.raises(ValueError, match="no job"):
        jobs.start("test.unknown", by="x")
