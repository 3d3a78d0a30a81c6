"""That a backup was written stands in the log."""

from __future__ import annotations

from muster.foundation.backup import note_backup
from muster.foundation.models import AuditLine
from muster.foundation.rights import house
from tests.cast import Cast, raises_refusal


def test_it_says_how_big(cast: Cast) -> None:
    note_backup(by=house("backup"), bytes_written=7)
    line = AuditLine.objects.latest("id")
    assert (line.verb, line.ids) == ("foundation.note_backup", '["bytes:7"]')


def test_it_rejects_everybody_but_the_house(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        note_backup(by=cast.commander, bytes_written=7)
