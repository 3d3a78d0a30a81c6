"""The keys lie outside the database, and an existing one is never overwritten."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from muster.foundation import checks, database, keys
from muster.foundation.errors import Refusal
from muster.foundation.ids import new_id
from muster.foundation.registry import KEYED
from muster.foundation.rights import house
from muster.mobilisation.answers import report_in
from muster.organisation import pins
from muster.organisation.devices import set_pin
from muster.organisation.models import Account
from muster.organisation.second_factor import confirm_factor
from muster.vault.particulars import NewParticular
from tests.cast import START, Cast, raises_refusal
from tests.organisation.test_open_phone import keep_phones


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MUSTER_KEYS", str(tmp_path / "keys"))
    keys.forget()
    yield tmp_path / "keys"
    monkeypatch.undo()
    keys.forget()


def test_each_purpose_gets_a_key_that_only_its_owner_reads(folder: Path) -> None:
    made = keys.create_missing()
    assert {p.name for p in made} == {f"{purpose}-0001" for purpose in keys.PURPOSES}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in folder.iterdir()} == {0o400}
    assert len({keys.key(purpose)[1] for purpose in keys.PURPOSES}) == len(keys.PURPOSES)


def test_an_existing_key_is_never_overwritten(folder: Path) -> None:
    keys.create_missing()
    before = {p.name: p.read_text() for p in folder.iterdir()}
    assert keys.create_missing() == []
    (folder / "contact-0001").unlink()
    assert [p.name for p in keys.create_missing()] == ["contact-0001"]
    after = {p.name: p.read_text() for p in folder.iterdir()}
    assert {n: w for n, w in after.items() if n != "contact-0001"} == {
        n: w for n, w in before.items() if n != "contact-0001"
    }


def test_two_that_make_keys_at_once_make_one_set(folder: Path) -> None:
    threads = [threading.Thread(target=keys.create_missing) for _ in range(3)]
    for thread in threads:
        thread.start()
    keys.create_missing()
    for thread in threads:
        thread.join()
    assert sorted(p.name for p in folder.iterdir()) == sorted(f"{p}-0001" for p in keys.PURPOSES)


def test_the_newest_is_in_force_and_older_ones_still_open(folder: Path) -> None:
    keys.create_missing()
    old = keys.key("contact")
    (folder / "contact-0002").write_text("ab" * 32)
    keys.forget()
    assert keys.key("contact") == ("0002", bytes.fromhex("ab" * 32))
    assert keys.key("contact", "0001") == old
    assert keys.key_ids("contact") == ["0001", "0002"]


def test_it_rejects_a_key_that_is_missing(folder: Path) -> None:
    with pytest.raises(Refusal) as caught:
        keys.hmac_hex("sealing", "x")
    assert (caught.value.code, caught.value.status) == ("keys.missing", 503)
    assert keys.missing() == list(keys.PURPOSES)


@pytest.mark.parametrize("content", ["", "ab" * 31, "zz" * 32, "\x00" * 64])
def test_it_rejects_a_file_that_holds_no_key(folder: Path, content: str) -> None:
    folder.mkdir()
    (folder / "sealing-0001").write_text(content)
    with pytest.raises(Refusal) as caught:
        keys.hmac_hex("sealing", "x")
    assert caught.value.code == "keys.broken"


def test_public_keys_are_those_of_the_signing_keys(folder: Path) -> None:
    keys.create_missing()
    public = keys.public_signing_keys()
    private = keys.signing_key()[1]
    assert public == {"0001": private.public_key().public_bytes_raw().hex()}


@pytest.mark.django_db
def test_check_names_the_keys_that_are_missing(folder: Path) -> None:
    from muster.foundation.models import Database

    assert checks.keys_are_there() == ["the database is empty: run `muster init`"]
    Database.objects.create(made_at=START)
    assert len(checks.keys_are_there()) == len(keys.PURPOSES)
    keys.create_missing()
    assert checks.keys_are_there() == []


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", keys.PURPOSES)
def test_it_rejects_new_keys_in_the_place_of_lost_ones(
    folder: Path, purpose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.make_ready(drill=False)
    (folder / f"{purpose}-0001").unlink()
    with monkeypatch.context() as used:
        used.setitem(KEYED._offers, purpose, lambda: True)
        assert checks.keys_are_there() == [
            f"key {purpose} is missing in {folder}: put the folder back from its copy, or name it with MUSTER_KEYS"
        ]
        with raises_refusal("keys.missing"):
            database.make_ready(drill=False)
        assert keys.missing() == [purpose]
    assert checks.keys_are_there() == [f"key {purpose} is missing in {folder}: run `muster init`"]
    database.make_ready(drill=False)
    assert keys.missing() == []


def test_each_key_knows_whether_it_was_used(cast: Cast) -> None:
    assert set(KEYED) == set(keys.PURPOSES)
    assert {purpose for purpose, used in KEYED.items() if used()} == {"sealing"}
    until = START + timedelta(days=1)
    kept = [NewParticular("person", new_id(), purpose, "1234567", until) for purpose in ("contact", "identity")]
    keep_phones(by=house("x"), rows=kept)
    order = cast.order(call_up="under:A")
    report_in(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"], order=order)
    set_pin(by=cast.member, person=cast.people["m_a1_1"], pin=pins.chosen("4831", "4831", ""))
    account = Account.objects.get(name="m_a1_1")
    confirm_factor(by=cast.member, account=account, secret=b"x" * 20, step=1, recovery=[], here=new_id())
    assert {purpose for purpose, used in KEYED.items() if used()} == set(keys.PURPOSES) - {"bodies"}


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"", b"\xff\xfe rubbish", b"00"])
def test_check_names_a_file_that_holds_no_key(folder: Path, content: bytes) -> None:
    database.make_ready(drill=False)
    file = folder / "sealing-0001"
    file.chmod(0o600)
    file.write_bytes(content)
    keys.forget()
    with pytest.raises(Refusal) as caught:
        keys.key("sealing")
    assert caught.value.code == "keys.broken"
    assert checks.keys_are_there() == [f"{file} holds no key: put the folder back from its copy"]


def test_without_the_signing_key_no_badge_is_called_forged(folder: Path) -> None:
    with pytest.raises(Refusal) as caught:
        keys.public_signing_keys()
    assert caught.value.code == "keys.missing"
