"""One asks for the end; nothing changes, and what is still open stands in the log as counts."""

from __future__ import annotations

import pytest

from muster.foundation.models import AuditLine
from muster.organisation.incidents import ask_to_end_incident, stand_down
from muster.organisation.models import Grant, Incident
from tests.cast import Cast, raises_refusal


def test_what_is_still_open_is_listed_by_room(cast: Cast) -> None:
    assert stand_down(cast.incident) == []
    order = cast.order()
    cast.answer(order, "A1")
    cast.draft(key="second", founding=False)
    Grant.objects.filter(account__name="clerk", role="clerk").update(incident=cast.incident)
    counts = sorted((line.under, line.count) for line in stand_down(cast.incident))
    assert counts == [("", 1), ("", 1), ("To your posts", 7)]
    ask_to_end_incident(by=cast.commander, incident=cast.incident)
    assert '"open:7"' in AuditLine.objects.latest("id").ids
    assert Incident.objects.get().runs


def test_it_rejects_asking_twice(cast: Cast) -> None:
    ask_to_end_incident(by=cast.commander, incident=cast.incident)
    with raises_refusal("incident.asked"):
        ask_to_end_incident(by=cast.second, incident=cast.incident)


@pytest.mark.parametrize("by", ["town_lead", "clerk", "administrator", "lead"])
def test_it_rejects_whoever_is_no_commander_of_the_district(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        ask_to_end_incident(by=getattr(cast, by), incident=cast.incident)
