"""Particulars: what is personal, encrypted, for one purpose, until it ends; who read them, what was erased."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from muster.foundation.facts import Witnessed
from muster.foundation.ids import new_id

NAME_LENGTH = 16


class Basis(models.Model):
    """What the district states of a purpose: who answers for it, on what legal basis, for how many days."""

    purpose = models.CharField(primary_key=True, max_length=NAME_LENGTH)
    owner = models.CharField(max_length=120)
    legal_basis = models.CharField(max_length=400)
    days = models.PositiveIntegerField()


class Particular(models.Model):
    """One personal thing about somebody, for one purpose. Erasing empties the body and leaves the envelope."""

    id = models.UUIDField(primary_key=True, default=new_id)
    subject_kind = models.CharField(max_length=NAME_LENGTH)
    subject_id = models.UUIDField()
    purpose = models.CharField(max_length=NAME_LENGTH)
    key_id = models.CharField(max_length=16)
    body = models.BinaryField(null=True)
    kept_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "subject_kind", "purpose"], name="vault_particular_once"),
            models.CheckConstraint(
                name="vault_particular_erased_or_there",
                condition=Q(body__isnull=True, erased_at__isnull=False) | Q(body__isnull=False, erased_at__isnull=True),
            ),
        ]
        indexes = [
            # Only what is there can end: the envelopes of what was erased are not walked at each tick.
            models.Index(fields=["expires_at"], condition=Q(body__isnull=False), name="vault_particular_ending")
        ]


class Match(models.Model):
    """By what a particular is found again: the keyed hash of its content in plain form. It goes with the particular."""

    particular = models.ForeignKey(Particular, on_delete=models.CASCADE, related_name="matches", db_index=False)
    kind = models.CharField(max_length=NAME_LENGTH)
    key_id = models.CharField(max_length=16)
    hmac = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["particular", "kind"], name="vault_match_once")]
        indexes = [models.Index(fields=["hmac", "kind"], name="vault_match_found")]


class Reading(Witnessed):
    """Somebody opened a particular of somebody else: who, whose, for which purpose, in which way."""

    class Way(models.TextChoices):
        OPENED = "opened"
        LISTED = "listed"
        TAKEN = "taken"

    id = models.UUIDField(primary_key=True, default=new_id)
    at = models.DateTimeField()
    by_account = models.UUIDField(null=True)
    by_person = models.UUIDField(null=True)
    subject_kind = models.CharField(max_length=NAME_LENGTH)
    subject_id = models.UUIDField()
    purpose = models.CharField(max_length=NAME_LENGTH)
    way = models.CharField(max_length=8, choices=Way.choices)

    class Meta:
        indexes = [models.Index(fields=["subject_id", "at"], name="vault_reading_of")]


class Erasure(Witnessed):
    """Something personal was erased: whose, for which purpose it was kept, why, when. Never what it said."""

    class Cause(models.TextChoices):
        ENDED = "ended"
        ASKED = "asked"
        RESTORED = "restored"

    id = models.UUIDField(primary_key=True, default=new_id)
    at = models.DateTimeField()
    subject_kind = models.CharField(max_length=NAME_LENGTH)
    subject_id = models.UUIDField()
    purpose = models.CharField(max_length=NAME_LENGTH)
    cause = models.CharField(max_length=8, choices=Cause.choices)

    class Meta:
        indexes = [models.Index(fields=["subject_id", "at"], name="vault_erasure_of")]


class Extension(models.Model):
    """What is kept for a purpose is to be kept for longer: one asks, another confirms, and only then it is."""

    id = models.UUIDField(primary_key=True, default=new_id)
    purpose = models.CharField(max_length=NAME_LENGTH)
    days = models.PositiveIntegerField()
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    confirmed_by = models.UUIDField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="vault_extension_by_two",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("asked_by")),
            )
        ]
