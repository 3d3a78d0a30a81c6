"""Issued situation reports."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from muster.foundation.facts import DIGEST_LENGTH, Witnessed
from muster.foundation.ids import new_id
from muster.organisation.models import Incident, Person, Unit
from muster.organisation.scope import Visible


class Report(Witnessed, Visible):
    """An issued situation report: its figures frozen as of a moment, with their hash and the latest seal.

    It never changes; a correction is a new issue, which shows the differences. content holds figures and ids, no
    name of anybody.
    """

    PARTIES: ClassVar[tuple[str, ...]] = ("unit",)

    id = models.UUIDField(primary_key=True, default=new_id)
    no = models.IntegerField()
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="reports")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    as_of = models.DateTimeField()
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    content = models.TextField()
    hash = models.CharField(max_length=DIGEST_LENGTH)
    seal_hash = models.CharField(max_length=DIGEST_LENGTH)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "unit", "no"], name="briefing_report_no")]
        ordering = ["-no"]
