"""Called, no answer: an attempt with one tap, once, by whoever may call."""

from __future__ import annotations

import pytest

from muster.foundation.action import AlreadyDone
from muster.foundation.ids import new_id
from muster.mobilisation.kinds import REPORT_IN
from muster.roll.actions import close_roll, excuse, remove_entry
from muster.roll.attempts import note_attempt, tried
from muster.roll.models import Attempt, Mark
from tests.cast import REASON, START, Cast, at, raises_refusal


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "clerk", "commander"])
def test_whoever_may_call_notes_it_and_it_stays_outstanding(cast: Cast, by: str) -> None:
    order = cast.order(call_up="kind:village")
    entry = cast.entry(order, "m_a1_1", REPORT_IN)
    before = cast.coverage(order, REPORT_IN)
    with at(10):
        assert note_attempt(by=cast.actor(by), unit=cast.village, entry=entry.pk)
    entry.refresh_from_db()
    assert (entry.state, entry.attempts, entry.n, entry.settled_at) == ("outstanding", 1, 2, None)
    fact = Attempt.objects.get()
    assert (fact.entry_id, fact.by_person, fact.at_unit_id) == (entry.pk, cast.people[by].pk, cast.village.pk)
    mark = Mark.objects.get(fact_id=fact.pk)
    assert (mark.before, mark.after, mark.reason) == ("outstanding", "outstanding", "")
    assert cast.coverage(order, REPORT_IN) == before
    assert tried([entry.pk], START) == {}


def test_a_second_tap_within_a_minute_is_the_same_attempt(cast: Cast) -> None:
    order = cast.order()
    entry = cast.entry(order, "A1").pk
    with at(10):
        assert note_attempt(by=cast.lead, unit=cast.village, entry=entry)
    with at(10.9):
        assert not note_attempt(by=cast.lead, unit=cast.village, entry=entry)
        assert note_attempt(by=cast.town_lead, unit=cast.village, entry=entry), "somebody else called too"
    with at(11.1):
        assert note_attempt(by=cast.lead, unit=cast.village, entry=entry)
        assert tried([entry], START.replace(hour=2))[entry].times == 3
    assert cast.entry(order, "A1").attempts == 3


def test_the_same_request_is_one_attempt(cast: Cast) -> None:
    entry, request = cast.entry(cast.order(), "A1").pk, new_id()
    with at(10):
        assert note_attempt(by=cast.lead, unit=cast.village, entry=entry, request=request)
    with at(30), pytest.raises(AlreadyDone):
        note_attempt(by=cast.lead, unit=cast.village, entry=entry, request=request)
    assert Attempt.objects.count() == 1


def test_what_was_settled_meanwhile_stays_and_the_attempt_is_kept(cast: Cast) -> None:
    order = cast.order()
    with at(5):
        cast.answer(order, "A1")
        excuse(by=cast.commander, entries=[cast.entry(order, "A2").pk], reason=REASON)
    with at(10):
        for code in ("A1", "A2"):
            assert note_attempt(by=cast.town_lead, unit=cast.units[code], entry=cast.entry(order, code).pk)
    for code, state in (("A1", "answered"), ("A2", "excused")):
        entry = cast.entry(order, code)
        assert (entry.state, entry.attempts) == (state, 1)


@pytest.mark.parametrize("by", ["lead_a2", "lead_b", "m_a1_1", "counsellor", "inspector", "administrator"])
def test_it_rejects_whoever_may_not_call(cast: Cast, by: str) -> None:
    entry = cast.entry(cast.order(), "A1").pk
    with raises_refusal("rights.refused"):
        note_attempt(by=cast.actor(by), unit=cast.village, entry=entry)


def test_it_rejects_another_units_entry(cast: Cast) -> None:
    entry = cast.entry(cast.order(), "A1").pk
    with raises_refusal("entry.unknown"):
        note_attempt(by=cast.sibling, unit=cast.neighbour, entry=entry)


def test_it_rejects_a_closed_roll_and_a_name_taken_off(cast: Cast) -> None:
    order = cast.order()
    off = cast.entry(order, "A2").pk
    remove_entry(by=cast.commander, holder=cast.root, entry=off, reason=REASON)
    with raises_refusal("entry.removed"):
        note_attempt(by=cast.sibling, unit=cast.neighbour, entry=off)
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    with raises_refusal("roll.closed"):
        note_attempt(by=cast.lead, unit=cast.village, entry=cast.entry(order, "A1").pk)
