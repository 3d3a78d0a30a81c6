"""A name that stood on the roll by mistake is taken off; its marks stay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from muster.foundation.models import AuditLine
from muster.foundation.registry import ROLL_KINDS
from muster.mobilisation import badges
from muster.mobilisation.answers import CAN_COMPLY, acknowledge, answer_cannot, report_in, withdraw_acknowledgement
from muster.mobilisation.kinds import CANNOT, REPORT_IN
from muster.mobilisation.models import Badge, Order
from muster.mobilisation.renewal import renew_badge
from muster.roll import coverage
from muster.roll.actions import add_entry, close_roll, excuse, remove_entry
from muster.roll.faces import FACES
from muster.roll.kinds import Expected, kind_of
from muster.roll.models import Mark
from tests.cast import REASON, START, Cast, at, raises_refusal


def remove(cast: Cast, order: Order, by: str = "commander", reason: str = REASON) -> None:
    remove_entry(by=cast.actor(by), holder=order.issuer, entry=cast.entry(order, "A1").pk, reason=reason)


@pytest.mark.parametrize("state", ["outstanding", "answered", "excused"])
def test_it_is_expected_no_more_and_was_before(cast: Cast, state: str) -> None:
    order = cast.order()
    with at(400):
        if state == "answered":
            cast.answer(order, "A1", "cannot")
        if state == "excused":
            excuse(by=cast.commander, entries=[cast.entry(order, "A1").pk], reason=REASON)
    with at(460):
        remove(cast, order)
    entry = cast.entry(order, "A1")
    assert (entry.state, entry.outcome, entry.late, entry.unmet, entry.fact_id) == (None, "", False, False, None)
    found = cast.coverage(order)
    assert (found.expected, found.late, found.unmet) == (7, 0, 0)
    roll = cast.roll(order)
    with at(days=1):
        before = START + timedelta(minutes=450)
        assert coverage.count([roll], before)[roll.pk].of([cast.village.pk]).expected == 1
        assert len(coverage.names(roll, before, state=state, units=[cast.village.pk])) == 1
        assert coverage.names(roll, START + timedelta(hours=9), state=state, units=[cast.village.pk]) == []
    assert Mark.objects.filter(entry=entry).count() == (2 if state == "outstanding" else 3)


def test_it_takes_no_answer_any_more(cast: Cast) -> None:
    order = cast.order()
    remove(cast, order)
    with raises_refusal("entry.removed"):
        cast.answer(order, "A1")
    with raises_refusal("entry.removed"):
        excuse(by=cast.commander, entries=[cast.entry(order, "A1").pk], reason=REASON)
    with raises_refusal("entry.removed"):
        remove(cast, order)


@pytest.mark.parametrize("by", ["lead_a", "lead_a1", "m_a1_1"])
def test_it_rejects_whoever_is_not_of_the_holder(cast: Cast, by: str) -> None:
    order = cast.order()
    with raises_refusal("rights.refused"):
        remove(cast, order, by)


def test_it_rejects_a_holder_that_does_not_hold_the_roll(cast: Cast) -> None:
    order = cast.order()
    entry = cast.entry(order, "A1").pk
    with raises_refusal("rights.refused"):
        remove_entry(by=cast.town_lead, holder=cast.town, entry=entry, reason=REASON)


def test_it_rejects_an_unknown_reason(cast: Cast) -> None:
    order = cast.order()
    with raises_refusal("reason.unknown"):
        remove(cast, order, reason="")


def test_it_rejects_a_roll_that_is_closed(cast: Cast) -> None:
    order = cast.order()
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    with raises_refusal("roll.closed"):
        remove(cast, order)


# -- what came of the answer ends with it


def put_back(cast: Cast, order: Order, subject: str, kind: str) -> None:
    entry = cast.entry(order, subject, kind)
    expected = Expected(entry.unit_id, entry.subject_kind, entry.subject_id, entry.assignee_id)
    add_entry(by=cast.commander, holder=order.issuer, roll=cast.roll(order, kind), expected=expected)


def report(cast: Cast, order: Order) -> None:
    assert report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=order)


def take_member_off(cast: Cast, order: Order) -> None:
    entry = cast.entry(order, "m_a1_1", REPORT_IN).pk
    remove_entry(by=cast.commander, holder=cast.root, entry=entry, reason=REASON)


def test_the_badge_ends_with_it(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    report(cast, order)
    other = report_in(by=cast.lead, unit=cast.village, person=cast.people["m_a1_2"], order=order)
    with at(10):
        take_member_off(cast, order)
    badge = Badge.objects.get(person=cast.people["m_a1_1"])
    assert badge.revoked_at == START + timedelta(minutes=10)
    assert (other, badges.revoked_numbers()) == (True, [badge.no])
    assert badge.no in AuditLine.objects.get(verb="roll.remove_entry").ids
    for by in (cast.member, cast.lead):
        with raises_refusal("badge.not_reported_in"):
            renew_badge(by=by, badge=badge)


def test_whoever_comes_back_and_reports_in_has_one_badge(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    report(cast, order)
    renew_badge(by=cast.member, badge=Badge.objects.get())
    take_member_off(cast, order)
    with at(5):
        put_back(cast, order, "m_a1_1", REPORT_IN)
        assert not Badge.objects.filter(revoked_at__isnull=True).exists()
        report(cast, order)
    assert Badge.objects.filter(revoked_at__isnull=True).count() == 1
    assert Badge.objects.count() == 3


def test_a_member_without_an_answer_had_no_badge(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    take_member_off(cast, order)
    assert not Badge.objects.exists()


def test_the_issuer_need_not_see_to_it_any_more(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    cast.answer(order, "A2", "cannot")
    told = cast.told(order, "A1")
    assert told is not None
    remove(cast, order)
    assert cast.told(order, "A1") is None
    assert cast.told(order, "A2") is not None
    assert Mark.objects.filter(entry=told).latest("n").reason == CAN_COMPLY
    with at(5):
        put_back(cast, order, "A1", "mobilisation.acknowledgement")
        cast.answer(order, "A1", "cannot")
        again = cast.told(order, "A1")
        assert (again and again.pk, again and again.state) == (told.pk, "outstanding")
        withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=order, reason=REASON)
    assert cast.told(order, "A1") is None


def test_what_the_issuer_answered_stays(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    answer_cannot(by=cast.commander, order=order, subject=cast.village.pk, outcome="helped")
    remove(cast, order)
    told = cast.told(order, "A1")
    assert told is not None
    assert told.state == "answered"


def test_an_issuers_list_that_closed_stays_as_it_is(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order, CANNOT))
    remove(cast, order)
    assert cast.told(order, "A1") is not None


@pytest.mark.parametrize("off_both", [False, True])
def test_another_issuer_goes_on_seeing_to_it(cast: Cast, off_both: bool) -> None:
    first = cast.order()
    own = cast.order(
        key="own", by=cast.town_lead, issuer=cast.town, audience="unit:A1", passes_on=first, founding=False
    )
    acknowledge(by=cast.lead, unit=cast.village, order=own, outcome="cannot", reason=REASON)
    assert cast.entry(first, "A1").unmet
    remove(cast, first)
    assert cast.told(own, "A1") is not None, "the town's order still asks"
    if off_both:
        entry = cast.entry(own, "A1").pk
        remove_entry(by=cast.town_lead, holder=cast.town, entry=entry, reason=REASON)
        assert cast.told(own, "A1") is None


def test_it_rejects_a_roll_whose_names_go_by_answers(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1", "cannot")
    told = cast.told(order, "A1")
    assert told is not None
    with raises_refusal("roll.not_by_hand"):
        remove_entry(by=cast.commander, holder=cast.root, entry=told.pk, reason=REASON)
    cast.answer(order, "A2", "cannot")
    assert cast.told(order, "A2") is not None, "an answer still puts a name there"


def test_the_pages_offer_what_the_kind_takes() -> None:
    differ = [key for key in ROLL_KINDS if key in FACES and bool(FACES[key].joins) != kind_of(key).by_hand]
    assert differ == []
