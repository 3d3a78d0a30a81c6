"""The office's pages of cards: who has one, printing them, one on the screen, unlocking, shared phones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.foundation import clock
from muster.foundation.errors import Refusal, text
from muster.foundation.models import AuditLine
from muster.foundation.rights import house
from muster.mobilisation.models import Order
from muster.organisation import paper
from muster.organisation.actions import appoint
from muster.organisation.devices import take_pin_try, tell_pin_locked
from muster.organisation.models import Code, Device, Pin
from tests.cast import Cast, at
from tests.organisation.ways import MEMBER, card, come_in
from tests.website.conftest import Visit
from tests.website.test_roll_pages import text_of

LIST, PRINT = "/office/people/cards/", "/office/people/cards/print/"


def test_a_lead_sees_their_unit_and_no_other(cast: Cast, order: Order, visit: Visit) -> None:
    page = text_of(visit("lead_a1").get(LIST))
    assert "3 have not come in yet" in page
    for number in ("lead_a1", "m_a1_1", "m_a1_2"):
        assert f"Name of {number}" in page
    assert "m_a2_1" not in page
    assert "Name of m_a2_1" in text_of(visit("lead_a").get(LIST))
    assert "m_a2_1" not in text_of(visit("lead_a").get(LIST, {"unit": "A1"}))
    assert visit("lead_a1").get(LIST, {"unit": "A2"}).status_code == 404
    for number in ("clerk", "administrator", "m_a1_1", "counsellor"):
        assert visit(number).get(LIST).status_code == 403


def test_each_state_is_told(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("lead_a1")
    page = f"{LIST}{cast.people[MEMBER].pk}/"
    assert "not made" in text_of(client.get(page))
    card(cast)
    assert "made, not used" in text_of(client.get(page))
    with at(hours=6, days=31):
        assert "expired, not used" in text_of(client.get(page))
    come_in(cast)
    assert "come in" in text_of(client.get(page))
    for _ in range(5):
        take_pin_try(by=house("door", "web"), person=cast.people[MEMBER])
    tell_pin_locked(by=house("door", "web"), person=cast.people[MEMBER])
    assert "PIN locked" in text_of(client.get(page))
    assert "Five wrong PINs" in text_of(client.get(LIST))
    assert client.post(page, {"what": "unlock"})["Location"].endswith("?told=unlock")
    assert Pin.objects.get().locked_at is None
    assert client.post(page, {"what": "revoke"})["Location"].endswith("?told=revoke")
    assert "revoked" in text_of(client.get(page))


def test_the_lists_say_who_is_missing(cast: Cast, order: Order, visit: Visit) -> None:
    come_in(cast)
    card(cast, "m_a1_1")
    client = visit("lead_a1")
    page = text_of(client.get(LIST))
    assert "All 3" in page
    assert "Not come in yet 2" in page
    assert "Without a card 1" in page
    unused = text_of(client.get(LIST, {"show": "unused"}))
    assert "Name of m_a1_1" in unused
    assert f"Name of {MEMBER}" not in unused
    assert "Name of m_a1_1" not in text_of(client.get(LIST, {"show": "without"}))
    assert "Name of m_a1_1" not in text_of(client.get(LIST, {"q": "lead"}))
    assert "Nobody stands on this list." in text_of(client.get(LIST, {"show": "locked"}))


def test_all_who_have_none_get_one_as_a_pdf(cast: Cast, order: Order, visit: Visit) -> None:
    card(cast, "m_a1_1")
    client = visit("lead_a1")
    answer = client.post(PRINT, {"unit": "A1"})
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "application/pdf", "no-store")
    assert answer.content.startswith(b"%PDF-")
    assert "attachment" in answer["Content-Disposition"]
    numbers = Code.objects.filter(revoked_at__isnull=True).values_list("person__number", flat=True)
    assert sorted(numbers) == ["lead_a1", "m_a1_1", MEMBER]
    assert AuditLine.objects.filter(verb="organisation.issue_codes").count() == 2
    again = client.post(PRINT, {"unit": "A1"})
    assert again.status_code == 422
    assert "Nobody is chosen." in text_of(again)


def test_the_page_that_stays_says_how_to_see_what_was_printed(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("lead_a1")
    asked = {"unit": "A1", "show": "without"}
    before = client.get(LIST, asked)
    assert 'href="?unit=A1&amp;show=without">Printed? Show the list as it is now' in before.content.decode()
    own = f"{LIST}{cast.people[MEMBER].pk}/"
    assert f'href="{own}">Printed? Show the card as it is now' in client.get(own).content.decode()
    assert client.post(PRINT, {"unit": "A1"}).status_code == 200
    assert "Nobody stands on this list." in text_of(client.get(LIST, asked))


def test_those_ticked_get_a_new_one(cast: Cast, order: Order, visit: Visit) -> None:
    old = card(cast)
    answer = visit("lead_a1").post(PRINT, {"unit": "A1", "person": [str(cast.people[MEMBER].pk)]})
    assert answer.status_code == 200
    assert Code.objects.get(pk=old.pk).revoked_at is not None
    assert Code.objects.filter(revoked_at__isnull=True).count() == 1
    from_their_page = visit("lead_a").post(PRINT, {"person": [str(cast.people[MEMBER].pk)]})
    assert from_their_page.status_code == 200


@pytest.mark.parametrize(
    ("who", "form", "status"),
    [
        ("lead_a2", {"unit": "A1"}, 404),
        ("lead_b", {"unit": "A1"}, 404),
        ("clerk", {"unit": "A1"}, 403),
        ("m_a1_1", {"unit": "A1"}, 403),
        ("lead_a1", {"unit": "A1", "person": "x"}, 404),
    ],
)
def test_it_rejects_whoever_makes_none_there(
    cast: Cast, order: Order, visit: Visit, who: str, form: dict[str, Any], status: int
) -> None:
    assert visit(who).post(PRINT, form).status_code == status
    assert not Code.objects.exists()


def test_somebody_of_elsewhere_among_the_ticked_gets_none(cast: Cast, order: Order, visit: Visit) -> None:
    answer = visit("lead_a1").post(PRINT, {"unit": "A1", "person": [str(cast.people["m_a2_1"].pk)]})
    assert answer.status_code == 422
    assert not Code.objects.exists()
    assert visit("lead_a1").get(f"{LIST}{cast.people['m_a2_1'].pk}/").status_code == 404


def test_who_is_made_above_is_left_out_and_told(cast: Cast, order: Order, visit: Visit) -> None:
    answer = visit("lead_h").post(PRINT, {"unit": "H"})
    assert answer.status_code == 200
    assert list(Code.objects.values_list("person__number", flat=True)) == ["lead_h"]
    page = text_of(visit("lead_h").get(f"{LIST}{cast.people['counsellor'].pk}/"))
    assert "Their card is made a level above." in page


def test_without_the_extra_nothing_is_made(
    cast: Cast, order: Order, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Any:
        raise Refusal("print.missing", text("No."), text("Install it."), status=503)

    monkeypatch.setattr(paper, "_require_libraries", missing)
    client = visit("lead_a1")
    assert client.post(PRINT, {"unit": "A1"}).status_code == 503
    assert not Code.objects.exists()
    assert "This server prints no cards" in text_of(client.get(LIST))


def test_a_card_is_shown_on_the_screen_once(cast: Cast, order: Order, visit: Visit) -> None:
    client, page = visit("lead_a1"), f"{LIST}{cast.people[MEMBER].pk}/"
    answer = client.post(page, {"what": "show"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert b"<svg" in answer.content
    assert "/in/" in answer.content.decode()
    assert "/in/" not in client.get(page).content.decode()


def test_a_phone_is_forgotten_by_the_lead(cast: Cast, order: Order, visit: Visit) -> None:
    come_in(cast)
    device, page = Device.objects.get(), f"{LIST}{cast.people[MEMBER].pk}/"
    client = visit("lead_a1")
    assert client.post(page, {"what": "phone", "id": "00000000-0000-4000-8000-000000000000"}).status_code == 404
    assert client.post(page, {"what": "phone", "id": str(device.pk)}).status_code == 302
    assert Device.objects.get().revoked_at == clock.now()


def test_a_shared_phone_is_offered_and_ended(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("lead_a1")
    shown = client.post(f"{LIST}shared-phone/", {"unit": "A1"})
    assert "Scan this with the phone that A1 will share" in text_of(shown)
    phone = Device.objects.create(
        unit=cast.village,
        name="Post",
        secret_hash="h",
        made_at=clock.now(),
        last_seen_at=clock.now(),
        remembered_until=clock.now().replace(year=2021),
    )
    assert "Post" in text_of(client.get(LIST))
    assert (
        visit("lead_a2").post(f"{LIST}shared-phone/", {"unit": "A2", "what": "end", "id": phone.pk}).status_code == 404
    )
    assert client.post(f"{LIST}shared-phone/", {"unit": "A1", "what": "end", "id": str(phone.pk)}).status_code == 302
    assert "Post" not in text_of(client.get(LIST))


def test_where_to_answer_for_who_has_no_phone(cast: Cast, order: Order, visit: Visit) -> None:
    page = visit("lead_a1").get(f"{LIST}{cast.people[MEMBER].pk}/").content.decode()
    assert 'href="/my/unit/"' in page
    assert f'href="{LIST}"' in visit("lead_a1").get("/my/unit/").content.decode()
    assert f'href="{LIST}"' in visit("lead_a").get("/office/access/").content.decode()


def test_queries_are_pinned(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    for page, most in ((LIST, 10), (f"{LIST}{cast.people[MEMBER].pk}/", 6)):
        with CaptureQueriesContext(connection) as caught:
            assert client.get(page).status_code == 200
        assert len(caught) <= most, page


def test_a_print_that_fails_makes_nothing(
    cast: Cast, order: Order, visit: Visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = card(cast)
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit(1)")
    monkeypatch.setattr(paper, "TYPESETTER", broken)
    answer = visit("lead_a1").post(PRINT, {"unit": "A1", "person": [str(cast.people[MEMBER].pk)]})
    assert answer.status_code == 503
    assert "No card was made." in text_of(answer)
    assert Code.objects.get() == old
    assert old.revoked_at is None


def test_a_member_of_two_units_gets_theirs_where_they_belong(cast: Cast, order: Order, visit: Visit) -> None:
    with at(hours=6):
        person = cast.people[MEMBER]
        appoint(by=cast.commander, person=person, unit=cast.units["B1"], title="", leads=False, since=clock.now())
    assert visit("lead_a1").post(PRINT, {"unit": "A1", "person": [str(person.pk)]}).status_code == 200
    assert visit("lead_b1").post(PRINT, {"unit": "B1", "person": [str(person.pk)]}).status_code == 422


@pytest.mark.parametrize(("language", "face"), [("zh-hans", b"NotoSansCJKsc"), ("zh-hant", b"NotoSansCJKtc")])
def test_cards_are_set_in_the_face_of_the_readers_script(
    cast: Cast, order: Order, visit: Visit, language: str, face: bytes
) -> None:
    answer = visit("lead_a1").post(PRINT, {"unit": "A1"}, headers={"accept-language": language})
    found = set(re.findall(rb"NotoSansCJK[a-z]+", answer.content))
    assert found == {face}
