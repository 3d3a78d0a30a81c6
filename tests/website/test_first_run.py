"""An empty database becomes a district in three steps, that only whoever has the code takes, left and resumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from muster.foundation import clock
from muster.foundation.models import Database
from muster.mobilisation.models import Series
from muster.organisation import codes
from muster.organisation.models import Account, District, Grant, LockOut, Unit, UnitKind
from muster.roll.models import Reason
from muster.vault.models import Basis
from muster.vault.purposes import lacks_basis
from muster.website import first_run
from tests.website.test_roll_pages import text_of

pytestmark = pytest.mark.django_db
DISTRICT = {
    "name": "Harbour District",
    "code": "140110000000",
    "rank1": "District",
    "rank2": "Town",
    "rank3": "Village",
    "office2": "Office",
    "zone": "Asia/Shanghai",
    "language": "en",
    "day_starts_at": "08:00",
}
SHEET = "Code,Name,Kind,Code of the unit above\nT1,First Town,Town,140110000000\nV1,First Village,Village,T1\n"


@pytest.fixture
def client() -> Client:
    """A browser before an empty database of a district."""
    Database.objects.get_or_create(defaults={"made_at": clock.machine_now()})
    return Client(headers={"accept-language": "en"})


def shown(client: Client) -> Client:
    """Whoever has the code has shown it."""
    answer = client.post("/set-up/", {"code": codes.grouped(first_run.code()).lower()})
    assert answer["Location"] == reverse(f"first_{first_run.step()}")
    return client


def test_from_empty_to_the_sheet(client: Client) -> None:
    assert 'href="/set-up/"' in client.get("/").content.decode()
    shown(client)
    assert client.post("/set-up/district/", DISTRICT)["Location"] == "/set-up/units/"
    district = District.objects.get()
    assert (district.root.name, district.zone, str(district.day_starts_at)) == (
        "Harbour District",
        "Asia/Shanghai",
        "08:00:00",
    )
    assert Series.objects.get().issuer == district.root
    assert Reason.objects.filter(use="excuse").exists()
    assert "117 divisions are shipped" in text_of(client.get("/set-up/units/"))
    client.post("/set-up/units/", {"what": "shipped"})
    assert Unit.objects.count() == 118
    answer = client.post("/set-up/accounts/", {"commander": "Ada Lovelace", "clerk": "Grace Hopper"})
    page = text_of(answer)
    assert "Ada Lovelace" in page
    assert "muster keys export" in page
    assert answer["Cache-Control"].startswith("no-store") or "no-store" in answer["Cache-Control"]
    assert set(Grant.objects.values_list("account__person__name", "role")) >= {
        ("Ada Lovelace", "commander"),
        ("Grace Hopper", "clerk"),
    }
    assert not first_run.is_open()
    for address in ("/set-up/", "/set-up/district/", "/set-up/units/", "/set-up/accounts/"):
        assert client.get(address).status_code == 404


def test_the_legal_basis_is_named_once_for_all_that_is_kept(client: Client) -> None:
    shown(client).post("/set-up/district/", DISTRICT | {"legal_basis": " Harbour Act, section 3 "})
    assert set(Basis.objects.values_list("legal_basis", flat=True)) == {"Harbour Act, section 3"}
    assert not lacks_basis()


def test_the_legal_basis_may_be_named_later(client: Client) -> None:
    shown(client).post("/set-up/district/", DISTRICT)
    assert set(Basis.objects.values_list("legal_basis", flat=True)) == {""}
    assert lacks_basis()


def test_it_is_left_and_resumed(client: Client) -> None:
    shown(client).post("/set-up/district/", DISTRICT)
    other = Client(headers={"accept-language": "en"})
    assert other.get("/set-up/district/")["Location"] == "/set-up/"
    assert shown(other).get("/set-up/district/")["Location"] == "/set-up/units/", "what is done is not asked again"
    other.post("/set-up/units/", {"what": "shipped"})
    assert client.get("/set-up/district/")["Location"] == "/set-up/accounts/"


def test_a_step_that_was_cut_off_is_ended_by_sending_it_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    shown(client)
    with monkeypatch.context() as cut:
        cut.setattr(first_run, "set_up_district", _killed)
        with pytest.raises(RuntimeError):
            client.post("/set-up/district/", DISTRICT)
    assert UnitKind.objects.count() == 4
    assert client.post("/set-up/district/", DISTRICT).status_code == 302
    assert (UnitKind.objects.count(), Unit.objects.count(), District.objects.count()) == (4, 1, 1)


def _killed(**_: Any) -> None:
    raise RuntimeError("killed")


def test_a_sheet_brings_the_units_and_says_what_it_refuses(client: Client, tmp_path: Path) -> None:
    shown(client).post("/set-up/district/", DISTRICT)
    file = tmp_path / "units.csv"
    file.write_text(SHEET + "V2,Second Village,Village,nowhere\n", encoding="utf-8")
    with file.open("rb") as opened:
        answer = client.post("/set-up/units/", {"what": "sheet", "file": opened})
    page = text_of(answer)
    assert "2 new units written, 1 rows refused" in page
    assert "nowhere" in page
    assert Unit.objects.get(name="First Village").parent == Unit.objects.get(name="First Town")
    file.write_text(SHEET + "V2,Second Village,Village,T1\n", encoding="utf-8")
    with file.open("rb") as opened:
        assert client.post("/set-up/units/", {"what": "sheet", "file": opened}).status_code == 302
    assert Unit.objects.count() == 4


def test_it_rejects_a_wrong_code_and_locks(client: Client) -> None:
    for _ in range(3):
        answer = client.post("/set-up/", {"code": "AAAA-AAAA-AAAA"})
        assert answer.status_code == 422
    assert LockOut.objects.get().tries == 3
    assert client.get("/set-up/district/")["Location"] == "/set-up/"
    assert client.post("/set-up/district/", DISTRICT)["Location"] == "/set-up/"
    assert not District.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"code": " "},
        {"rank2": ""},
        {"legal_basis": "x" * 401},
        {"zone": "Mars/Base"},
        {"language": "xx"},
        {"day_starts_at": "x"},
        {"day_starts_at": "08:00+08:00"},
    ],
)
def test_it_rejects_what_cannot_be_and_keeps_what_was_typed(client: Client, changes: dict[str, str]) -> None:
    answer = shown(client).post("/set-up/district/", DISTRICT | changes)
    assert answer.status_code == 422
    assert not District.objects.exists()
    if "name" not in changes:
        assert 'value="Harbour District"' in answer.content.decode()


def test_it_rejects_accounts_without_a_commander(client: Client) -> None:
    shown(client).post("/set-up/district/", DISTRICT)
    answer = client.post("/set-up/accounts/", {"clerk": "Grace Hopper"})
    assert answer.status_code == 422
    assert not Account.objects.exists()


def test_it_rejects_a_drill(client: Client) -> None:
    Database.objects.update(drill=True)
    assert client.get("/set-up/").status_code == 404


def test_accounts_that_were_cut_off_are_ended_by_sending_them_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown(client).post("/set-up/district/", DISTRICT)
    with monkeypatch.context() as cut:
        cut.setattr(first_run, "grant_role", _killed)
        with pytest.raises(RuntimeError):
            client.post("/set-up/accounts/", {"commander": "Ada Lovelace", "clerk": "Grace Hopper"})
    answer = client.post("/set-up/accounts/", {"commander": "Ada King", "clerk": "Grace Hopper"})
    assert answer.status_code == 200
    assert set(Grant.objects.exclude(role="member").values_list("account__person__name", "role")) == {
        ("Ada King", "commander"),
        ("Ada King", "lead"),
        ("Grace Hopper", "clerk"),
    }
