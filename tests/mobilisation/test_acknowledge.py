"""A unit answers an order: it will do it, or it cannot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from muster.foundation.facts import ClockBasis
from muster.foundation.ids import new_id
from muster.foundation.models import AuditLine
from muster.mobilisation.actions import Draft, pass_on_order, withdraw_order
from muster.mobilisation.answers import acknowledge, answer_cannot, withdraw_acknowledgement
from muster.mobilisation.kinds import CANNOT
from muster.mobilisation.models import Acknowledgement, Order
from muster.roll.actions import close_roll, excuse, hand_over_entries
from muster.roll.models import Mark, Roll
from tests.cast import DUE, REASON, START, Cast, at, raises_refusal


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander", "clerk"])
def test_the_lead_answers_or_somebody_above(cast: Cast, by: str) -> None:
    order = cast.order()
    with at(5):
        assert cast.answer(order, "A1", by=cast.actor(by))
    entry, fact = cast.entry(order, "A1"), Acknowledgement.objects.get()
    assert (entry.state, entry.outcome, entry.late, entry.unmet) == ("answered", "will_do", False, False)
    assert (entry.fact_id, entry.settled_at) == (fact.pk, START + timedelta(minutes=5))
    assert (fact.by_person, fact.at_unit, fact.subject) == (cast.people[by].pk, cast.village, cast.village)
    assert (cast.coverage(order).answered, cast.coverage(order).outstanding) == (1, 7)


@pytest.mark.parametrize("by", ["lead_a2", "m_a1_1", "lead_b", "counsellor", "inspector", "administrator"])
def test_it_rejects_a_sibling_a_member_and_an_outsider(cast: Cast, by: str) -> None:
    order = cast.order()
    with raises_refusal("rights.refused"):
        cast.answer(order, "A1", by=cast.actor(by))


def test_it_rejects_an_answer_for_another_unit_at_ones_own(cast: Cast) -> None:
    order = cast.order()
    with raises_refusal("order.not_addressed"):
        cast.answer(order, "A2", by=cast.sibling, subject=cast.village.pk)


def test_it_rejects_a_unit_that_was_not_asked(cast: Cast) -> None:
    order = cast.order(audience="under:B")
    with raises_refusal("entry.unknown"):
        cast.answer(order, "A1")


def test_the_pledges_may_be_taken_with_the_same_tap(cast: Cast) -> None:
    cast.answer(cast.order(), "A1", pledged=True)
    assert Acknowledgement.objects.get().pledged


def test_the_same_answer_twice_is_a_duplicate(cast: Cast) -> None:
    order = cast.order()
    assert cast.answer(order, "A1")
    with at(5):
        assert not cast.answer(order, "A1", by=cast.town_lead)
    assert Acknowledgement.objects.count() == 1
    assert Mark.objects.filter(entry=cast.entry(order, "A1")).count() == 2


def test_the_same_id_is_a_duplicate_after_it_was_taken_back(cast: Cast) -> None:
    order, id = cast.order(), new_id()
    assert cast.answer(order, "A1", id=id)
    with at(5):
        withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    with at(6):
        assert not cast.answer(order, "A1", id=id)
    assert cast.entry(order, "A1").state == "outstanding"


def test_the_same_id_is_a_duplicate_after_the_entry_was_handed_over(cast: Cast) -> None:
    order, id = cast.order(), new_id()
    cast.answer(order, "A1", id=id)
    withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    hand_over_entries(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour, reason=REASON)
    assert not cast.answer(order, "A1", id=id)
    assert cast.entry(order, "A1").unit == cast.neighbour


def test_the_same_id_is_a_duplicate_after_closing(cast: Cast) -> None:
    order, id = cast.order(), new_id()
    cast.answer(order, "A1", id=id)
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    assert not cast.answer(order, "A1", id=id)


def test_another_outcome_is_kept_and_shown_as_a_difference(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    with at(5):
        assert cast.answer(order, "A1", "cannot", by=cast.town_lead)
    entry = cast.entry(order, "A1")
    assert (entry.state, entry.outcome, entry.unmet, entry.differs) == ("answered", "will_do", False, True)
    assert Acknowledgement.objects.count() == 2
    assert cast.told(order, "A1") is None


def test_cannot_is_counted_as_unmet_and_opens_an_entry_for_the_issuer(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    found = cast.coverage(order)
    assert (found.answered, found.unmet, found.outstanding) == (1, 1, 7)
    told = cast.told(order, "A1")
    assert told is not None
    assert (told.unit, told.state, told.roll.held_by) == (cast.root, "outstanding", cast.root)


def test_two_that_cannot_stand_on_one_roll_of_the_issuer(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    cast.answer(order, "A2", "cannot")
    assert Roll.objects.filter(kind=CANNOT).count() == 1
    assert cast.coverage(order, CANNOT).outstanding == 2


@pytest.mark.parametrize("reason", ["", "no_such_reason"])
def test_it_rejects_cannot_without_a_reason_from_the_list(cast: Cast, reason: str) -> None:
    order = cast.order()
    with raises_refusal("reason.unknown"):
        acknowledge(by=cast.lead, unit=cast.village, order=order, outcome="cannot", reason=reason)


def test_it_rejects_an_unknown_outcome(cast: Cast) -> None:
    order = cast.order()
    with raises_refusal("acknowledgement.outcome"):
        cast.answer(order, "A1", "perhaps")


def test_cannot_again_after_taking_it_back_asks_the_issuer_again(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    assert cast.told(order, "A1") is None
    with at(5):
        assert cast.answer(order, "A1", "cannot")
    told = cast.told(order, "A1")
    assert told is not None
    assert told.state == "outstanding"


def test_cannot_again_after_the_issuer_answered_asks_the_issuer_again(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    answer_cannot(by=cast.commander, order=order, subject=cast.village.pk, outcome="insisted")
    withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    cast.answer(order, "A1", "cannot")
    told = cast.told(order, "A1")
    assert told is not None
    assert (told.state, told.outcome) == ("outstanding", "")


def test_a_list_that_the_issuer_closed_stays_as_it_is(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order, CANNOT))
    assert cast.answer(order, "A2", "cannot")
    assert cast.entry(order, "A2").unmet
    assert cast.told(order, "A2") is None
    assert cast.coverage(order, CANNOT).expected == 1


def test_an_answer_ends_an_excuse(cast: Cast) -> None:
    order = cast.order()
    excuse(by=cast.commander, entries=[cast.entry(order, "A1").pk], reason=REASON)
    assert cast.coverage(order).excused == 1
    assert cast.answer(order, "A1")
    assert (cast.coverage(order).excused, cast.coverage(order).answered) == (0, 1)


def test_it_is_late_after_it_was_due(cast: Cast) -> None:
    order = cast.order()
    with at(300):
        cast.answer(order, "A1")
    with at(301):
        cast.answer(order, "A2")
    assert not cast.entry(order, "A1").late
    assert cast.entry(order, "A2").late
    assert cast.coverage(order).late == 1


def test_what_happened_in_time_and_was_written_down_later_is_not_late(cast: Cast) -> None:
    order = cast.order()
    with at(400):
        cast.answer(order, "A1", happened_at=DUE - timedelta(minutes=1))
    assert not cast.entry(order, "A1").late
    fact = Acknowledgement.objects.get()
    assert (fact.happened_at, fact.recorded_at) == (DUE - timedelta(minutes=1), START + timedelta(minutes=400))


def test_what_a_phones_own_clock_says_is_never_late(cast: Cast) -> None:
    order = cast.order()
    with at(400):
        cast.answer(order, "A1", happened_at=DUE + timedelta(hours=1), clock_basis=ClockBasis.DEVICE)
    assert not cast.entry(order, "A1").late


def test_what_a_phones_clock_that_was_put_right_says_may_be_late(cast: Cast) -> None:
    order = cast.order()
    with at(400):
        cast.answer(order, "A1", happened_at=DUE + timedelta(hours=1), clock_basis=ClockBasis.CORRECTED)
    assert cast.entry(order, "A1").late


def test_it_rejects_an_answer_to_a_withdrawn_order(cast: Cast) -> None:
    order = cast.order()
    withdraw_order(by=cast.commander, order=order)
    with raises_refusal("roll.withdrawn"):
        cast.answer(order, "A1")


def test_it_rejects_an_answer_to_a_version_that_was_superseded(cast: Cast) -> None:
    first = cast.order()
    second = cast.order(version=2)
    with raises_refusal("roll.superseded"):
        cast.answer(first, "A1")
    assert cast.answer(second, "A1")


def test_it_rejects_an_answer_after_closing(cast: Cast) -> None:
    order = cast.order()
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    with raises_refusal("roll.closed"):
        cast.answer(order, "A1")


def test_a_version_without_a_roll_of_its_own_is_answered_on_the_open_one(cast: Cast) -> None:
    first = cast.order()
    second = cast.order(version=2, re_acknowledge=False)
    assert cast.answer(second, "A1")
    assert not cast.answer(first, "A1")
    assert cast.entry(first, "A1").state == "answered"


def test_it_rejects_an_answer_to_a_version_without_a_roll_when_the_order_was_withdrawn(cast: Cast) -> None:
    cast.order()
    second = cast.order(version=2, re_acknowledge=False)
    withdraw_order(by=cast.commander, order=second)
    with raises_refusal("roll.withdrawn"):
        cast.answer(second, "A1")


def test_the_unit_that_took_the_entries_over_answers_for_the_other(cast: Cast) -> None:
    order = cast.order()
    hand_over_entries(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour, reason=REASON)
    with raises_refusal("order.not_addressed"):
        cast.answer(order, "A1")
    assert cast.answer(order, "A2", by=cast.sibling, subject=cast.village.pk)
    entry = cast.entry(order, "A1")
    assert (entry.unit, entry.state) == (cast.neighbour, "answered")
    assert cast.entry(order, "A2").state == "outstanding"
    assert cast.coverage(order).expected == 8


def _passed_on(cast: Cast) -> tuple[Order, Order]:
    first = cast.order()
    draft = Draft(
        key="own", title="Passed on", text="As the district says.", effective_at=START, audience="under:A -unit:A"
    )
    return first, pass_on_order(by=cast.town_lead, issuer=cast.town, order=first, draft=draft)


@pytest.mark.parametrize(
    ("outcome", "reason", "code"),
    [
        ("will_do", REASON, "acknowledgement.reason"),
        ("will_do", "Mrs Li of house 4 is ill, and her neighbour", "acknowledgement.reason"),
        ("cannot", "Mrs Li of house 4 is ill, and her neighbour", "reason.unknown"),
    ],
)
def test_it_rejects_a_reason_that_is_none_of_the_list(cast: Cast, outcome: str, reason: str, code: str) -> None:
    order = cast.order()
    with raises_refusal(code) as caught:
        acknowledge(by=cast.lead, unit=cast.village, order=order, outcome=outcome, reason=reason)
    assert caught.value.status == 422


def test_an_answer_to_a_passed_on_order_counts_for_both_levels(cast: Cast) -> None:
    first, second = _passed_on(cast)
    assert cast.answer(second, "A1")
    assert cast.entry(first, "A1").state == "answered"
    assert cast.entry(second, "A1").state == "answered"
    assert Acknowledgement.objects.count() == 1
    assert not cast.answer(first, "A1")


def test_an_answer_to_the_first_order_counts_on_the_one_that_passes_it_on(cast: Cast) -> None:
    first, second = _passed_on(cast)
    assert cast.answer(first, "A1", "cannot")
    assert cast.entry(second, "A1").unmet
    assert not cast.answer(second, "A1", "cannot")
    told = cast.told(first, "A1")
    assert told is not None
    assert told.unit == cast.root


def _passed_on_after_a_typing_error(cast: Cast) -> tuple[Order, Order, Order]:
    """The first version, its mended one, and the order of a town that passes the mended one on."""
    first = cast.order()
    mended = cast.order(version=2, re_acknowledge=False)
    own = cast.order(key="own", by=cast.town_lead, issuer=cast.town, audience="under:A -unit:A", passes_on=mended)
    return first, mended, own


def test_an_answer_counts_for_both_where_a_mended_version_is_passed_on(cast: Cast) -> None:
    first, mended, own = _passed_on_after_a_typing_error(cast)
    assert cast.answer(own, "A1")
    assert cast.answer(mended, "A2")
    assert cast.answer(first, "A3")
    for code in ("A1", "A2", "A3"):
        assert cast.entry(first, code).state == cast.entry(own, code).state == "answered"


def test_an_answer_counts_for_both_where_the_passed_on_version_is_mended_later(cast: Cast) -> None:
    first, second = _passed_on(cast)
    mended = cast.order(version=2, re_acknowledge=False)
    assert cast.answer(mended, "A1")
    assert cast.entry(first, "A1").state == cast.entry(second, "A1").state == "answered"


def test_an_answer_to_what_was_passed_on_does_not_count_for_a_version_that_asks_anew(cast: Cast) -> None:
    _, _, own = _passed_on_after_a_typing_error(cast)
    third = cast.order(version=3)
    assert cast.answer(own, "A1")
    assert cast.entry(third, "A1").state == "outstanding"
    assert cast.answer(third, "A2")
    assert cast.entry(own, "A2").state == "outstanding"


def test_it_rejects_an_answer_to_a_mended_version_after_one_that_asks_anew(cast: Cast) -> None:
    cast.order()
    mended = cast.order(version=2, re_acknowledge=False)
    third = cast.order(version=3)
    with raises_refusal("roll.superseded"):
        cast.answer(mended, "A1")
    assert cast.entry(third, "A1").state == "outstanding"


def test_who_cannot_comply_stands_on_one_list_whichever_version_was_read(cast: Cast) -> None:
    first = cast.order()
    cast.answer(first, "A1", "cannot")
    mended = cast.order(version=2, re_acknowledge=False)
    cast.answer(mended, "A2", "cannot")
    assert Roll.objects.filter(kind=CANNOT).count() == 1
    assert cast.coverage(first, CANNOT).expected == 2
    assert answer_cannot(by=cast.commander, order=mended, subject=cast.neighbour.pk, outcome="helped")


def test_an_answer_stays_with_the_order_whose_other_ended(cast: Cast) -> None:
    first, second = _passed_on(cast)
    withdraw_order(by=cast.town_lead, order=second)
    assert cast.answer(first, "A1")
    assert cast.entry(second, "A1").state == "outstanding"
    with raises_refusal("roll.withdrawn"):
        cast.answer(second, "A2")


def test_it_leaves_one_line_with_ids_only(cast: Cast) -> None:
    order = cast.order()
    before = set(AuditLine.objects.values_list("pk", flat=True))
    cast.answer(order, "A1")
    line = AuditLine.objects.exclude(pk__in=before).get()
    assert (line.verb, line.actor, line.unit_path) == ("mobilisation.acknowledge", "lead_a1", cast.village.path)
    assert str(Acknowledgement.objects.get().pk) in line.ids
    assert line.witnessed == 2
