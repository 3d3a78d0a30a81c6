"""A list of names is taken along as a file: that is a line in the log."""

from __future__ import annotations

from muster.foundation.models import AuditLine
from muster.roll.readings import export_names
from tests.cast import START, Cast, raises_refusal


def test_it_is_a_line_in_the_log(cast: Cast) -> None:
    roll = cast.roll(cast.order())
    export_names(by=cast.town_lead, roll=roll, units=[cast.village.pk], as_of=START, count=3)
    line = AuditLine.objects.latest("id")
    assert (line.verb, line.actor) == ("roll.export_names", "lead_a")
    assert str(roll.pk) in line.ids


def test_it_rejects_units_that_are_not_ones_own(cast: Cast) -> None:
    roll = cast.roll(cast.order())
    with raises_refusal("rights.refused"):
        export_names(by=cast.town_lead, roll=roll, units=[cast.units["B1"].pk], as_of=START, count=3)
    with raises_refusal("rights.refused"):
        export_names(by=cast.member, roll=roll, units=[], as_of=START, count=0)
