"""Tries are counted by account and by address; what is locked stays so through a restart, longer each time."""

from __future__ import annotations

from datetime import timedelta

from muster.foundation.rights import house
from muster.organisation.guessing import forget_old, guarded, take_try
from muster.organisation.models import LockOut
from muster.organisation.sign_in import Entering, sign_in
from tests.cast import START, Cast, at, raises_refusal
from tests.organisation.ways import account

DOOR = house("door", "web")


def tries(name: str = "x", count: int = 1) -> None:
    for _ in range(count):
        take_try(by=DOOR, what=[guarded("account", name)])


def test_each_lock_is_twice_as_long(cast: Cast) -> None:
    minutes = 0
    for expected in (15, 30, 60, 120, 240, 480, 480):
        with at(minutes):
            tries(count=5)
            until = LockOut.objects.get().locked_until
            assert until == START + timedelta(minutes=minutes + expected)
            with raises_refusal("guessing.locked"):
                tries()
        minutes += expected + 1


def test_a_quiet_day_forgets_it(cast: Cast) -> None:
    tries(count=5)
    with at(days=1, minutes=1):
        tries(count=4)
        tries()
        assert LockOut.objects.get().locked_until == START + timedelta(days=1, minutes=16)
    with at(days=3):
        assert forget_old() == 1
        assert not LockOut.objects.exists()


def test_a_right_answer_clears_the_account_and_gives_the_address_one_back(cast: Cast) -> None:
    what = [guarded("account", "x"), guarded("address", "192.0.2.1")]
    for _ in range(5):
        take_try(by=DOOR, what=what)
    sign_in(by=cast.member, account=account("m_a1_1"), entering=Entering("password", "", counted=what))
    found = {row.kind: (row.tries, row.locked_until) for row in LockOut.objects.all()}
    assert found == {"account": (0, None), "address": (4, None)}


def test_thirty_of_an_address_lock_it(cast: Cast) -> None:
    for _ in range(30):
        take_try(by=DOOR, what=[guarded("address", "192.0.2.1")])
    with raises_refusal("guessing.locked"):
        take_try(by=DOOR, what=[guarded("address", "192.0.2.1")])
    take_try(by=DOOR, what=[guarded("address", "192.0.2.2")])


def test_nothing_says_whose_it_was(cast: Cast) -> None:
    take_try(by=DOOR, what=[guarded("account", "commander"), guarded("address", "192.0.2.1")])
    for row in LockOut.objects.all():
        assert len(row.key_hmac) == 64
        assert "commander" not in row.key_hmac
    assert guarded("account", "Commander ") == guarded("account", "commander")
    assert guarded("account", "x") != guarded("factor", "x")


def test_it_rejects_whoever_is_not_the_door(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        take_try(by=cast.commander, what=[guarded("account", "x")])
