"""Facts, marks, tallies and the log hold ids, codes and counts, so that erasing a name keeps every count true."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from muster.foundation.facts import Fact
from muster.foundation.models import AuditLine, Seal, SealedLine
from muster.roll.models import Closing, Entry, Mark, Tally

CODES = {"channel", "clock_basis", "digest", "outcome", "reason", "what"}
"""Columns of facts that hold a code from a list, or a digest."""
MORE: dict[type[models.Model], set[str]] = {
    AuditLine: {"actor", "verb", "unit_path", "ids", "input_hmac", "facts_digest", "mac", "change"},
    Seal: {"prev_hash", "hash"},
    SealedLine: set(),
    Mark: {"before", "after", "fact_kind", "leg"},
    Tally: set(),
    Closing: set(),
    Entry: {"subject_kind", "slot", "state", "fact_kind", "mac"},
}


def test_no_fact_mark_tally_or_line_holds_words() -> None:
    wrong = []
    for model in apps.get_models():
        if not (issubclass(model, Fact) or model in MORE):
            continue
        for field in model._meta.concrete_fields:
            words = isinstance(field, models.CharField | models.TextField | models.JSONField | models.BinaryField)
            if words and field.name not in CODES | MORE.get(model, set()):
                wrong.append(f"{model._meta.label}.{field.name}")
    assert not wrong, f"free text belongs into the vault: {wrong}"
