"""That all keys were copied into a file stands in the log."""

from __future__ import annotations

from muster.foundation.models import AuditLine
from muster.foundation.rights import house
from muster.vault.actions import note_key_copy
from tests.cast import Cast, raises_refusal


def test_it_says_how_many(cast: Cast) -> None:
    note_key_copy(by=house("keys"), count=6)
    line = AuditLine.objects.latest("id")
    assert (line.verb, line.ids) == ("vault.note_key_copy", '["count:6"]')


def test_it_rejects_everybody_but_the_house(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        note_key_copy(by=cast.administrator, count=6)
