"""All keys in one file under a passphrase, and back into a folder that lacks them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.foundation import journal, key_copy, keys
from muster.foundation.errors import Refusal
from muster.foundation.ids import new_id
from tests.cast import START

WORDS = "some words nobody guesses"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MUSTER_KEYS", str(tmp_path / "keys"))
    keys.forget()
    keys.create_missing()
    yield tmp_path / "keys"
    monkeypatch.undo()
    keys.forget()


def _content(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in folder.iterdir()}


def test_what_was_exported_is_put_back_with_the_journal(folder: Path, tmp_path: Path) -> None:
    keys.rotate("contact")
    journal.write("person", [new_id()], START)
    before = _content(folder)
    assert key_copy.write(tmp_path / "copy", WORDS) == 7
    other = tmp_path / "elsewhere"
    assert len(key_copy.put_back(tmp_path / "copy", WORDS, other)) == 7
    assert _content(other) == before
    assert {p.stat().st_mode & 0o777 for p in other.glob("*-0*")} == {0o400}


def test_only_what_is_missing_is_put_back(folder: Path, tmp_path: Path) -> None:
    journal.write("person", [new_id()], START)
    key_copy.write(tmp_path / "copy", WORDS)
    journal.write("person", [new_id()], START)
    before = _content(folder)
    (folder / "sealing-0001").unlink()
    assert key_copy.put_back(tmp_path / "copy", WORDS, folder) == ["sealing-0001"]
    assert _content(folder) == before


def test_the_file_shows_nothing_of_the_keys(folder: Path, tmp_path: Path) -> None:
    key_copy.write(tmp_path / "copy", WORDS)
    said = (tmp_path / "copy").read_text()
    assert not [name for name, words in _content(folder).items() if words.strip() in said or name in said]
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600


def test_it_rejects_another_passphrase_and_another_file(folder: Path, tmp_path: Path) -> None:
    key_copy.write(tmp_path / "copy", WORDS)
    (tmp_path / "other").write_text("{}")
    spoilt = json.loads((tmp_path / "copy").read_text())
    (tmp_path / "spoilt").write_text(json.dumps({**spoilt, "body": spoilt["body"][:-8] + "AAAAAAA="}))
    for name, words in (("copy", WORDS + "x"), ("other", WORDS), ("spoilt", WORDS)):
        with pytest.raises(Refusal) as caught:
            key_copy.put_back(tmp_path / name, words, tmp_path / "elsewhere")
        assert caught.value.code == "keys.no_copy"
    assert not (tmp_path / "elsewhere").exists()


def test_it_rejects_keys_of_another_database(folder: Path, tmp_path: Path) -> None:
    key_copy.write(tmp_path / "copy", WORDS)
    other = tmp_path / "other"
    other.mkdir()
    (other / "contact-0001").write_text("ab" * 32)
    with pytest.raises(Refusal) as caught:
        key_copy.put_back(tmp_path / "copy", WORDS, other)
    assert caught.value.code == "keys.differs"
    assert [p.name for p in other.iterdir()] == ["contact-0001"]


def test_it_rejects_a_short_passphrase_and_a_file_that_is_there(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        key_copy.write(tmp_path / "copy", "short")
    assert caught.value.code == "keys.passphrase"
    key_copy.write(tmp_path / "copy", WORDS)
    with pytest.raises(Refusal) as caught:
        key_copy.write(tmp_path / "copy", WORDS)
    assert caught.value.code == "keys.copy_there"
