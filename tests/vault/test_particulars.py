"""What is personal: encrypted, for one purpose, until it ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from structlog.testing import capture_logs

from muster.foundation import keys
from muster.foundation.errors import Refusal
from muster.foundation.ids import new_id
from muster.vault.matching import find
from muster.vault.models import Particular
from muster.vault.particulars import NewParticular, keep, masked, open_all, open_one, prove
from muster.vault.purposes import CONTACT, IDENTITY, PHONE
from tests.cast import START

ONE, OTHER = new_id(), new_id()
UNTIL = START + timedelta(days=30)


def kept(content: str = "13900000001", subject: object = ONE, purpose: str = CONTACT) -> None:
    keep([NewParticular("person", subject, purpose, content, UNTIL)])  # type: ignore[arg-type]


@pytest.mark.django_db
def test_it_is_opened_as_it_was_kept() -> None:
    kept("\u7535\u8bdd 139 0000 0001")
    kept("", OTHER)
    assert open_all("person", [ONE, OTHER, new_id()], CONTACT, START) == {ONE: "\u7535\u8bdd 139 0000 0001", OTHER: ""}


@pytest.mark.django_db
def test_the_database_holds_nothing_that_can_be_read() -> None:
    kept()
    kept(subject=OTHER)
    one, other = (bytes(p.body) for p in Particular.objects.all())  # type: ignore[arg-type]
    assert b"139" not in one
    assert one != other


@pytest.mark.django_db
def test_it_is_not_opened_for_another_purpose_or_kind() -> None:
    kept()
    assert open_all("person", [ONE], IDENTITY, START) == {}
    assert open_all("unit", [ONE], CONTACT, START) == {}


@pytest.mark.django_db
def test_it_ends() -> None:
    kept()
    assert open_all("person", [ONE], CONTACT, UNTIL - timedelta(seconds=1))
    assert open_all("person", [ONE], CONTACT, UNTIL) == {}


@pytest.mark.django_db
def test_an_erased_one_leaves_its_envelope() -> None:
    kept()
    Particular.objects.update(body=None, erased_at=START)
    assert open_all("person", [ONE], CONTACT, START) == {}
    assert Particular.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("changes", [{"body": None}, {"erased_at": START}])
def test_it_is_either_there_or_erased(changes: dict[str, object]) -> None:
    kept()
    with pytest.raises(IntegrityError), transaction.atomic():
        Particular.objects.update(**changes)


@pytest.mark.django_db
def test_there_is_one_for_each_purpose() -> None:
    kept()
    kept(purpose=IDENTITY)
    row = Particular.objects.get(purpose=CONTACT)
    row.pk = new_id()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.django_db
def test_what_is_kept_again_replaces_what_was_kept() -> None:
    kept()
    before = Particular.objects.get()
    kept("13800000002")
    after = Particular.objects.get()
    assert (after.pk, open_one("person", ONE, CONTACT, START)) == (before.pk, "13800000002")
    assert find(PHONE, "13900000001", START) == []
    assert find(PHONE, "138 0000 0002", START) == [ONE]


@pytest.mark.django_db
def test_what_was_erased_may_be_kept_anew() -> None:
    kept()
    Particular.objects.update(body=None, erased_at=START)
    kept("13800000002")
    assert open_one("person", ONE, CONTACT, START) == "13800000002"


@pytest.mark.django_db
def test_it_rejects_a_purpose_that_nobody_knows() -> None:
    with pytest.raises(KeyError):
        kept(purpose="curiosity")


@pytest.mark.django_db
def test_bodies_cannot_be_swapped() -> None:
    kept()
    kept("13900000002", OTHER)
    bodies = dict(Particular.objects.values_list("subject_id", "body"))
    Particular.objects.filter(subject_id=ONE).update(body=bodies[OTHER])
    assert open_all("person", [ONE, OTHER], CONTACT, START) == {OTHER: "13900000002"}
    assert open_one("person", OTHER, CONTACT, START) == "13900000002"
    with pytest.raises(Refusal) as caught:
        open_one("person", ONE, CONTACT, START)
    assert (caught.value.code, caught.value.status) == ("particular.unreadable", 503)


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"", b"short", bytes(40)])
def test_what_is_spoilt_is_left_out_counted_and_told_without_anything_personal(body: bytes) -> None:
    kept()
    kept("13900000002", OTHER)
    assert prove() == []
    Particular.objects.filter(subject_id=ONE).update(body=body)
    with capture_logs() as logs:
        assert open_all("person", [ONE, OTHER], CONTACT, START) == {OTHER: "13900000002"}
    spoilt = str(Particular.objects.get(subject_id=ONE).pk)
    assert logs == [{"event": "vault.unreadable", "log_level": "warning", "purpose": CONTACT, "particular": spoilt}]
    with translation.override("en"):
        assert prove() == [
            "1 particulars cannot be read with the key contact-0001: put the folder of keys, or them, back"
        ]


@pytest.mark.django_db
def test_one_that_is_not_kept_is_none() -> None:
    kept()
    assert open_one("person", OTHER, CONTACT, START) is None
    assert open_one("person", ONE, CONTACT, UNTIL) is None


@pytest.mark.django_db
def test_other_keys_open_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept()
    monkeypatch.setenv("MUSTER_KEYS", str(tmp_path))
    keys.create_missing()
    try:
        assert open_all("person", [ONE], CONTACT, START) == {}
    finally:
        monkeypatch.undo()
        keys.forget()
    assert open_all("person", [ONE], CONTACT, START) == {ONE: "13900000001"}


@pytest.mark.parametrize(
    ("phone", "shown"), [("13900000001", "139****0001"), ("12345678", "123****5678"), ("1234567", "****"), ("", "****")]
)
def test_a_masked_number_shows_its_ends_only(phone: str, shown: str) -> None:
    assert masked(phone) == shown
