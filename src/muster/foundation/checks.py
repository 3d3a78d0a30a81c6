"""`muster check`: settings, database, migrations, triggers, keys, disk, clock, jobs; each says what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from muster.foundation import clock, jobs, keys, triggers
from muster.foundation.models import AuditLine, Database, Job

DISK_FREE_BYTES_MIN = 500_000_000


@dataclass(frozen=True)
class Check:
    """One thing to look at: `look` returns what is wrong and what to do, one string each; empty is well."""

    key: str
    look: Callable[[], list[str]]


def settings_are_sound() -> list[str]:
    found = []
    if settings.DEBUG:
        found.append("DEBUG is on: unset it before anybody else uses this server")
    if not settings.ALLOWED_HOSTS:
        found.append("no host is allowed: set MUSTER_HOSTS to the names of this server")
    return found


def database_answers() -> list[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            wanted = {"foreign_keys": 1, "recursive_triggers": 1}
            found = []
            for pragma, value in wanted.items():
                cursor.execute(f"PRAGMA {pragma}")
                if cursor.fetchone()[0] != value:
                    found.append(f"PRAGMA {pragma} is not {value}: use Muster's own settings")
            return found
        cursor.execute("SHOW server_version_num")
        if int(cursor.fetchone()[0]) < 170000:
            return ["PostgreSQL is older than 17: transaction_timeout is needed; upgrade the server"]
    return []


def migrations_are_applied() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{len(plan)} migrations are pending: run `muster init`"] if plan else []


def triggers_stand() -> list[str]:
    return [f"trigger {name} {what}: run `muster init`" for name, what in triggers.faults(connection).items()]


def keys_are_there() -> list[str]:
    if not Database.objects.exists():
        return ["the database is empty: run `muster init`"]
    lost = keys.lost()
    broken = [f"{keys.folder()}/{name} holds no key: put the folder back from its copy" for name in keys.broken()]
    return broken + [
        f"key {p} is missing in {keys.folder()}: "
        + ("put the folder back from its copy, or name it with MUSTER_KEYS" if p in lost else "run `muster init`")
        for p in keys.missing()
    ]


def disk_has_room() -> list[str]:
    place = Path(settings.VAR)
    free = shutil.disk_usage(place if place.exists() else place.parent).free
    return [] if free >= DISK_FREE_BYTES_MIN else [f"only {free // 1_000_000} MB are free on {place}: make room"]


def clock_goes_forward() -> list[str]:
    newest = AuditLine.objects.order_by("-at").values_list("at", flat=True).first()
    if newest is not None and newest > clock.now():
        return ["the clock stands before the newest line of the log: set the server's clock right"]
    return []


def jobs_go_on() -> list[str]:
    return [_trouble(job) for job in jobs.in_trouble()]


def _trouble(job: Job) -> str:
    named = " ".join([job.verb, *map(str, job.args.values())])
    where = f"job {named} stands at {job.done} of {job.of}"
    if job.state == Job.State.FAILED:
        return f"{where}, ended by {job.error}: mend that, then run `muster tick --again`"
    return f"{where}, held up by {job.error}: it is tried again at each tick"


ALL = [
    Check("settings", settings_are_sound),
    Check("database", database_answers),
    Check("migrations", migrations_are_applied),
    Check("triggers", triggers_stand),
    Check("keys", keys_are_there),
    Check("disk", disk_has_room),
    Check("clock", clock_goes_forward),
    Check("jobs going on", jobs_go_on),
]
