"""The table of docs/rules/roll.md: what happens to an entry, from each of the three states and from none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.foundation.errors import Refusal
from muster.foundation.facts import ClockBasis
from muster.roll import rules
from muster.roll.kinds import Effect
from muster.roll.rules import AFTER_SETTLED, DIFFERS, Decision, Standing
from tests.cast import DUE

OUT = Standing("outstanding")
MET = Standing("answered", "met", late=True)
EXCUSED = Standing("excused")
GONE = Standing(None)


def answer(now: Standing, outcome: str = "met", effect: Effect = Effect.SETTLES, late: bool = False) -> Decision | None:
    return rules.answer(now, outcome, effect, late=late)


def test_an_answer_settles_what_is_outstanding_or_excused() -> None:
    for now in (OUT, EXCUSED):
        assert answer(now) == Decision(Standing("answered", "met"))
        assert answer(now, late=True) == Decision(Standing("answered", "met", late=True))
        assert answer(now, "refused", Effect.UNMET) == Decision(Standing("answered", "refused", unmet=True))


def test_the_same_answer_again_is_a_duplicate() -> None:
    assert answer(MET) is None
    assert answer(Standing("answered", "met", differs=True)) is None


def test_another_answer_changes_nothing_but_that_it_differs() -> None:
    for effect in (Effect.SETTLES, Effect.UNMET):
        found = answer(MET, "other", effect, late=False)
        assert found == Decision(Standing("answered", "met", late=True, differs=True), DIFFERS)


def test_an_attempt_leaves_everything_and_is_counted() -> None:
    assert answer(OUT, "nobody", Effect.ATTEMPT) == Decision(Standing("outstanding", attempts=1))
    found = answer(MET, "nobody", Effect.ATTEMPT)
    assert found == Decision(Standing("answered", "met", late=True, attempts=1), AFTER_SETTLED)
    assert answer(EXCUSED, "nobody", Effect.ATTEMPT) == Decision(Standing("excused", attempts=1), AFTER_SETTLED)


def test_a_correction_is_as_late_as_the_answer_was() -> None:
    assert rules.correct(MET, "refused", Effect.UNMET).after == Standing("answered", "refused", late=True, unmet=True)
    back = rules.correct(Standing("answered", "refused", unmet=True, differs=True), "met", Effect.SETTLES)
    assert back.after == Standing("answered", "met")
    assert rules.correct(MET, "nobody", Effect.ATTEMPT).after == Standing("outstanding", attempts=1)


def test_taking_back_excusing_lifting_and_removing() -> None:
    assert rules.withdraw(MET).after == OUT
    assert rules.excuse(OUT) == Decision(EXCUSED)
    assert rules.excuse(EXCUSED) is None
    assert rules.lift_excuse(EXCUSED).after == OUT
    for now in (OUT, MET, EXCUSED):
        assert rules.remove(now).after == GONE
    for now in (MET, GONE):
        assert rules.expect_again(now).after == OUT


@pytest.mark.parametrize(
    ("verb", "now", "code"),
    [
        ("correct", OUT, "entry.not_answered"),
        ("correct", EXCUSED, "entry.not_answered"),
        ("withdraw", OUT, "entry.not_answered"),
        ("withdraw", EXCUSED, "entry.not_answered"),
        ("excuse", MET, "entry.answered"),
        ("lift_excuse", OUT, "entry.not_excused"),
        ("lift_excuse", MET, "entry.answered"),
        *(
            (verb, GONE, "entry.removed")
            for verb in ("answer", "correct", "withdraw", "excuse", "lift_excuse", "remove")
        ),
    ],
)
def test_it_rejects(verb: str, now: Standing, code: str) -> None:
    asked = {
        "answer": lambda: answer(now),
        "correct": lambda: rules.correct(now, "met", Effect.SETTLES),
    }.get(verb, lambda: getattr(rules, verb)(now))
    with pytest.raises(Refusal) as caught:
        asked()
    assert caught.value.code == code
    assert caught.value.message
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("seconds", "basis", "late"),
    [
        (0, ClockBasis.SERVER, False),
        (1, ClockBasis.SERVER, True),
        (1, ClockBasis.CORRECTED, True),
        (99999, ClockBasis.DEVICE, False),
        (-1, ClockBasis.SERVER, False),
    ],
)
def test_late_is_after_it_was_due_by_a_clock_that_can_be_believed(seconds: int, basis: str, late: bool) -> None:
    assert rules.is_late(DUE, DUE + timedelta(seconds=seconds), basis) == late
    assert not rules.is_late(None, DUE + timedelta(days=9), basis)


STANDINGS = st.one_of(
    st.builds(Standing, st.just("outstanding"), attempts=st.integers(0, 3)),
    st.builds(Standing, st.just("excused"), attempts=st.integers(0, 3)),
    st.builds(
        Standing,
        st.just("answered"),
        st.sampled_from(("met", "by_phone", "refused")),
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.integers(0, 3),
    ),
)


@given(STANDINGS, st.sampled_from(("met", "by_phone", "refused")), st.sampled_from(Effect), st.booleans())
def test_no_answer_takes_anybody_off_the_roll_or_reopens_what_was_answered(
    now: Standing, outcome: str, effect: Effect, late: bool
) -> None:
    found = answer(now, outcome, effect, late)
    if found is None:
        assert (now.state, now.outcome) == ("answered", outcome)
        return
    assert found.after.state is not None
    assert found.after.attempts == now.attempts + (effect is Effect.ATTEMPT)
    if now.state == "answered":
        assert (found.after.state, found.after.outcome, found.after.late) == ("answered", now.outcome, now.late)
        assert found.reason in rules.KEPT_BESIDE
