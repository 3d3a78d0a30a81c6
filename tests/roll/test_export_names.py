"""A list of names is taken along as a file: that is a line in the log."""

from __future__ import annotations

import hashlib
import json

from muster.foundation.models import AuditLine
from muster.roll.readings import export_names
from tests.cast import START, Cast, raises_refusal


def test_it_is_a_line_in_the_log(cast: Cast) -> None:
    order = cast.order()
    roll, entries = cast.roll(order), [cast.entry(order, code).pk for code in ("A1", "A2")]
    export_names(by=cast.town_lead, roll=roll, units=[cast.village.pk], as_of=START, entries=entries)
    line = AuditLine.objects.latest("id")
    assert (line.verb, line.actor) == ("roll.export_names", "lead_a")
    digest = hashlib.sha256("".join(sorted(pk.hex for pk in entries)).encode()).hexdigest()
    noted = [str(roll.pk), str(cast.village.pk), "count:2", f"sha256:{digest}", "as_of:2020-01-29T01:00:00+00:00"]
    assert sorted(json.loads(line.ids)) == sorted(noted)


def test_it_rejects_units_that_are_not_ones_own(cast: Cast) -> None:
    roll = cast.roll(cast.order())
    with raises_refusal("rights.refused"):
        export_names(by=cast.town_lead, roll=roll, units=[cast.units["B1"].pk], as_of=START, entries=[])
    with raises_refusal("rights.refused"):
        export_names(by=cast.town_lead, roll=roll, units=[], as_of=START, entries=[])
    with raises_refusal("rights.refused"):
        export_names(by=cast.member, roll=roll, units=[cast.village.pk], as_of=START, entries=[])
