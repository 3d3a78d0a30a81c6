"""The text of a badge: anybody can check it, nobody can make one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from muster.foundation import keys
from muster.mobilisation import badges
from muster.organisation.models import Unit

UNTIL = date(2020, 3, 29)


def made() -> str:
    return badges.sign("2345678ABC", "on_duty", "Village of the Two Rivers", UNTIL)


def verdict(payload: str, *, revoked: tuple[str, ...] = (), today: date = UNTIL) -> str:
    return badges.check(payload, keys.public_signing_keys(), revoked, today).verdict


def test_it_is_valid_to_its_last_day() -> None:
    assert verdict(made()) == "valid"
    assert verdict(made(), today=UNTIL + timedelta(days=1)) == "expired"


def test_spaces_around_it_do_no_harm() -> None:
    assert verdict(f" {made()}\n") == "valid"


@pytest.mark.parametrize("between", ["\n", "\r\n", " ", "\t", "\u3000", "\n\n\n"])
def test_spaces_within_it_do_no_harm(between: str) -> None:
    text = made()
    assert verdict(between.join(text[place : place + 40] for place in range(0, len(text), 40))) == "valid"
    assert verdict(between.join(text)) == "valid"


def test_a_revoked_number_is_named_before_the_date() -> None:
    late = UNTIL + timedelta(days=9)
    assert verdict(made(), revoked=("2345678ABC",), today=late) == "revoked"


def test_a_changed_body_is_forged() -> None:
    prefix, key_id, _, signature = made().split(".")
    body = badges.sign("2345678ABC", "on_duty", "Another village", UNTIL).split(".")[2]
    found = badges.check(".".join((prefix, key_id, body, signature)), keys.public_signing_keys(), (), UNTIL)
    assert (found.verdict, found.number, found.unit) == ("forged", "", "")


def test_a_signature_by_somebody_elses_key_is_forged() -> None:
    head = made().rpartition(".")[0]
    forged = badges._packed(Ed25519PrivateKey.generate().sign(head.encode()))
    assert verdict(f"{head}.{forged}") == "forged"


def test_a_key_that_is_not_known_is_forged() -> None:
    assert badges.check(made(), {}, (), UNTIL).verdict == "forged"


@pytest.mark.parametrize(
    "payload", ["", "x", "MUSTER1.a.b", "MUSTER2.0001.e30.AA", "MUSTER1.0001.e30.AA", "MUSTER1.0001.W10.AA"]
)
def test_what_is_no_badge_is_unreadable(payload: str) -> None:
    assert verdict(payload) == "unreadable"


def test_the_longest_name_of_a_unit_fits() -> None:
    payload = badges.sign("2345678ABC", "on_duty", "\u6751" * Unit._meta.get_field("name").max_length, UNTIL)
    assert len(payload) <= badges.LENGTH_MAX
    assert verdict(payload) == "valid"


def test_a_body_of_a_hundred_thousand_brackets_is_unreadable() -> None:
    assert verdict(f"MUSTER1.0001.{badges._packed(b'[' * 100_000)}.AA") == "unreadable"


@given(st.text())
def test_any_text_gets_an_answer(words: str) -> None:
    assert verdict(words) == "unreadable"
    assert verdict(f"MUSTER1.0001.{words}.AA") in ("unreadable", "forged")


@given(st.integers(min_value=0), st.characters(codec="ascii"))
def test_one_changed_character_is_never_valid(position: int, character: str) -> None:
    payload = made()
    place = position % len(payload)
    changed = payload[:place] + character + payload[place + 1 :]
    same = badges.check(changed, keys.public_signing_keys(), (), UNTIL)
    if same.verdict == "valid":
        # Base64 leaves the last bits of its last character open: the bytes signed are the same.
        assert changed.rpartition(".")[0] == payload.rpartition(".")[0]
