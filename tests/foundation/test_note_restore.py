"""That a backup was put in place stands in the log that it brought back."""

from __future__ import annotations

from muster.foundation.backup import note_restore
from muster.foundation.models import AuditLine
from muster.foundation.rights import house
from tests.cast import START, Cast, raises_refusal


def test_it_says_how_far_the_log_went(cast: Cast) -> None:
    note_restore(by=house("restore"), newest=START, erased_again=3)
    line = AuditLine.objects.latest("id")
    assert line.verb == "foundation.note_restore"
    assert line.ids == f'["newest:{START.isoformat()}", "erased_again:3"]'


def test_it_rejects_everybody_but_the_house(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        note_restore(by=cast.commander, newest=START, erased_again=0)
