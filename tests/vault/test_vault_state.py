"""Whatever is kept, replaced, read, erased and re-encrypted in whatever order: what is found is what is kept."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from muster.foundation import clock, jobs, keys
from muster.foundation.ids import new_id
from muster.foundation.models import Job
from muster.foundation.registry import PROOFS
from muster.foundation.rights import house
from muster.vault import retention
from muster.vault.actions import RENEW, erase_particulars
from muster.vault.matching import find_many
from muster.vault.models import Erasure, Particular
from muster.vault.particulars import NewParticular, open_all
from muster.vault.purposes import CONTACT, IDENTITY, PHONE, PHONE_END, plain_identity, plain_phone, plain_phone_end
from tests.cast import START
from tests.organisation.test_open_phone import keep_phones

PEOPLE = [new_id() for _ in range(4)]
NUMBERS = ["13900000001", "13900000002", "+86 138-0000-0001"]
IDS = ["11010119900307123X", "110101199003071248"]


class Vault(RuleBasedStateMachine):
    """kept: {(person, purpose): (content, its end)}, which the database must agree with."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[Any, str], tuple[str, Any]] = {}
        self.now = START

    def at(self) -> Any:
        self.now += timedelta(minutes=1)
        return clock.played_at(self.now)

    @rule(person=st.sampled_from(PEOPLE), content=st.sampled_from(NUMBERS), days=st.integers(1, 5))
    def keep_number(self, person: Any, content: str, days: int) -> None:
        self._keep(person, CONTACT, content, days)

    @rule(person=st.sampled_from(PEOPLE), content=st.sampled_from(IDS), days=st.integers(1, 5))
    def keep_id(self, person: Any, content: str, days: int) -> None:
        self._keep(person, IDENTITY, content, days)

    def _keep(self, person: Any, purpose: str, content: str, days: int) -> None:
        with self.at():
            end = self.now + timedelta(days=days)
            keep_phones(by=house("x"), rows=[NewParticular("person", person, purpose, content, end)])
        self.kept[(person, purpose)] = content, end

    @rule(days=st.integers(0, 3))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)
        with self.at():
            retention.chore()
        self.kept = {of: (content, end) for of, (content, end) in self.kept.items() if end > self.now}

    @rule(person=st.sampled_from(PEOPLE))
    def erase(self, person: Any) -> None:
        with self.at():
            ids = list(Particular.objects.filter(subject_id=person).values_list("pk", flat=True))
            erase_particulars(by=house("x"), ids=ids, cause=Erasure.Cause.RESTORED)
        self.kept = {of: content for of, content in self.kept.items() if of[0] != person}

    @rule(purpose=st.sampled_from(["contact", "identity", "matching"]), work=st.booleans())
    def rotate(self, purpose: str, work: bool) -> None:
        with self.at():
            retention.rotate(purpose)
            for job in Job.objects.filter(verb=RENEW, state__in=jobs.OPEN) if work else ():
                assert jobs.do_slice(job)

    @invariant()
    def what_is_kept_is_opened(self) -> None:
        for purpose in (CONTACT, IDENTITY):
            wanted = {of[0]: content for of, (content, _end) in self.kept.items() if of[1] == purpose}
            assert open_all("person", PEOPLE, purpose, self.now) == wanted

    @invariant()
    def what_is_kept_is_found_and_nothing_else(self) -> None:
        for kind, purpose, plain, contents in (
            (PHONE, CONTACT, plain_phone, NUMBERS),
            (PHONE_END, CONTACT, plain_phone_end, NUMBERS),
            (IDENTITY, IDENTITY, plain_identity, IDS),
        ):
            held = {of[0]: plain(content) for of, (content, _end) in self.kept.items() if of[1] == purpose}
            found = find_many(kind, contents, self.now)
            for content in contents:
                assert sorted(found.get(content, [])) == sorted(p for p, c in held.items() if c == plain(content))

    @invariant()
    def it_is_proved(self) -> None:
        assert [d for name in ("particulars", "matches and erasures", "audit") for d in PROOFS[name]()] == []


@pytest.fixture
def own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MUSTER_KEYS", str(tmp_path / "keys"))
    keys.forget()
    keys.create_missing()
    yield tmp_path / "keys"
    monkeypatch.undo()
    keys.forget()


@pytest.mark.django_db
def test_the_vault_agrees_with_what_was_done(own_keys: Path) -> None:
    class Undone(Vault):
        """Each run begins with an empty vault and one key of each purpose."""

        def __init__(self) -> None:
            super().__init__()
            self.point = transaction.savepoint()
            self.keys = Path(tempfile.mkdtemp(dir=own_keys.parent))
            shutil.copytree(own_keys, self.keys / "before")

        def teardown(self) -> None:
            transaction.savepoint_rollback(self.point)
            shutil.rmtree(own_keys)
            shutil.move(self.keys / "before", own_keys)
            keys.forget()

    run_state_machine_as_test(Undone, settings=settings(max_examples=20))  # type: ignore[no-untyped-call]


@given(st.text(max_size=30))
def test_a_plain_form_is_plain(words: str) -> None:
    for plain in (plain_phone, plain_identity):
        assert plain(plain(words)) == plain(words)
        assert plain(f" {words} ") == plain(words)


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        ("139 0000 0001", "13900000001"),
        ("+86 139-0000-0001", "13900000001"),
        ("0086 13900000001", "13900000001"),
        ("\uff11\uff13\uff19\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff11", "13900000001"),
        ("86123", "86123"),
        ("0351-1234567", "03511234567"),
        ("07700 900223", "07700900223"),
    ],
)
def test_one_number_has_one_plain_form(words: str, plain: str) -> None:
    assert plain_phone(words) == plain
