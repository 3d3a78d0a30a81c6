"""Two at the same time: one card, one code of a factor, five PINs; never more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from muster.foundation.errors import Refusal
from muster.foundation.rights import house
from muster.organisation import codes, pins
from muster.organisation.cards import NewCode, issue_codes, use_code
from muster.organisation.devices import NewDevice, set_pin, take_pin_try
from muster.organisation.guessing import guarded, take_try
from muster.organisation.models import Code, Pin, SignIn
from muster.organisation.second_factor import Shown
from muster.organisation.sign_in import Entering, sign_in
from tests.cast import Cast, at, playing
from tests.organisation.ways import MEMBER, account, card, give_factor, pin

DOOR = house("door", "web")


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    """The cast, committed: others see it."""
    with playing() as made:
        yield made


def at_once(count: int, work: Callable[[], object]) -> list[str]:
    """So many threads do it at the same moment; what each came to: `done`, or the code of its refusal."""
    start = threading.Barrier(count)

    def one(_: int) -> str:
        try:
            start.wait(10)
            with at(1):
                work()
            return "done"
        except Refusal as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return sorted(threads.map(one, range(count)))


def test_a_card_is_used_by_one(cast: Cast) -> None:
    code, by = card(cast), cast.actor(MEMBER)
    device = NewDevice("Phone", "h")
    found = at_once(4, lambda: use_code(by=by, code=code, entering=Entering("code", ""), device=device))
    assert found == ["code.used"] * 3 + ["done"]
    assert SignIn.objects.count() == 1


def test_two_leads_who_make_a_card_leave_one_alive(cast: Cast) -> None:
    people = [cast.people["m_a1_1"].pk, cast.people[MEMBER].pk]
    leads = [cast.lead, cast.town_lead]

    def work() -> None:
        made = [NewCode(pk, codes.hash_of(codes.make())) for pk in people]
        issue_codes(by=leads.pop(), unit=cast.village, made=made)

    assert at_once(2, work) == ["done", "done"]
    assert Code.objects.count() == 4
    assert Code.objects.filter(revoked_at__isnull=True).count() == 2


def test_two_who_print_for_all_without_make_one_card_each(cast: Cast) -> None:
    person = cast.people[MEMBER].pk

    def work() -> None:
        made = [NewCode(person, codes.hash_of(codes.make()))]
        issue_codes(by=cast.lead, unit=cast.village, made=made, only_without=True)

    assert cast.lead, "read before the threads begin"
    assert at_once(2, work) == ["codes.changed", "done"]


def test_eight_phones_guess_five_pins(cast: Cast) -> None:
    set_pin(by=cast.actor(MEMBER), person=cast.people[MEMBER], pin=pin())
    looked: list[bool] = []

    def guess() -> None:
        take_pin_try(by=DOOR, person=cast.people[MEMBER])
        looked.append(pins.is_right("0001", Pin.objects.get()))

    assert at_once(8, guess) == ["done"] * 5 + ["pin.locked"] * 3
    assert looked == [False] * 5
    assert Pin.objects.get().locked_at is not None


def test_eight_browsers_guess_five_passwords(cast: Cast) -> None:
    found = at_once(8, lambda: take_try(by=DOOR, what=[guarded("account", "x"), guarded("address", "y")]))
    assert found == ["done"] * 5 + ["guessing.locked"] * 3


def test_one_code_of_an_authenticator_lets_one_in(cast: Cast) -> None:
    give_factor("commander")
    by, whose = cast.commander, account("commander")
    entering = Entering("password", "", shown=Shown(step=9))
    found = at_once(3, lambda: sign_in(by=by, account=whose, entering=entering))
    assert found == ["done", "factor.used", "factor.used"]
