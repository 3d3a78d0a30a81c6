"""After a rotation what the old key encrypted and matched is done anew, and nothing is lost on the way."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.foundation import clock, jobs, keys
from muster.foundation.models import Job
from muster.foundation.registry import PROOFS
from muster.foundation.rights import house
from muster.vault import retention
from muster.vault.actions import RENEW, renew_particulars
from muster.vault.matching import find
from muster.vault.models import Match, Particular
from muster.vault.particulars import open_all
from muster.vault.purposes import CONTACT, PHONE, PHONE_END
from tests.cast import Cast, raises_refusal
from tests.organisation.test_open_phone import phone_of, with_phones


@pytest.fixture
def own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the keys, to which the test may add."""
    place = tmp_path / "keys"
    shutil.copytree(keys.folder(), place)
    monkeypatch.setenv("MUSTER_KEYS", str(place))
    keys.forget()
    yield place
    monkeypatch.undo()
    keys.forget()


def _numbers(cast: Cast) -> dict[object, str]:
    return open_all("person", [p.pk for p in cast.people.values()], CONTACT, clock.now())


@pytest.mark.parametrize("purpose", ["contact", "matching"])
def test_a_rotation_renews_what_hangs_on_the_key(own_keys: Path, cast: Cast, purpose: str) -> None:

    with_phones(cast)
    before = _numbers(cast)
    assert retention.rotate(purpose) == "0002"
    person = cast.people["m_a1_1"].pk
    assert find(PHONE, phone_of("m_a1_1", cast), clock.now()) == [person]
    jobs.work()
    job = Job.objects.get(verb=RENEW)
    assert (job.state, job.done, job.of) == ("done", len(before), len(before))
    in_force = {"contact": Particular, "matching": Match}[purpose]._default_manager
    assert set(in_force.values_list("key_id", flat=True)) == {"0002"}
    assert _numbers(cast) == before
    assert find(PHONE_END, phone_of("m_a1_1", cast), clock.now()) == [person]
    assert not [d for name in ("particulars", "matches and erasures") for d in PROOFS[name]()]
    if purpose == "contact":
        # A stolen copy of the old key opens nothing of today's database.
        (own_keys / "contact-0001").unlink()
        keys.forget()
        assert _numbers(cast) == before


@pytest.mark.parametrize("purpose", ["sealing", "signing"])
def test_what_the_old_key_sealed_or_signed_is_still_proved(own_keys: Path, cast: Cast, purpose: str) -> None:
    order = cast.order()
    retention.rotate(purpose)
    cast.answer(order, "A1")
    assert not Job.objects.filter(verb=RENEW).exists()
    assert [d for prove in PROOFS.values() for d in prove()] == []


def test_a_spoilt_one_holds_nothing_up(own_keys: Path, cast: Cast) -> None:
    cast.tampered = True
    with_phones(cast)
    spoilt = Particular.objects.order_by("pk")[0]
    Particular.objects.filter(pk=spoilt.pk).update(body=b"short")
    retention.rotate("contact")
    jobs.work()
    assert list(Particular.objects.exclude(key_id="0002").values_list("pk", flat=True)) == [spoilt.pk]


def test_a_rotation_while_one_is_renewed_leaves_nothing_behind(
    own_keys: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_phones(cast)
    before = _numbers(cast)
    monkeypatch.setattr(retention, "SLICE", 3)
    retention.rotate("contact")
    assert jobs.do_slice(Job.objects.get(verb=RENEW))
    retention.rotate("contact")
    jobs.work()
    assert set(Particular.objects.values_list("key_id", flat=True)) == {"0003"}
    assert _numbers(cast) == before


def test_it_rejects_everybody_but_the_house(cast: Cast) -> None:
    with_phones(cast)
    with raises_refusal("rights.refused"):
        renew_particulars(by=cast.commander, ids=[Particular.objects.all()[0].pk])
    assert renew_particulars(by=house("x"), ids=[Particular.objects.all()[0].pk]) == 1
