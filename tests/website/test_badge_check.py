"""Anybody checks a badge: on the page and with the command."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from muster.foundation import keys
from muster.foundation.clock import machine_now, played_at
from muster.foundation.models import Database
from muster.mobilisation.actions import withdraw_order
from muster.mobilisation.answers import revoke_badge
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Badge, Order
from tests.cast import Cast, at
from tests.website.conftest import Visit
from tests.website.test_roll_pages import text_of

VERDICTS = {
    "valid": "This badge is valid",
    "revoked": "This badge was revoked",
    "expired": "This badge has expired",
    "forged": "This badge was not issued here",
    "unreadable": "This is no badge",
}


def payload(verdict: str, cast: Cast) -> str:
    """A text of which that must be said."""
    badge = Badge.objects.get(person=cast.people["m_a1_1"])
    if verdict == "revoked":
        revoke_badge(by=cast.lead, unit=cast.village, badge=badge)
    if verdict == "forged":
        head, signature = badge.payload.rsplit(".", 1)
        return f"{head}.{signature[:-4]}AAAA"
    return "MUSTER1.no.badge" if verdict == "unreadable" else badge.payload


@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_page_says_it_in_words(cast: Cast, order: Order, visit: Visit, verdict: str) -> None:
    given = payload(verdict, cast)
    with at(hours=24 * 70 if verdict == "expired" else 7):
        answer = visit("").post("/badge/check", {"text": f"  {given}\n"})
    page = text_of(answer)
    assert answer.status_code == 200
    assert VERDICTS[verdict] in page
    assert ("Unit A1" in page) == (verdict in ("valid", "revoked", "expired"))
    assert "Name of" not in page, "a badge names nobody"
    assert answer["Cache-Control"] == "no-store"


def test_a_text_that_was_broken_into_lines_is_the_badge(
    cast: Cast, order: Order, visit: Visit, capsys: pytest.CaptureFixture[str]
) -> None:
    given = payload("valid", cast)
    broken = "\r\n".join((given[:50], given[50:90] + " " + given[90:]))
    assert "This badge is valid" in text_of(visit("").post("/badge/check", {"text": broken}))
    assert _command("check", broken, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "valid"


@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_command_ends_with_0_only_when_valid(
    cast: Cast, order: Order, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = payload(verdict, cast)
    with at(hours=24 * 70 if verdict == "expired" else 7):
        code = _command("check", given, "--format", "json")
    assert json.loads(capsys.readouterr().out)["verdict"] == verdict
    assert code == (0 if verdict == "valid" else 1)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_command_says_it_in_the_words_of_the_page(
    cast: Cast, order: Order, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = payload(verdict, cast)
    with at(hours=24 * 70 if verdict == "expired" else 7):
        _command("check", given)
    said = capsys.readouterr().out
    assert said.startswith(VERDICTS[verdict])
    assert ("Role: On duty\nUnit: Unit A1\nNumber: " in said) == (verdict in ("valid", "revoked", "expired"))


def test_a_check_elsewhere_needs_two_files(
    cast: Cast, order: Order, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = payload("revoked", cast)
    public, gone = tmp_path / "keys.json", tmp_path / "revoked.txt"
    _command("keys")
    public.write_text(capsys.readouterr().out, encoding="utf-8")
    _command("revoked")
    gone.write_text(capsys.readouterr().out, encoding="utf-8")
    assert json.loads(public.read_text()) == keys.public_signing_keys()
    assert _command("check", given, "--keys", str(public), "--revoked", str(gone)) == 1
    gone.write_text("", encoding="utf-8")
    assert _command("check", given, "--keys", str(public), "--revoked", str(gone)) == 0
    public.write_text(json.dumps({"0001": "00" * 32}), encoding="utf-8")
    assert _command("check", given, "--keys", str(public), "--revoked", str(gone)) == 1


@pytest.mark.parametrize("content", ["", "[]", '{"0001": "zz"}', '{"0001": 5}', '{"0001": "00"}', None])
def test_a_file_that_holds_no_keys_is_refused(
    cast: Cast, order: Order, tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "keys.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert _command("check", payload("valid", cast), "--keys", str(file)) == 1
    assert str(file) in capsys.readouterr().err


@pytest.mark.parametrize(("minutes", "verdict"), [(-1, "valid"), (0, "expired")])
def test_it_ends_with_its_last_day_in_the_districts_zone(
    cast: Cast, order: Order, visit: Visit, minutes: int, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Database.objects.update_or_create(defaults={"drill": False, "made_at": machine_now()})
    badge = Badge.objects.get(person=cast.people["m_a1_1"])
    midnight = datetime.combine(badge.valid_to + timedelta(days=1), time(0), ZoneInfo("Asia/Shanghai"))
    with played_at(midnight + timedelta(minutes=minutes)):
        assert VERDICTS[verdict] in text_of(visit("").post("/badge/check", {"text": badge.payload}))
        shown = text_of(visit("m_a1_1").get("/my/badge/"))
        assert ("Your badge has expired" in shown) == (verdict == "expired")
        _command("check", badge.payload, "--format", "json")
    assert json.loads(capsys.readouterr().out)["verdict"] == verdict


def test_its_last_day_is_counted_from_the_day_in_the_districts_zone(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "m_a1_2", REPORT_IN)
    with at(hours=15, minutes=30):  # half past midnight of the 30th there, the 29th in UTC
        assert visit("m_a1_2").post(f"/my/entries/{entry.pk}/report-in/").status_code == 302
    assert Badge.objects.get(person=cast.people["m_a1_2"]).valid_to == date(2020, 3, 30)


def test_nothing_is_asked_of_the_page_without_a_text(cast: Cast, visit: Visit) -> None:
    assert "Put the text of a badge here first" in text_of(visit("").post("/badge/check", {"text": " "}))
    assert "Scan the QR" in text_of(visit("").get("/badge/check"))
    assert "This is no badge" in text_of(visit("").post("/badge/check", {"text": "x" * 100_000}))


def test_a_withdrawn_order_leaves_badges_valid(cast: Cast, order: Order, visit: Visit) -> None:
    withdraw_order(by=cast.commander, order=order)
    given = Badge.objects.get(person=cast.people["m_a1_1"]).payload
    assert "This badge is valid" in text_of(visit("").post("/badge/check", {"text": given}))


def _command(*arguments: Any) -> int:
    """The command's exit code."""
    try:
        call_command("badge", *arguments)
    except SystemExit as end:
        return int(end.code or 0)
    return 0
