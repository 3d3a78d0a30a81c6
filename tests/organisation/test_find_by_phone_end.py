"""Somebody is found by the last four digits: by whom they may be reached, so often in an hour, counted in the log."""

from __future__ import annotations

import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.translation import override

from muster.foundation import jobs, keys
from muster.foundation.errors import Refusal
from muster.foundation.models import AuditLine
from muster.organisation import phone_ends
from muster.organisation.models import Appointment, LockOut
from muster.organisation.phone_ends import find_by_phone_end
from muster.vault import retention
from muster.vault.models import Match, Reading
from tests.cast import START, Cast, at, raises_refusal
from tests.organisation.test_open_phone import phone_of, with_phones


def end_of(number: str, cast: Cast) -> str:
    return phone_of(number, cast)[-4:]


@pytest.mark.parametrize("by", ["lead_a1", "lead_a", "commander", "clerk"])
def test_it_finds_by_whom_they_may_be_reached(cast: Cast, by: str) -> None:
    with_phones(cast)
    assert find_by_phone_end(by=cast.actor(by), digits=end_of("m_a1_1", cast)) == [cast.people["m_a1_1"].pk]


@pytest.mark.parametrize("by", ["lead_a2", "lead_b"])
def test_nobody_of_others_is_found_nor_counted(cast: Cast, by: str) -> None:
    with_phones(cast)
    assert find_by_phone_end(by=cast.actor(by), digits=end_of("m_a1_1", cast)) == []
    assert "count:0" in AuditLine.objects.latest("id").ids


def test_who_has_left_is_not_found(cast: Cast) -> None:
    with_phones(cast)
    Appointment.objects.filter(person=cast.people["m_a1_1"]).update(until=START)
    assert find_by_phone_end(by=cast.commander, digits=end_of("m_a1_1", cast)) == []


def test_the_log_counts_and_names_neither_whom_nor_the_digits(cast: Cast) -> None:
    with_phones(cast)
    digits = end_of("m_a1_1", cast)
    find_by_phone_end(by=cast.lead, digits=digits)
    line = AuditLine.objects.latest("id")
    assert (line.verb, line.actor, line.ids) == ("organisation.find_by_phone_end", "lead_a1", '["count:1"]')
    assert not Reading.objects.exists(), "it reaches nobody"
    assert digits not in "".join(str(value) for value in LockOut.objects.values_list("key_hmac", "kind"))


def test_it_goes_on_finding_while_a_new_key_takes_over(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(keys.folder(), tmp_path / "keys")
    monkeypatch.setenv("MUSTER_KEYS", str(tmp_path / "keys"))
    keys.forget()
    with_phones(cast)
    assert retention.rotate("matching") == "0002"
    for _before_and_after in range(2):
        assert find_by_phone_end(by=cast.lead, digits=end_of("m_a1_1", cast)) == [cast.people["m_a1_1"].pk]
        jobs.work()
    assert set(Match.objects.values_list("key_id", flat=True)) == {"0002"}
    cast.tampered = True  # with the keys of this test, which go
    monkeypatch.undo()
    keys.forget()


@pytest.mark.parametrize("by", ["m_a1_1", "counsellor", "administrator"])
def test_it_rejects_who_reaches_nobody_by_phone(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        find_by_phone_end(by=cast.actor(by), digits="0001")


@pytest.mark.parametrize("digits", ["", "001", "00001", "12a4", "\u0661\u0662\u0663\u0664"])
def test_it_rejects_what_are_no_four_digits(cast: Cast, digits: str) -> None:
    with raises_refusal("phone_end.wrong"):
        find_by_phone_end(by=cast.lead, digits=digits)


def test_it_rejects_more_looks_than_an_hour_has(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_ends, "LOOKS_MAX", 3)
    for minute in range(3):
        with at(minute):
            find_by_phone_end(by=cast.lead, digits="0001")
    local = timezone.override(ZoneInfo("Asia/Shanghai"))
    with local, at(3), raises_refusal("phone_end.often") as caught:
        find_by_phone_end(by=cast.lead, digits="0001")
    assert caught.value.status == 429
    assert "10:00" in str(caught.value.next_step), "an hour after the first"
    with at(4):
        find_by_phone_end(by=cast.sibling, digits="0001")
    with at(hours=1):
        find_by_phone_end(by=cast.lead, digits="0001")


def test_the_limit_is_far_below_what_trying_all_needs() -> None:
    hours = 10_000 / phone_ends.LOOKS_MAX * (phone_ends.LOOKS_WITHIN.total_seconds() / 3600)
    assert hours > 6 * 24


def test_a_refused_look_says_so_in_words(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_ends, "LOOKS_MAX", 0)
    find_by_phone_end(by=cast.lead, digits="0001")
    with override("en"), pytest.raises(Refusal, match="looked through"):
        find_by_phone_end(by=cast.lead, digits="0001")
