"""After an erasure the tables are written anew; whoever still reads as of before is waited for."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from muster.foundation import jobs
from muster.foundation.models import Job
from muster.vault import retention
from muster.vault.erasing import SCRUB

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.only("postgresql", reason="there the file is overwritten at once"),
]


@pytest.fixture
def reader() -> Iterator[psycopg.Connection]:
    """Somebody who reads as of now and goes on."""
    known = connection.get_connection_params()
    with psycopg.connect(host=known["host"], user=known["user"], dbname=known["dbname"]) as other:
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        other.execute("SELECT count(*) FROM vault_particular")
        yield other


@pytest.fixture
def job() -> Job:
    return jobs.start(SCRUB, by="test")


def test_it_waits_for_whoever_reads_as_of_before(
    reader: psycopg.Connection, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "OLD_READERS_SECONDS_MAX", 0.2)
    assert not jobs.do_slice(job)
    job.refresh_from_db()
    assert (job.state, job.error, job.tries) == (Job.State.RUNNING, "vault.still_read", 0)
    reader.rollback()
    monkeypatch.undo()
    # The tests of the other worker are readers too, for a while.
    assert any(jobs.do_slice(job) for _tick in range(30))
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.DONE, "")
