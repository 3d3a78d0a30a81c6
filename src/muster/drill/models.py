"""What a drill remembers beside the district: which scenario is being played, and who may be signed in as."""

from __future__ import annotations

from django.db import models

from muster.organisation.models import Account, Incident


class Play(models.Model):
    """A scenario that is played, or was, in this drill: from which files, as which incident, until when.

    run counts the plays of one scenario from 1. days_later: how many days after the scenario's own dates it
    is played; other than 0 only from the second play on, since what is recorded stays recorded. How far it is
    stands in the audit log, whose lines carry the events as requests.
    """

    scenario = models.CharField(max_length=64)
    run = models.IntegerField()
    title = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    days_later = models.IntegerField(default=0)
    ends_at = models.DateTimeField()
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="+")
    commander = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scenario", "run"], name="drill_play_once")]

    def __str__(self) -> str:
        return self.title


class Cast(models.Model):
    """Somebody who is offered on a drill's sign-in page, with the part that they play."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=16, unique=True)
    note = models.CharField(max_length=200)
    position = models.IntegerField()

    class Meta:
        ordering = ["position"]
