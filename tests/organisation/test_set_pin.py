"""A PIN is chosen: not one that anybody would try; kept under a key that lies elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from muster.foundation import keys
from muster.organisation import pins
from muster.organisation.devices import set_pin
from muster.organisation.models import Pin, SignIn
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import MEMBER, come_in, pin, sign_in_by


def test_a_pin_is_right_and_no_other_is(cast: Cast) -> None:
    set_pin(by=cast.member, person=cast.people["m_a1_1"], pin=pin())
    kept = Pin.objects.get()
    assert pins.is_right(" 4831 ", kept)
    assert not pins.is_right("4832", kept)
    assert not pins.is_right("4831", None)
    assert "4831" not in kept.hash


def test_another_one_ends_what_came_in_by_the_old(cast: Cast) -> None:
    come_in(cast)
    one, here = sign_in_by(cast, MEMBER, "pin"), sign_in_by(cast, MEMBER, "pin")
    set_pin(by=cast.actor(MEMBER), person=cast.people[MEMBER], pin=pin("7702"), but=here.pk)
    assert SignIn.objects.get(pk=one.pk).ended_at == START
    assert SignIn.objects.get(pk=here.pk).ended_at is None
    assert Pin.objects.get().tries == 0


def test_it_rejects_whoever_it_is_not_of(cast: Cast) -> None:
    for by in (cast.lead, cast.commander, cast.administrator):
        with raises_refusal("rights.refused"):
            set_pin(by=by, person=cast.people["m_a1_1"], pin=pin())


@pytest.mark.parametrize(
    ("digits", "again", "code"),
    [
        ("123", "123", "pin.digits"),
        ("1234567", "1234567", "pin.digits"),
        ("12a4", "12a4", "pin.digits"),
        ("\u0664\u0668\u0663\u0661", "\u0664\u0668\u0663\u0661", "pin.digits"),
        ("4831", "4832", "pin.differ"),
        ("0000", "0000", "pin.weak"),
        ("1234", "1234", "pin.weak"),
        ("6543", "6543", "pin.weak"),
        ("567890", "567890", "pin.weak"),
        ("111111", "111111", "pin.weak"),
        ("1212", "1212", "pin.weak"),
        ("5678", "5678", "pin.weak"),
        ("9417", "9417", "pin.weak"),
        ("4417", "4417", "pin.weak"),
    ],
)
def test_it_rejects_what_anybody_would_try(db: None, digits: str, again: str, code: str) -> None:
    with raises_refusal(code):
        pins.chosen(digits, again, number="a-4417", phone="13800009417")


def test_a_pin_outlives_a_new_key(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_pin(by=cast.member, person=cast.people["m_a1_1"], pin=pin())
    folder = tmp_path / "keys"
    shutil.copytree(keys.folder(), folder)
    monkeypatch.setenv("MUSTER_KEYS", str(folder))
    keys._make(folder, "access", "0002")
    keys.forget()
    try:
        assert pins.is_right("4831", Pin.objects.get())
        assert pins.chosen("7702", "7702", "").key_id == "0002"
    finally:
        monkeypatch.undo()
        keys.forget()
