"""An answer is mended: another outcome, by a fact that names the one it corrects."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from muster.foundation.rights import house
from muster.mobilisation.answers import answer_cannot, correct_acknowledgement, withdraw_acknowledgement
from muster.mobilisation.models import Acknowledgement, Order
from muster.roll import coverage
from muster.roll.actions import choose_answer, close_roll, set_reasons
from muster.roll.models import Mark
from tests.cast import REASON, START, Cast, at, raises_refusal


def correct(cast: Cast, order: Any, outcome: str, **more: Any) -> None:
    by = more.pop("by", cast.lead)
    reason = REASON if outcome == "cannot" else ""
    correct_acknowledgement(by=by, unit=cast.village, order=order, outcome=outcome, reason=reason, **more)


def test_the_other_answer_stands_and_names_the_one_it_corrects(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    with at(5):
        correct(cast, order, "will_do")
    entry = cast.entry(order, "A1")
    first, second = Acknowledgement.objects.order_by("recorded_at")
    assert (entry.state, entry.outcome, entry.unmet, entry.fact_id) == ("answered", "will_do", False, second.pk)
    assert (first.corrects, second.corrects) == (None, first.pk)
    assert cast.coverage(order).unmet == 0


def test_corrections_are_a_line(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    for minute, outcome in enumerate(("cannot", "will_do", "cannot"), start=1):
        with at(minute):
            correct(cast, order, outcome)
    facts = list(Acknowledgement.objects.order_by("recorded_at"))
    assert [f.corrects for f in facts] == [None, *(f.pk for f in facts[:-1])]


def test_the_same_correction_twice_is_a_duplicate(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    correct(cast, order, "cannot")
    marks = Mark.objects.count()
    again: dict[str, Any] = {"unit": cast.village, "order": order, "outcome": "cannot"}
    assert not correct_acknowledgement(by=cast.lead, reason=REASON, **again)
    assert (Acknowledgement.objects.count(), Mark.objects.count()) == (2, marks)
    set_reasons(by=house("set-up"), reasons=[("cannot", REASON, "Because"), ("cannot", "flooded", "Flooded")])
    assert correct_acknowledgement(by=cast.lead, reason="flooded", **again), "another reason is a correction"


def test_it_rejects_a_reason_in_words_of_ones_own(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    with raises_refusal("reason.unknown"):
        correct_acknowledgement(
            by=cast.lead, unit=cast.village, order=order, outcome="will_do", correction="Mrs Li of house 4 is ill"
        )


def test_a_correction_is_as_late_as_the_first_answer_was(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    with at(400):
        cast.answer(order, "A2")
        correct(cast, order, "cannot")
        correct_acknowledgement(by=cast.sibling, unit=cast.neighbour, order=order, outcome="cannot", reason=REASON)
    assert not cast.entry(order, "A1").late
    assert cast.entry(order, "A2").late
    assert cast.coverage(order).late == 1


def test_who_can_comply_after_all_leaves_the_issuers_list(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    correct(cast, order, "will_do")
    assert cast.told(order, "A1") is None


def test_what_the_issuer_answered_stays_answered(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    answer_cannot(by=cast.commander, order=order, subject=cast.village.pk, outcome="helped")
    correct(cast, order, "will_do")
    told = cast.told(order, "A1")
    assert told is not None
    assert (told.state, told.outcome) == ("answered", "helped")


def test_who_cannot_comply_after_all_comes_onto_the_issuers_list(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    for minute in (1, 3):
        with at(minute):
            correct(cast, order, "cannot")
        told = cast.told(order, "A1")
        assert told is not None
        assert told.state == "outstanding"
        with at(minute + 1):
            correct(cast, order, "will_do")
        assert cast.told(order, "A1") is None


def test_another_reason_does_not_ask_the_issuer_again(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    answer_cannot(by=cast.commander, order=order, subject=cast.village.pk, outcome="helped")
    correct(cast, order, "cannot")
    told = cast.told(order, "A1")
    assert told is not None
    assert told.state == "answered"


def test_a_correction_ends_a_difference(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    cast.answer(order, "A1", "cannot")
    correct(cast, order, "will_do")
    entry = cast.entry(order, "A1")
    assert (entry.outcome, entry.differs) == ("will_do", False)


def test_the_answer_that_was_chosen_can_be_corrected(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    with at(1):
        cast.answer(order, "A1", "cannot")
    second = Acknowledgement.objects.latest("recorded_at")
    with at(2):
        entry = cast.entry(order, "A1").pk
        choose_answer(by=cast.lead, unit=cast.village, entry=entry, fact_id=second.pk, reason=REASON)
    with at(3):
        correct(cast, order, "will_do")
    assert Acknowledgement.objects.latest("recorded_at").corrects == second.pk


@pytest.mark.parametrize("by", ["lead_a", "commander", "clerk"])
def test_somebody_above_may_correct(cast: Cast, by: str) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    correct(cast, order, "cannot", by=cast.actor(by))
    assert cast.entry(order, "A1").unmet


@pytest.mark.parametrize("by", ["lead_a2", "m_a1_1", "lead_b"])
def test_it_rejects_whoever_does_not_lead_the_unit(cast: Cast, by: str) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    with raises_refusal("rights.refused"):
        correct(cast, order, "cannot", by=cast.actor(by))


def test_it_rejects_a_correction_of_nothing(cast: Cast) -> None:
    order = cast.order()
    with raises_refusal("entry.not_answered"):
        correct(cast, order, "will_do")
    cast.answer(order, "A1")
    withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    with raises_refusal("entry.not_answered"):
        correct(cast, order, "will_do")


def closed(cast: Cast, outcome: str = "will_do", **more: Any) -> Order:
    """An order that A1 answered, its roll closed an hour later."""
    order = cast.order(**more)
    cast.answer(order, "A1", outcome)
    with at(60):
        close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    return order


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander", "clerk"])
def test_after_closing_a_lead_corrects_with_a_reason_of_two_lists(cast: Cast, by: str) -> None:
    order = closed(cast)
    set_reasons(by=house("set-up"), reasons=[("cannot", "flooded", "Flooded"), ("correction", "slip", "A slip")])
    with at(90):
        correct_acknowledgement(
            by=cast.actor(by), unit=cast.village, order=order, outcome="cannot", reason="flooded", correction="slip"
        )
    entry, fact = cast.entry(order, "A1"), Acknowledgement.objects.latest("recorded_at")
    assert (entry.outcome, entry.unmet, entry.fact_id, fact.reason) == ("cannot", True, fact.pk, "flooded")
    assert Mark.objects.filter(entry=entry).latest("n").reason == "slip"
    told = cast.told(order, "A1")
    assert told is not None, "the issuer is told even now"
    assert cast.coverage(order).unmet == 1


def test_after_closing_it_counts_from_when_it_was_recorded(cast: Cast) -> None:
    order = closed(cast, "cannot")
    roll, units = cast.roll(order), [unit.pk for unit in cast.units.values()]
    with at(24 * 60):
        correct(cast, order, "will_do", correction=REASON)
    for days in (1, 3):
        with at(minutes=1, days=days):
            unmet = [
                coverage.count([roll], START + timedelta(minutes=m))[roll.pk].of(units).unmet for m in (60, 1439, 1440)
            ]
        assert unmet == [1, 1, 0]


def test_an_answer_that_counts_on_a_closed_roll_too_is_mended_on_both_with_a_reason(cast: Cast) -> None:
    first = cast.order()
    second = cast.order(key="own", issuer=cast.town, by=cast.town_lead, passes_on=first, audience="under:A -unit:A")
    cast.answer(second, "A1")
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(first))
    with raises_refusal("reason.needed"):
        correct(cast, second, "cannot")
    correct(cast, second, "cannot", correction=REASON)
    assert cast.entry(first, "A1").unmet
    assert cast.entry(second, "A1").unmet
    correct(cast, first, "will_do", correction=REASON)
    assert not cast.entry(second, "A1").unmet


def test_an_answer_of_its_own_on_the_closed_roll_stays(cast: Cast) -> None:
    first = closed(cast)
    second = cast.order(key="own", issuer=cast.town, by=cast.town_lead, passes_on=first, audience="under:A -unit:A")
    cast.answer(second, "A1")
    correct(cast, second, "cannot")
    assert not cast.entry(first, "A1").unmet
    assert cast.entry(second, "A1").unmet


def test_a_later_answer_of_its_own_on_an_open_roll_stays(cast: Cast) -> None:
    first = closed(cast)
    second = cast.order(key="own", issuer=cast.town, by=cast.town_lead, passes_on=first, audience="under:A -unit:A")
    cast.answer(second, "A1")
    own = cast.entry(second, "A1").fact_id
    correct(cast, first, "cannot", correction=REASON)
    assert cast.entry(first, "A1").unmet
    assert (cast.entry(second, "A1").unmet, cast.entry(second, "A1").fact_id) == (False, own)


def test_an_issuer_goes_on_seeing_to_what_another_answer_still_says(cast: Cast) -> None:
    first = cast.order()
    cast.answer(first, "A1", "cannot")
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(first))
    second = cast.order(key="own", issuer=cast.town, by=cast.town_lead, passes_on=first, audience="under:A -unit:A")
    cast.answer(second, "A1", "cannot")
    correct(cast, second, "will_do")
    assert cast.told(second, "A1") is None
    told = cast.told(first, "A1")
    assert told is not None, "to the first order it still cannot"
    assert told.state == "outstanding"


def test_a_new_answer_leaves_the_closed_roll_alone(cast: Cast) -> None:
    first = cast.order()
    second = cast.order(key="own", issuer=cast.town, by=cast.town_lead, passes_on=first, audience="under:A -unit:A")
    cast.answer(second, "A1")
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(first))
    assert cast.answer(second, "A1", "cannot")
    assert cast.entry(second, "A1").differs
    assert not cast.entry(first, "A1").differs


def test_it_rejects_a_correction_after_closing_without_a_reason(cast: Cast) -> None:
    order = closed(cast)
    with raises_refusal("reason.needed"):
        correct(cast, order, "cannot")
    with raises_refusal("reason.unknown"):
        correct(cast, order, "cannot", correction="invented")


@pytest.mark.parametrize("by", ["lead_a2", "m_a1_1", "lead_b"])
def test_it_rejects_whoever_does_not_lead_the_unit_after_closing(cast: Cast, by: str) -> None:
    order = closed(cast)
    with raises_refusal("rights.refused"):
        correct(cast, order, "cannot", by=cast.actor(by), correction=REASON)


def test_it_rejects_a_correction_of_nothing_after_closing(cast: Cast) -> None:
    order = closed(cast)
    with raises_refusal("roll.closed"):
        correct_acknowledgement(by=cast.sibling, unit=cast.neighbour, order=order, outcome="will_do", correction=REASON)


def test_it_rejects_a_correction_of_what_was_said_to_the_version_before(cast: Cast) -> None:
    first = cast.order()
    cast.answer(first, "A1")
    cast.order(version=2)
    with raises_refusal("roll.superseded"):
        correct(cast, first, "cannot", correction=REASON)


def test_it_rejects_an_unknown_outcome_and_a_missing_reason(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    with raises_refusal("acknowledgement.outcome"):
        correct(cast, order, "perhaps")
    with raises_refusal("reason.unknown"):
        correct_acknowledgement(by=cast.lead, unit=cast.village, order=order, outcome="cannot")


def test_it_corrects_on_both_levels_of_a_passed_on_order(cast: Cast) -> None:
    first = cast.order()
    second = cast.order(key="own", issuer=cast.town, by=cast.town_lead, passes_on=first, audience="under:A -unit:A")
    cast.answer(second, "A1")
    correct(cast, second, "cannot")
    assert cast.entry(first, "A1").unmet
    assert cast.entry(second, "A1").unmet
    told = cast.told(second, "A1")
    assert told is not None
    assert told.unit == cast.town
