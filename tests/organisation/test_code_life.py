"""A code's letters and groups; and its life: at most one is alive of a person, and each is used at most once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from muster.foundation import clock
from muster.foundation.rights import house
from muster.organisation import codes
from muster.organisation.cards import NewCode, issue_codes, not_me, revoke_code, use_code, why_dead
from muster.organisation.models import Code, SignIn
from muster.organisation.sign_in import Entering
from tests.cast import START, make, raises_refusal

CODE = st.text(codes.ALPHABET, min_size=codes.LENGTH, max_size=codes.LENGTH)


def test_a_code_has_a_hundred_bits_and_no_letter_read_as_another() -> None:
    assert len(set(codes.ALPHABET)) == 32
    assert not set(codes.ALPHABET) & set("01IO")
    made = {codes.make() for _ in range(200)}
    assert len(made) == 200
    assert all(map(codes.is_code, made))


@given(CODE, st.integers(1, 7), st.sampled_from(["-", " ", "--", " - ", ".", "·"]))
def test_however_it_is_grouped_and_typed_it_is_the_same(code: str, size: int, between: str) -> None:
    typed = codes.grouped(code, size).replace("-", between)
    assert codes.plain(typed) == codes.plain(typed.lower()) == code
    assert codes.hash_of(codes.plain(typed)) == codes.hash_of(code)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused(words: str) -> None:
    found = codes.plain(words)
    assert set(found) <= set(codes.ALPHABET)
    assert codes.is_code(found) == (len(found) == codes.LENGTH)


NUMBERS = ("m_a1_1", "m_a1_2")
ENTERING = Entering("code", "Phone")


class CodeLife(RuleBasedStateMachine):
    """Cards of two members of A1: made, used, revoked, refused, outlived, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.cast = make()
        self.now = START
        self.used: set[str] = set()
        self.made: list[Code] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def at(self) -> Any:
        return clock.played_at(self.now)

    @rule(hours=st.integers(1, 24 * 20))
    def time_goes_on(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(number=st.sampled_from(NUMBERS))
    def a_card_is_made(self, number: str) -> None:
        hashed = codes.hash_of(codes.make())
        with self.at():
            issue_codes(by=self.cast.lead, unit=self.cast.village, made=[NewCode(self.cast.people[number].pk, hashed)])
        self.made.append(Code.objects.select_related("person__account", "unit").get(pk=hashed))

    @precondition(lambda self: self.made)
    @rule(data=st.data())
    def a_card_is_used(self, data: Any) -> None:
        code = data.draw(st.sampled_from(self.made))
        with self.at():
            code.refresh_from_db()
            dead, by = why_dead(code, self.now), self.cast.actor(code.person.account.name)
            if dead is not None:
                with raises_refusal(dead.code):
                    use_code(by=by, code=code, entering=ENTERING)
                return
            use_code(by=by, code=code, entering=ENTERING)
            assert code.pk not in self.used
            self.used.add(code.pk)

    @precondition(lambda self: self.made)
    @rule(data=st.data())
    def somebody_says_not_me(self, data: Any) -> None:
        with self.at():
            not_me(by=house("door", "web"), code=data.draw(st.sampled_from(self.made)))

    @rule(number=st.sampled_from(NUMBERS))
    def the_lead_revokes(self, number: str) -> None:
        with self.at():
            revoke_code(by=self.cast.lead, unit=self.cast.village, person=self.cast.people[number])

    @invariant()
    def at_most_one_is_alive(self) -> None:
        for number in NUMBERS:
            rows = Code.objects.filter(person=self.cast.people[number], used_at__isnull=True, revoked_at__isnull=True)
            assert rows.count() <= 1

    @invariant()
    def each_was_used_at_most_once(self) -> None:
        assert SignIn.objects.filter(way="code").count() == len(self.used)
        assert Code.objects.filter(used_at__isnull=False).count() == len(self.used)


@pytest.mark.django_db
def test_the_life_of_codes() -> None:
    run_state_machine_as_test(CodeLife)
