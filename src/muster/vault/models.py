"""Particulars: what is personal, encrypted, for one purpose, until it ends."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from muster.foundation.ids import new_id


class Particular(models.Model):
    """One personal thing about somebody, for one purpose. Erasing empties the body and leaves the envelope."""

    id = models.UUIDField(primary_key=True, default=new_id)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.UUIDField()
    purpose = models.CharField(max_length=16)
    key_id = models.CharField(max_length=16)
    body = models.BinaryField(null=True)
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
        indexes = [models.Index(fields=["expires_at"], name="vault_particular_expires")]
