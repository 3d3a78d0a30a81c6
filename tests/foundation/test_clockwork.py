"""The clockwork: one ticker at a time, by a lease that goes by the monotonic clock."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from muster.foundation import clock, clockwork, seals
from muster.foundation.models import Lease
from muster.foundation.registry import CHORES
from tests.cast import Cast, at


class Hand:
    """The monotonic clock, moved by hand."""

    def __init__(self) -> None:
        self.seconds = 5000.0


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    made = Hand()
    monkeypatch.setattr(clock, "monotonic", lambda: made.seconds)
    return made


@pytest.mark.django_db
def test_one_at_a_time(hand: Hand) -> None:
    one, other = clockwork.ticker(), clockwork.ticker()
    assert one.take()
    assert not other.take()
    assert other.tick() is None
    hand.seconds += 30
    assert one.take()
    one.release()
    assert other.take()


@pytest.mark.django_db
def test_a_holder_that_died_is_followed_after_the_lease_ran_out(hand: Hand) -> None:
    one, other = clockwork.ticker(), clockwork.ticker()
    one.take()
    hand.seconds += clockwork.LEASE_SECONDS
    assert not other.take()
    hand.seconds += 0.1
    assert other.take()
    assert not one.take()


@pytest.mark.django_db
def test_a_lease_of_an_earlier_boot_of_this_machine_has_lapsed(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    assert clockwork.ticker().take()
    monkeypatch.setattr(clockwork, "boot_id", lambda: "another boot")
    hand.seconds = 30.0
    assert clockwork.ticker().take()


@pytest.mark.django_db
def test_a_silent_holder_on_another_machine_is_followed_even_by_a_fresh_process_each_time(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, here = clockwork.ticker(), clockwork.boot_id()
    one.take()
    monkeypatch.setattr(clockwork, "machine", lambda: "another machine")
    monkeypatch.setattr(clockwork, "boot_id", lambda: "another boot")
    hand.seconds = 30.0
    assert not clockwork.ticker().take()
    hand.seconds += 80
    assert not clockwork.ticker().take()
    with monkeypatch.context() as holders:
        holders.setattr(clockwork, "boot_id", lambda: here)
        assert one.take()
    assert not clockwork.ticker().take()
    hand.seconds += clockwork.LEASE_SECONDS
    assert not clockwork.ticker().take()
    hand.seconds += 0.1
    assert clockwork.ticker().take()
    assert not one.take()


@pytest.mark.django_db
def test_a_release_by_another_frees_nothing(hand: Hand) -> None:
    one, other = clockwork.ticker(), clockwork.ticker()
    one.take()
    other.release()
    assert not other.take()


def test_a_tick_does_every_chore_and_says_when(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.order()
    monkeypatch.setattr(clock, "forget_offset", lambda: None)
    with at(days=1):
        done = clockwork.ticker().tick()
        assert done is not None
        assert Lease.objects.get().ticked_at == clock.now()
    assert done["seal"] > 10
    assert done["closings"] == 1
    assert done["jobs"] == 0
    assert seals.latest() is not None


@pytest.mark.django_db
def test_a_tick_that_fails_gives_the_lease_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> int:
        raise ZeroDivisionError

    monkeypatch.setitem(CHORES._offers, "test.fails", fails)
    with pytest.raises(ZeroDivisionError):
        call_command("tick")
    assert Lease.objects.get().holder == ""
