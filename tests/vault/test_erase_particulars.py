"""Erasing: the body and what it is found by go, the envelope and the word of it stay; the clockwork does it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from muster.foundation import clock, journal
from muster.foundation.models import AuditLine, Job
from muster.foundation.rights import house
from muster.vault import retention
from muster.vault.actions import erase_particulars
from muster.vault.erasing import SCRUB
from muster.vault.matching import find
from muster.vault.models import Erasure, Match, Particular
from muster.vault.particulars import NewParticular, open_one
from muster.vault.purposes import CONTACT, PHONE
from tests.cast import START, Cast, at, raises_refusal
from tests.organisation.test_open_phone import keep_phones, with_phones


def _one(cast: Cast, number: str = "m_a1_1") -> Particular:
    return Particular.objects.get(subject_id=cast.people[number].pk)


def test_the_clockwork_erases_what_has_ended_and_says_so(cast: Cast) -> None:
    with_phones(cast)
    kept = Particular.objects.count()
    with at(days=29):
        assert retention.chore() == 0
    with at(days=31):
        assert retention.chore() == kept
        assert retention.chore() == 0
    assert not Match.objects.exists()
    assert not Particular.objects.filter(body__isnull=False).exists()
    said = Erasure.objects.get(subject_id=cast.people["m_a1_1"].pk)
    assert (said.purpose, said.cause, said.at) == (CONTACT, "ended", START + timedelta(days=31))
    assert set(journal.read()["particular"]) >= set(Particular.objects.values_list("pk", flat=True))
    assert Job.objects.filter(verb=SCRUB).count() == 1


def test_it_is_not_found_any_more(cast: Cast) -> None:
    with_phones(cast)
    person = cast.people["m_a1_1"].pk
    number = open_one("person", person, CONTACT, clock.now()) or ""
    assert find(PHONE, number, clock.now()) == [person]
    erase_particulars(by=house("x"), ids=[_one(cast).pk], cause=Erasure.Cause.RESTORED)
    assert find(PHONE, number, clock.now()) == []
    assert open_one("person", person, CONTACT, clock.now()) is None


def test_what_has_not_ended_is_not_erased_as_ended(cast: Cast) -> None:
    with_phones(cast)
    assert erase_particulars(by=house("x"), ids=[_one(cast).pk], cause=Erasure.Cause.ENDED) == 0
    assert _one(cast).body


def test_the_same_twice_is_said_once(cast: Cast) -> None:
    with_phones(cast)
    for erased in (1, 0):
        assert erase_particulars(by=house("x"), ids=[_one(cast).pk], cause=Erasure.Cause.RESTORED) == erased
    assert Erasure.objects.count() == 1


def test_after_a_restore_what_was_kept_anew_stays(cast: Cast) -> None:
    with_phones(cast)
    erased = {_one(cast).pk: START + timedelta(minutes=5), _one(cast, "m_a1_2").pk: START + timedelta(minutes=5)}
    with at(10):
        person = cast.people["m_a1_2"].pk
        keep_phones(by=house("x"), rows=[NewParticular("person", person, CONTACT, "138", START + timedelta(days=9))])
        assert retention.erase_again(erased) == 1
        assert open_one("person", person, CONTACT, clock.now()) == "138"
    assert _one(cast).body is None


@pytest.mark.parametrize("by", ["commander", "administrator", "member"])
def test_it_rejects_everybody_but_the_house(cast: Cast, by: str) -> None:
    with_phones(cast)
    with raises_refusal("rights.refused"):
        erase_particulars(by=getattr(cast, by), ids=[_one(cast).pk], cause=Erasure.Cause.RESTORED)
    assert _one(cast).body


def test_the_line_says_how_many_and_nothing_else(cast: Cast) -> None:
    with_phones(cast)
    erase_particulars(by=house("x"), ids=[_one(cast).pk], cause=Erasure.Cause.RESTORED)
    line = AuditLine.objects.latest("id")
    assert (line.verb, line.ids, line.witnessed) == ("vault.erase_particulars", '["count:1"]', 1)
