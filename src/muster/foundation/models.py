"""The ground's own tables: this database, the audit log, its seals, jobs and the lease of the clockwork."""

from __future__ import annotations

from django.db import models

from muster.foundation.facts import DIGEST_LENGTH, AppendOnly
from muster.foundation.ids import new_id
from muster.foundation.sql import PathField


class Database(models.Model):
    """This database: its id (its keys lie under that name), whether it is a drill's, and its clock.

    There is one row. clock_offset_microseconds is other than 0 only in a drill.
    """

    only = models.BooleanField(primary_key=True, default=True)
    id_public = models.UUIDField(default=new_id)
    drill = models.BooleanField(default=False)
    clock_offset_microseconds = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="foundation_database_one_row", condition=models.Q(only=True)),
            models.CheckConstraint(
                name="foundation_database_only_a_drill_has_its_own_clock",
                condition=models.Q(drill=True) | models.Q(clock_offset_microseconds=0),
            ),
        ]


class AuditLine(AppendOnly):
    """One action, once: when, who, by which way, which verb, at which unit, and the digest of what it wrote.

    It holds ids and digests, no names and no content. `acting_for` is the absent person for whom it was done by
    whoever stands in for them, `token` the API token by which it was asked. `change` says what became of what, in
    codes (`Line.change`). `request` is the caller's own id for the request, so
    that the same request sent twice is done once. `mac` is by the sealing key, which the database never holds.
    """

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    actor_account = models.UUIDField(null=True)
    channel = models.CharField(max_length=16)
    verb = models.CharField(max_length=64)
    unit_path = PathField(max_length=255)
    ids = models.TextField()
    input_hmac = models.CharField(max_length=DIGEST_LENGTH)
    facts_digest = models.CharField(max_length=DIGEST_LENGTH)
    witnessed = models.IntegerField()
    request = models.UUIDField(null=True, unique=True)
    acting_for = models.UUIDField(null=True)
    token = models.UUIDField(null=True)
    change = models.TextField(default="", db_default="")
    mac = models.CharField(max_length=DIGEST_LENGTH)

    class Meta:
        indexes = [
            models.Index(fields=["at", "id"], name="foundation_auditline_at"),
            # The audit page's: what one verb did, what one account did, what was done within a subtree.
            models.Index(fields=["verb", "at", "id"], name="foundation_auditline_verb"),
            models.Index(fields=["actor_account", "at", "id"], name="foundation_auditline_actor"),
            models.Index(fields=["unit_path", "at", "id"], name="foundation_auditline_unit"),
        ]


class Seal(AppendOnly):
    """A link of the chain: all lines up to `up_to` that no earlier seal holds, hashed with the link before."""

    no = models.BigIntegerField(primary_key=True)
    prev_hash = models.CharField(max_length=DIGEST_LENGTH)
    hash = models.CharField(max_length=DIGEST_LENGTH, unique=True)
    up_to = models.DateTimeField()
    lines = models.IntegerField()
    at = models.DateTimeField()


class SealedLine(AppendOnly):
    """Where a line stands in its seal."""

    pk = models.CompositePrimaryKey("seal_id", "position")
    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, db_index=False)
    position = models.IntegerField()
    line = models.OneToOneField(AuditLine, on_delete=models.PROTECT)


class Job(models.Model):
    """Long work in slices: what, for whom, how far, how often tried. It goes on after a restart."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id)
    verb = models.CharField(max_length=64)
    args = models.JSONField(default=dict)
    by = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    done = models.IntegerField(default=0)
    of = models.IntegerField(default=0)
    tries = models.IntegerField(default=0)
    error = models.TextField(default="")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["made_at"],
                name="foundation_job_open",
                condition=models.Q(state__in=["waiting", "running"]),
            )
        ]


class Lease(models.Model):
    """Who does the clockwork now. Its times are of the monotonic clock of one boot of one machine.

    seen: {boot of another candidate: when it first saw the lease as it stands}; each renewal empties it.
    """

    name = models.CharField(max_length=32, primary_key=True)
    holder = models.CharField(max_length=64, default="")
    boot = models.CharField(max_length=64, default="")
    until_monotonic = models.FloatField(default=0)
    seen = models.JSONField(default=dict)
    ticked_at = models.DateTimeField(null=True)
