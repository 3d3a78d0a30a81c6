"""`muster check`: settings, database, migrations, triggers, keys, disk, clock, jobs; each says what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext

from muster.foundation import clock, jobs, keys, triggers
from muster.foundation.errors import Text, text
from muster.foundation.models import AuditLine, Database, Job

DISK_FREE_BYTES_MIN = 500_000_000


@dataclass(frozen=True)
class Check:
    """One thing to look at: `look` returns what is wrong and what to do, one string each; empty is well.

    name: as the reader is told of it.
    """

    key: str
    name: Text
    look: Callable[[], list[str]]


def settings_are_sound() -> list[str]:
    found = []
    if settings.DEBUG:
        found.append(gettext("DEBUG is on: unset it before anybody else uses this server"))
    if not settings.ALLOWED_HOSTS:
        found.append(gettext("no host is allowed: set MUSTER_HOSTS to the names of this server"))
    return found


def database_answers() -> list[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            wanted = {"foreign_keys": 1, "recursive_triggers": 1}
            found = []
            for pragma, value in wanted.items():
                cursor.execute(f"PRAGMA {pragma}")
                if cursor.fetchone()[0] != value:
                    words = gettext("PRAGMA %(pragma)s is not %(value)s: use Muster's own settings")
                    found.append(words % {"pragma": pragma, "value": value})
            return found
        cursor.execute("SHOW server_version_num")
        if int(cursor.fetchone()[0]) < 170000:
            return [gettext("PostgreSQL is older than 17: transaction_timeout is needed; upgrade the server")]
    return []


def migrations_are_applied() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [gettext("%(count)s migrations are pending: run `muster init`") % {"count": len(plan)}] if plan else []


def triggers_stand() -> list[str]:
    return [gettext("%(problem)s: run `muster init`") % {"problem": problem} for problem in triggers.prove()]


def keys_are_there() -> list[str]:
    if not Database.objects.exists():
        return [gettext("the database is empty: run `muster init`")]
    broken = gettext("%(file)s holds no key: put the folder back from its copy")
    found = [broken % {"file": keys.folder() / name} for name in keys.broken()]
    lost = keys.lost()
    for purpose in keys.missing():
        words = (
            gettext(
                "key %(purpose)s is missing in %(folder)s: put the folder back from its copy,"
                " or name it with MUSTER_KEYS"
            )
            if purpose in lost
            else gettext("key %(purpose)s is missing in %(folder)s: run `muster init`")
        )
        found.append(words % {"purpose": purpose, "folder": keys.folder()})
    return found


def disk_has_room() -> list[str]:
    place = Path(settings.VAR)
    free = shutil.disk_usage(place if place.exists() else place.parent).free
    if free >= DISK_FREE_BYTES_MIN:
        return []
    words = gettext("only %(megabytes)s MB are free on %(place)s: make room")
    return [words % {"megabytes": free // 1_000_000, "place": place}]


def clock_goes_forward() -> list[str]:
    newest = AuditLine.objects.order_by("-at").values_list("at", flat=True).first()
    if newest is not None and newest > clock.now():
        return [gettext("the clock stands before the newest line of the log: set the server's clock right")]
    return []


def jobs_go_on() -> list[str]:
    return [_trouble(job) for job in jobs.in_trouble()]


def _trouble(job: Job) -> str:
    named = " ".join([job.verb, *map(str, job.args.values())])
    words = (
        gettext(
            "job %(job)s stands at %(done)s of %(of)s, ended by %(error)s: mend that, then run `muster tick --again`"
        )
        if job.state == Job.State.FAILED
        else gettext("job %(job)s stands at %(done)s of %(of)s, held up by %(error)s: it is tried again at each tick")
    )
    return words % {"job": named, "done": job.done, "of": job.of, "error": job.error}


ALL = [
    Check("settings", text("settings"), settings_are_sound),
    Check("database", text("database"), database_answers),
    Check("migrations", text("migrations"), migrations_are_applied),
    Check("triggers", text("triggers"), triggers_stand),
    Check("keys", text("keys"), keys_are_there),
    Check("disk", text("disk"), disk_has_room),
    Check("clock", text("clock"), clock_goes_forward),
    Check("jobs going on", text("jobs going on"), jobs_go_on),
]
