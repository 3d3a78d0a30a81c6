"""Long work in slices, each a transaction of its own, so that it goes on after a restart and shows progress."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, transaction

from muster.foundation import clock
from muster.foundation.errors import Refusal
from muster.foundation.models import Job
from muster.foundation.registry import JOBS

TRIES_MAX = 5


def start(verb: str, *, by: str, of: int = 0, **args: Any) -> Job:
    """Put a job on the list. Call inside an action; the clockwork or `work` takes it up."""
    if verb not in JOBS:
        raise ValueError(f"no job {verb}")
    return Job.objects.create(verb=verb, args=args, by=by, of=of, made_at=clock.now())


def work(seconds_max: float = 3600.0) -> int:
    """Work on open jobs, oldest first, until none is left or the time is up; returns slices done."""
    began, slices = clock.monotonic(), 0
    while clock.monotonic() - began < seconds_max:
        job = Job.objects.filter(state__in=["waiting", "running"]).order_by("made_at").first()
        if job is None:
            break
        do_slice(job)
        slices += 1
    return slices


def do_slice(job: Job) -> None:
    """One slice of one job. The slice says how far it is; a failing one is tried five times.

    A job function takes the job, does its slice through an action of its own and returns (done, of, more).
    """
    try:
        done, of, more = JOBS[job.verb](job)
    except (Refusal, DatabaseError) as error:
        _failed(job, error)
        return
    state = Job.State.RUNNING if more else Job.State.DONE
    ended = None if more else clock.now()
    Job.objects.filter(pk=job.pk).update(done=done, of=of, state=state, ended_at=ended, error="")


@transaction.atomic
def _failed(job: Job, error: Exception) -> None:
    tries = job.tries + 1
    gone = tries >= TRIES_MAX or isinstance(error, Refusal)
    code = error.code if isinstance(error, Refusal) else type(error).__name__
    Job.objects.filter(pk=job.pk).update(tries=tries, error=code, state=Job.State.FAILED if gone else Job.State.RUNNING)


def finish(job: Job) -> Job:
    """Work on one job to its end, for commands that wait for it; returns it as it ended."""
    while job.state in (Job.State.WAITING, Job.State.RUNNING):
        do_slice(job)
        job.refresh_from_db()
    return job
