"""Long work in slices, each a transaction of its own, so that it goes on after a restart and shows progress."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog

from muster.foundation import clock
from muster.foundation.errors import Refusal
from muster.foundation.models import Job
from muster.foundation.registry import JOBS

OPEN = (Job.State.WAITING, Job.State.RUNNING)
TRIES_MAX = 5
"""Tries of one slice, the next one at the next tick."""

log = structlog.get_logger()


def start(verb: str, *, by: str, of: int = 0, **args: Any) -> Job:
    """Put a job on the list. Call inside an action; the clockwork or `work` takes it up."""
    if verb not in JOBS:
        raise ValueError(f"no job {verb}")
    return Job.objects.create(verb=verb, args=args, by=by, of=of, made_at=clock.now())


def work(seconds_max: float = 3600.0) -> int:
    """Work on open jobs, oldest first, until none is left or the time is up; returns slices done.

    A job whose slice fails waits for the next call, and those after it go on.
    """
    began, slices = clock.monotonic(), 0
    failed: list[UUID] = []
    while clock.monotonic() - began < seconds_max:
        job = Job.objects.filter(state__in=OPEN).exclude(pk__in=failed).order_by("made_at").first()
        if job is None:
            break
        if do_slice(job):
            slices += 1
        else:
            failed.append(job.pk)
    return slices


def tell(job: Job, done: int, of: int) -> None:
    """How far a slice is that takes long; whoever waits for it sees that it goes on."""
    Job.objects.filter(pk=job.pk).update(done=done, of=of)


def do_slice(job: Job) -> bool:
    """One slice of one job, which says how far it is; returns whether it went well. A failing one is tried five times.

    A job function takes the job, does its slice through an action of its own and returns (done, of, more).
    """
    try:
        done, of, more = JOBS[job.verb](job)
    except Exception as error:  # whatever is wrong with this job, the others and the tick go on
        _failed(job, error)
        return False
    state = Job.State.RUNNING if more else Job.State.DONE
    ended = None if more else clock.now()
    Job.objects.filter(pk=job.pk).update(done=done, of=of, state=state, ended_at=ended, tries=0, error="")
    return True


def _failed(job: Job, error: Exception) -> None:
    """Note a failure: a refusal ends the job, but one that says *not now* (503) is no fault of it and costs no try."""
    not_now = isinstance(error, Refusal) and error.status == 503
    tries = job.tries if not_now else job.tries + 1
    gone = tries >= TRIES_MAX or (isinstance(error, Refusal) and not not_now)
    code = error.code if isinstance(error, Refusal) else type(error).__name__
    state = Job.State.FAILED if gone else Job.State.RUNNING
    Job.objects.filter(pk=job.pk).update(tries=tries, error=code, state=state)
    log.warning("job.slice_failed", verb=job.verb, job=str(job.pk), error=code, state=state.value)


def again() -> int:
    """Put failed jobs back on the list, after what stopped them was mended; each goes on where it stood."""
    return Job.objects.filter(state=Job.State.FAILED).update(state=Job.State.WAITING, tries=0, error="")


def in_trouble() -> list[Job]:
    """Jobs whose last slice failed, ended by it or not, oldest first."""
    return list(Job.objects.exclude(error="").order_by("made_at"))
