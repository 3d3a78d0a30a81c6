"""An import, its parts, its rows; and which columns people chose for files of one shape."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from muster.foundation.ids import new_id


class Import(models.Model):
    """One file that somebody took in: how far it is, and how many of its rows are what.

    Neither the file nor its name is kept: its cells lie in the vault until expires_at. by_account: whose it is, none
    for the command line of the house. columns: {place of a sheet: {column: its place}}, as chosen. next: the position
    from which the job goes on; while it is undone, the position down to which it is undone.
    """

    class State(models.TextChoices):
        READ = "read"
        PLANNED = "planned"
        APPLYING = "applying"
        APPLIED = "applied"
        UNDOING = "undoing"
        UNDONE = "undone"

    id = models.UUIDField(primary_key=True, default=new_id)
    kind = models.CharField(max_length=16)
    by_account = models.UUIDField(null=True)
    by_name = models.CharField(max_length=64)
    channel = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.READ)
    columns = models.JSONField(default=dict)
    rows_read = models.IntegerField(default=0)
    new = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    asked = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    next = models.IntegerField(default=0)
    written = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)
    made_at = models.DateTimeField()
    planned_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    job = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["by_account", "made_at"], name="sheets_import_whose")]
        constraints = [
            models.CheckConstraint(
                name="sheets_import_counts_add_up",
                condition=Q(state="read")
                | Q(rows_read=F("new") + F("changed") + F("unchanged") + F("asked") + F("refused")),
            )
        ]


class ImportPart(models.Model):
    """A part of an import that may hold what is personal: the envelope here, the body in the vault.

    head: sheets, their heads, notes. cells: rows of a sheet as read. plan: what each row would change, by position.
    before: what stood where an applied row wrote.
    """

    class What(models.TextChoices):
        HEAD = "head"
        CELLS = "cells"
        PLAN = "plan"
        BEFORE = "before"

    id = models.UUIDField(primary_key=True, default=new_id)
    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="parts", db_index=False)
    what = models.CharField(max_length=6, choices=What.choices)
    sheet = models.IntegerField(default=0)
    first = models.IntegerField(default=0)
    last = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["imported", "what", "sheet", "first"], name="sheets_importpart_where")]


class ImportRow(models.Model):
    """A row of the table: where it stands in the file, what comes of it. Codes and columns only, no content.

    faults: [[column, code], ...]. answer: the clerk's, to a row that was asked about. target: the id of whom or what it
    means or would make, where that is certain: nobody is meant twice, and who is erased is found in the file.
    """

    pk = models.CompositePrimaryKey("imported_id", "position")
    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows", db_index=False)
    position = models.IntegerField()
    sheet = models.IntegerField()
    row = models.IntegerField()
    verdict = models.CharField(max_length=9)
    faults = models.JSONField(default=list)
    answer = models.CharField(max_length=36, default="")
    target = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["imported", "verdict", "position"], name="sheets_importrow_verdict"),
            models.Index(fields=["target"], condition=Q(target__isnull=False), name="sheets_importrow_target"),
        ]


class MadeList(models.Model):
    """A long list as a workbook, made by a job: what was asked for and the workbook lie in the vault until it ends."""

    id = models.UUIDField(primary_key=True, default=new_id)
    which = models.CharField(max_length=16)
    by_account = models.UUIDField(null=True)
    by_name = models.CharField(max_length=64)
    channel = models.CharField(max_length=16)
    count = models.IntegerField()
    parts = models.IntegerField(default=0)
    job = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="sheets_madelist_expires")]


class MadePart(models.Model):
    """A piece of a made list; its body lies in the vault under its id. The first holds what was asked for."""

    id = models.UUIDField(primary_key=True, default=new_id)
    made = models.ForeignKey(MadeList, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    place = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["made", "place"], name="sheets_madepart_once")]


class ChosenColumns(models.Model):
    """Which columns somebody set by hand for files of one shape: the next such file is read so."""

    pk = models.CompositePrimaryKey("kind", "shape")
    kind = models.CharField(max_length=16)
    shape = models.CharField(max_length=64)
    columns = models.JSONField()
    at = models.DateTimeField()
