"""What the clockwork does in the vault: erases what has ended, does again what a backup forgot, scrubs, renews."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from muster.foundation import clock, journal, keys, sql
from muster.foundation.command import without_time_limit
from muster.foundation.errors import Refusal, text
from muster.foundation.models import Job
from muster.foundation.registry import PURPOSES
from muster.foundation.rights import house
from muster.vault import matching
from muster.vault.actions import erase_particulars, note_rotation, renew_particulars
from muster.vault.models import Erasure, Match, Particular
from muster.vault.purposes import end_of

SLICE = 500
PARTICULAR = "particular"
"""The kind under which the journal of erasures names the vault's rows."""
SCRUBBED: set[str] = {Particular._meta.db_table, Match._meta.db_table}
"""Tables in which something erased had stood; a room that blanks columns of its own adds its table."""


def chore() -> int:
    """Erase every particular whose day has come; returns how many were erased."""
    erased = 0
    while True:
        ended = Particular.objects.filter(body__isnull=False, expires_at__lte=clock.now()).order_by("expires_at")
        ids = list(ended.values_list("pk", flat=True)[:SLICE])
        if not ids:
            return erased
        journal.write(PARTICULAR, ids, clock.now())
        erased += erase_particulars(by=house("retention", "clockwork"), ids=ids, cause=Erasure.Cause.ENDED)


def begin(at: datetime) -> None:
    """No emergency runs any more: what is kept ends at the latest so many days from now as its purpose says. Inside."""
    for key, purpose in PURPOSES.items():
        if purpose.cipher and purpose.ends_with_the_emergency:
            limit = end_of(key, at)
            Particular.objects.filter(purpose=key, body__isnull=False, expires_at__gt=limit).update(expires_at=limit)


def erase_again(erased: Mapping[UUID, datetime]) -> int:
    """After a restore: erase what the journal names, unless it was kept anew after that; returns how many."""
    again = []
    for part in sql.slices(list(erased)):
        rows = Particular.objects.filter(pk__in=part, body__isnull=False).values_list("pk", "kept_at")
        again += [pk for pk, kept_at in rows if kept_at is None or kept_at <= erased[pk]]
    return sum(
        erase_particulars(by=house("restore"), ids=part, cause=Erasure.Cause.RESTORED) for part in sql.slices(again)
    )


def scrub(job: Job) -> tuple[int, int, bool]:
    """The job after an erasure: nothing of what was erased stays in the database's own files.

    SQLite overwrites what it frees (`secure_delete`); its write-ahead log is emptied here. PostgreSQL writes the tables
    anew, and the planner's samples of them, which hold names as well. Whoever reads or writes is in the way: then the
    next tick tries again.
    """
    if connection.vendor == "sqlite":
        busy = sql.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
        if busy:
            raise OSError("a reader holds the write-ahead log")
        return 1, 1, False
    without_time_limit()
    _wait_for_old_readers()
    for table in sorted(SCRUBBED):
        name = connection.ops.quote_name(table)
        sql.execute(f"VACUUM (FULL) {name}")
        sql.execute(f"ANALYZE {name}")
    sql.execute("VACUUM (FULL) pg_catalog.pg_statistic")
    sql.execute("CHECKPOINT")
    return 1, 1, False


OLD_READERS_SECONDS_MAX = 10.0
_OLD_READERS = """
    SELECT pg_snapshot_xmin(pg_current_snapshot()) < %s::xid8 OR EXISTS (
        SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND backend_xmin IS NOT NULL AND age(backend_xmin) > age(%s::xid8::xid)
    )
"""


def _wait_for_old_readers() -> None:
    """Until nobody can read any more as of before now: so long PostgreSQL keeps what was erased, also in a new file.

    Such a reader is a transaction that began before, in any database of the server that writes, and PostgreSQL's own
    sampler. Raises: Refusal (503) when one goes on for longer; that costs the job no try.
    """
    now = sql.rows("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")[0][0]
    began = clock.monotonic()
    while sql.rows(_OLD_READERS, [now, now])[0][0]:
        if clock.monotonic() - began > OLD_READERS_SECONDS_MAX:
            raise Refusal(
                "vault.still_read",
                text("Somebody still reads as of before the erasure."),
                text("The clockwork tries again."),
                status=503,
            )
        clock.pause(0.05)


def rotate(purpose: str) -> str:
    """Add a key; where particulars or matches hang on the old one, a job renews them. Returns the id of the key."""
    key_id = keys.rotate(purpose)
    old = _old().count() if purpose in _ciphers() | {matching.KEY} else 0
    note_rotation(by=house("keys"), purpose=purpose, key_id=key_id, renew=old)
    return key_id


def renew(job: Job) -> tuple[int, int, bool]:
    """A slice of the job after a rotation: the next particulars that an old key encrypted or matched."""
    keys.forget()  # another process may have made the new key less than a second ago
    tried = job.args.get("after", "00000000-0000-0000-0000-000000000000")
    ids = list(_old().filter(pk__gt=tried).order_by("pk").values_list("pk", flat=True)[:SLICE])
    if ids:
        renew_particulars(by=house("rotation", "clockwork"), ids=ids)
        # What cannot be read stays under its old key: the next slice begins behind it.
        Job.objects.filter(pk=job.pk).update(args={**job.args, "after": str(ids[-1])})
    return job.done + len(ids), max(job.of, job.done + len(ids)), len(ids) == SLICE


def _old() -> QuerySet[Particular]:
    """Particulars that are not encrypted by the key in force, or without a match by the one in force."""
    new = Q(pk__isnull=True)
    for cipher in _ciphers():
        purposes = [key for key, purpose in PURPOSES.items() if purpose.cipher == cipher]
        new |= Q(purpose__in=purposes, key_id=keys.key(cipher)[0])
    matched = [key for key, purpose in PURPOSES.items() if purpose.matched]
    new_match = Match.objects.filter(particular=OuterRef("pk"), key_id=keys.key(matching.KEY)[0])
    return Particular.objects.filter(body__isnull=False).filter(~new | Q(purpose__in=matched) & ~Exists(new_match))


def _ciphers() -> set[str]:
    return {purpose.cipher for purpose in PURPOSES.values() if purpose.cipher}
