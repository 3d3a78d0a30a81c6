"""The issuer answers a unit that cannot comply."""

from __future__ import annotations

from typing import Any

import pytest

from muster.mobilisation.answers import answer_cannot
from muster.mobilisation.kinds import CANNOT
from muster.mobilisation.models import CannotAnswered
from muster.roll.actions import close_roll
from tests.cast import REASON, Cast, at, raises_refusal


@pytest.mark.parametrize("outcome", ["helped", "excused", "insisted"])
def test_the_issuer_answers(cast: Cast, outcome: str) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    assert answer_cannot(by=cast.second, order=order, subject=cast.village.pk, outcome=outcome)
    told = cast.told(order, "A1")
    assert told is not None
    assert (told.state, told.outcome) == ("answered", outcome)
    assert CannotAnswered.objects.get().subject == cast.village
    assert cast.coverage(order, CANNOT).answered == 1
    assert cast.entry(order, "A1").unmet


def test_the_same_answer_twice_is_a_duplicate(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    answer_cannot(by=cast.commander, order=order, subject=cast.village.pk, outcome="helped")
    assert not answer_cannot(by=cast.clerk, order=order, subject=cast.village.pk, outcome="helped")


def test_another_answer_corrects_the_first(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    answer_cannot(by=cast.commander, order=order, subject=cast.village.pk, outcome="helped")
    with at(5):
        assert answer_cannot(by=cast.clerk, order=order, subject=cast.village.pk, outcome="insisted")
    told = cast.told(order, "A1")
    assert told is not None
    assert (told.outcome, told.differs) == ("insisted", False)
    first, second = CannotAnswered.objects.order_by("recorded_at")
    assert (first.corrects, second.corrects) == (None, first.pk)
    assert cast.coverage(order, CANNOT).answered == 1


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "m_a1_1"])
def test_it_rejects_whoever_is_not_of_the_issuer(cast: Cast, by: str) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    with raises_refusal("rights.refused"):
        answer_cannot(by=cast.actor(by), order=order, subject=cast.village.pk, outcome="helped")


def test_it_rejects_a_unit_that_said_nothing_of_the_kind(cast: Cast) -> None:
    order = cast.order()
    with raises_refusal("entry.unknown"):
        answer_cannot(by=cast.commander, order=order, subject=cast.village.pk, outcome="helped")
    cast.answer(order, "A1", "cannot")
    with raises_refusal("entry.unknown"):
        answer_cannot(by=cast.commander, order=order, subject=cast.neighbour.pk, outcome="helped")


def test_it_rejects_an_unknown_outcome(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    with raises_refusal("cannot.outcome"):
        answer_cannot(by=cast.commander, order=order, subject=cast.village.pk, outcome="perhaps")


def test_it_rejects_an_answer_to_a_version_that_was_superseded(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    cast.order(version=2)
    with raises_refusal("roll.superseded"):
        answer_cannot(by=cast.commander, order=order, subject=cast.village.pk, outcome="helped")


def test_after_closing_another_answer_corrects_the_first_with_a_reason(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    cast.answer(order, "A2", "cannot")
    asked: dict[str, Any] = {"by": cast.clerk, "order": order, "subject": cast.village.pk}
    answer_cannot(**asked, outcome="helped")
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order, CANNOT))
    with raises_refusal("reason.needed"):
        answer_cannot(**asked, outcome="insisted")
    with raises_refusal("reason.unknown"):
        answer_cannot(**asked, outcome="insisted", correction="invented")
    assert answer_cannot(**asked, outcome="insisted", correction=REASON)
    told = cast.told(order, "A1")
    assert told is not None
    assert told.outcome == "insisted"
    with raises_refusal("roll.closed"):
        answer_cannot(**{**asked, "subject": cast.neighbour.pk}, outcome="helped")
