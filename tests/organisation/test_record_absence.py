"""Somebody of the unit is away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from muster.foundation.models import AuditLine
from muster.organisation.actions import record_absence
from muster.organisation.models import Absence
from tests.cast import START, Cast, raises_refusal


def record(cast: Cast, by: str = "lead_a1", **more: Any) -> Absence:
    wanted: dict[str, Any] = {
        "unit": cast.village, "person": cast.people["m_a1_1"], "kind": "ill", "since": START, "until": None, **more
    }  # fmt: skip
    return record_absence(by=cast.actor(by), **wanted)


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander"])
@pytest.mark.parametrize("until", [None, START + timedelta(days=3)])
def test_the_lead_or_somebody_above_writes_it_down(cast: Cast, by: str, until: datetime | None) -> None:
    made = record(cast, by, until=until)
    assert (made.person, made.kind, made.since, made.until) == (cast.people["m_a1_1"], "ill", START, until)
    assert str(made.person_id) in AuditLine.objects.get(verb="organisation.record_absence").ids


@pytest.mark.parametrize("by", ["m_a1_1", "lead_a2", "lead_b", "clerk"])
def test_it_rejects_whoever_does_not_lead_the_unit(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        record(cast, by)


def test_it_rejects_somebody_of_another_unit(cast: Cast) -> None:
    with raises_refusal("absence.person"):
        record(cast, person=cast.people["m_a2_1"])


def test_it_rejects_an_unknown_kind(cast: Cast) -> None:
    with raises_refusal("absence.kind"):
        record(cast, kind="tired")


def test_it_rejects_an_end_before_the_beginning(cast: Cast) -> None:
    with raises_refusal("absence.until"):
        record(cast, until=START)
