"""The chain over the audit log."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connections

from muster.foundation import seals
from muster.foundation.audit import line_digest
from muster.foundation.models import AuditLine, Database, Seal, SealedLine
from tests.cast import START, Cast, at
from tests.foundation.verbs import BY, do


def chain() -> list[tuple[int, int]]:
    """(number, lines) of each seal."""
    return list(Seal.objects.order_by("no").values_list("no", "lines"))


def write(count: int, minutes: float) -> None:
    with at(minutes):
        for _ in range(count):
            do(by=BY)


@pytest.mark.django_db
def test_each_line_falls_into_one_seal_in_order() -> None:
    for minute, count in enumerate((3, 1, 4)):
        write(count, minute)
        with at(minute, seconds=11):
            assert seals.seal_settled() == count
    assert chain() == [(1, 3), (2, 1), (3, 4)]
    lines = list(AuditLine.objects.order_by("at", "id").values_list("pk", flat=True))
    placed = list(SealedLine.objects.order_by("seal", "position").values_list("line", flat=True))
    assert placed == lines
    assert seals.prove() == []


@pytest.mark.django_db
def test_each_seal_goes_on_from_the_one_before() -> None:
    for minute in range(3):
        write(1, minute)
        with at(minute, seconds=11):
            seals.seal_settled()
    found = list(Seal.objects.order_by("no"))
    assert [s.prev_hash for s in found] == [seals.FIRST, found[0].hash, found[1].hash]
    assert all(s.up_to == START + timedelta(minutes=m, seconds=1) for m, s in enumerate(found))
    assert seals.latest() == found[2]
    for seal in found:
        digests = [line_digest(p.line) for p in SealedLine.objects.filter(seal=seal).select_related("line")]
        assert seals.seal_hash(seal, digests) == seal.hash


@pytest.mark.django_db
def test_only_what_is_settled_is_sealed() -> None:
    write(1, 0)
    write(1, 1)
    with at(1, seconds=9):
        assert seals.seal_settled() == 1
    assert seals.oldest_unsealed_at() == START + timedelta(minutes=1)
    with at(1, seconds=10):
        assert seals.seal_settled() == 1
    assert seals.oldest_unsealed_at() is None


@pytest.mark.django_db
def test_nothing_new_makes_no_seal() -> None:
    assert seals.seal_settled() == 0
    write(1, 0)
    with at(1):
        assert seals.seal_settled() == 1
        assert seals.seal_settled() == 0
    assert len(chain()) == 1
    assert seals.latest() is not None


@pytest.mark.django_db
def test_many_lines_are_sealed_in_slices_that_part_no_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "SLICE_LINES_MAX", 3)
    write(2, 0)
    write(4, 1)
    write(1, 2)
    write(3, 3)
    with at(4):
        assert seals.seal_settled() == 10
    assert chain() == [(1, 6), (2, 4)]
    assert Seal.objects.get(no=1).up_to == START + timedelta(minutes=1)
    assert seals.prove() == []


@pytest.mark.django_db
def test_a_seal_that_was_never_made_does_not_stand_in_the_chain() -> None:
    assert seals.prove(seal="0" * 64)
    write(1, 0)
    with at(1):
        seals.seal_settled()
    newest = seals.latest()
    assert newest is not None
    assert seals.prove(seal=newest.hash) == []
    assert seals.prove(seal=newest.hash[:-1] + "x")


def test_sealing_a_districts_day(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    with at(1):
        assert seals.seal_settled() == AuditLine.objects.count()


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_make_one_chain() -> None:
    Database.objects.create(made_at=START)
    write(20, 0)
    results = []

    def seal() -> None:
        try:
            with at(5):
                results.append(seals.seal_settled())
        except Exception as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == [0, 0, 0, 20]
    assert chain() == [(1, 20)]


@pytest.mark.django_db
def test_verify_says_since_when_lines_are_not_sealed(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify")
    assert "not sealed yet: nothing" in capsys.readouterr().out
    write(1, 0)
    with at(5):
        call_command("verify")
    told = f"not sealed yet: lines from {START.isoformat(timespec='seconds')} (5 minutes ago) on"
    assert told in capsys.readouterr().out
