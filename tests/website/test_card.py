"""A card opened by robots, twice, by the wrong person, after its end, after a new one; the PIN; shared phones."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from muster.foundation import clock
from muster.foundation.models import AuditLine, Database
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from muster.organisation import codes
from muster.organisation.cards import NewCode, issue_codes
from muster.organisation.devices import offer_shared_phone, unlock_pin
from muster.organisation.models import Account, Code, Device, Pin, SignIn, WayInNotice
from muster.website.logs import JsonLines
from tests.cast import Cast, at
from tests.website.test_sign_in import browser, send, words


@pytest.fixture
def district(cast: Cast) -> Cast:
    """A district's own database."""
    Database.objects.update_or_create(defaults={"drill": False, "made_at": clock.machine_now()})
    return cast


def make_card(cast: Cast, number: str = "m_a1_2") -> str:
    """A card made by the lead of A1; returns its address."""
    code = codes.make()
    issue_codes(by=cast.lead, unit=cast.village, made=[NewCode(cast.people[number].pk, codes.hash_of(code))])
    return f"/in/{code}"


def come_in(cast: Cast, client: Client, pin: str = "4831", number: str = "m_a1_2") -> None:
    """Somebody uses a card and chooses a PIN."""
    assert send(client, make_card(cast, number), what="yes")["Location"] == "/my/me/pin/"
    assert send(client, "/my/me/pin/", pin=pin, again=pin)["Location"] == "/my/"


def test_a_card_signs_in_and_asks_for_a_pin(district: Cast, order: Order) -> None:
    link, client = make_card(district), browser()
    page = client.get(link)
    assert "This is the card of N*, A1." in words(page)
    assert "Name of" not in words(page)
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "strict-origin")
    done = send(client, link, what="yes")
    assert done["Location"] == "/my/me/pin/"
    assert client.get("/my/")["Location"] == "/my/me/pin/", "first the PIN"
    assert send(client, "/my/me/pin/", pin="4831", again="4831")["Location"] == "/my/"
    entry = district.entry(order, "m_a1_2", REPORT_IN)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/my/").content.decode())
    assert token
    client.post(f"/my/entries/{entry.pk}/report-in/", {"csrfmiddlewaretoken": token[1], "pledged": "1"})
    assert district.entry(order, "m_a1_2", REPORT_IN).state == "answered"
    cookie = client.cookies["device"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 90 * 24 * 3600


def test_robots_that_look_change_nothing(district: Cast) -> None:
    link = make_card(district)
    before = AuditLine.objects.count()
    for _ in range(3):
        assert browser().get(link, headers={"user-agent": "WeChat preview"}).status_code == 200
        assert browser().head(link).status_code == 200
    code = Code.objects.get()
    assert (code.used_at, code.revoked_at) == (None, None)
    assert AuditLine.objects.count() == before
    assert not SignIn.objects.exists()
    assert browser().post(link, {"what": "yes"}).status_code == 403, "a form without its token"


def test_a_post_that_says_nothing_changes_nothing(district: Cast) -> None:
    link, client = make_card(district), browser()
    assert "Is it you?" in words(send(client, link))
    assert "Is it you?" in words(send(client, link, what="maybe"))
    assert Code.objects.get().used_at is None


def test_it_opens_once(district: Cast) -> None:
    link = make_card(district)
    assert send(browser(), link, what="yes").status_code == 302
    again = browser()
    page = again.get(link)
    assert page.status_code == 410
    assert "This card was used already." in words(page)
    assert "Tell the lead at once" in words(page)
    assert "N*" not in words(page)
    assert SignIn.objects.count() == 1


def test_the_wrong_person_says_so_and_the_lead_is_told(district: Cast, order: Order, visit: Any) -> None:
    link = make_card(district)
    done = send(browser(), link, what="not_me")
    assert "The card is dead, the lead is told" in words(done)
    assert browser().get(link).status_code == 410
    assert not SignIn.objects.exists()
    notice = WayInNotice.objects.get()
    assert (notice.kind, notice.unit, notice.person) == ("not_me", district.village, district.people["m_a1_2"])
    page = visit("lead_a1").get("/office/people/cards/")
    assert "Their card was in wrong hands" in words(page)
    assert "1 thing to look at" in words(visit("lead_a1").get("/my/unit/"))
    assert "in wrong hands" not in words(visit("lead_a2").get("/office/people/cards/"))
    visit("lead_a1").post("/office/people/cards/seen/", {"unit": "A1"})
    assert "in wrong hands" not in words(visit("lead_a1").get("/office/people/cards/"))


def test_after_its_end_it_opens_nothing(district: Cast) -> None:
    link = make_card(district)
    with at(hours=6, days=30, minutes=1):
        page = browser().get(link)
        assert page.status_code == 410
        assert "This card has expired." in words(page)
        assert browser().post(link).status_code == 403
    assert not SignIn.objects.exists()


def test_a_new_card_ends_the_old_one_and_the_phone(district: Cast) -> None:
    old, client = make_card(district), browser()
    lost = make_card(district)
    assert browser().get(old).status_code == 410
    send(client, lost, what="yes")
    send(client, "/my/me/pin/", pin="4831", again="4831")
    assert client.get("/my/").status_code == 200
    new = make_card(district)
    assert client.get("/my/")["Location"].startswith("/in/pin/"), "the lost phone is out"
    assert client.get("/in/pin/")["Location"] == "/in/", "and not remembered"
    assert client.get("/my/")["Location"].startswith("/?next="), "nor asked for a PIN again"
    assert browser().get(lost).status_code == 410
    assert send(browser(), new, what="yes").status_code == 302


@pytest.mark.parametrize("wrong", ["NOPE", "2" * 20, "../../etc", "%00"])
def test_what_is_no_code_is_told_so(district: Cast, wrong: str) -> None:
    page = browser().get(f"/in/{wrong}")
    assert page.status_code in (400, 404)


def test_it_is_typed_by_hand(district: Cast) -> None:
    link = make_card(district)
    code = link.removeprefix("/in/")
    typed = codes.grouped(code).lower().replace("-", " ")
    assert send(browser(), "/in/", code=typed)["Location"] == link
    wrong = send(browser(), "/in/", code="abc")
    assert wrong.status_code == 404
    assert "Type it again" in words(wrong)


def test_an_ended_account_has_no_card(district: Cast) -> None:
    link = make_card(district)
    Account.objects.filter(name="m_a1_2").update(disabled_at=clock.now())
    assert browser().get(link).status_code == 410


def test_the_pin_opens_the_phone_again(district: Cast) -> None:
    client = browser()
    come_in(district, client)
    client.cookies.pop("sessionid")
    asked = client.get("/my/badge/")
    assert asked["Location"] == "/in/pin/?next=%2Fmy%2Fbadge%2F"
    assert "N*, your PIN" in words(client.get("/in/pin/"))
    wrong = send(client, "/in/pin/", pin="1111")
    assert wrong.status_code == 403
    done = send(client, "/in/pin/", pin="4831", next="/my/badge/")
    assert done["Location"] == "/my/badge/"
    assert client.get("/my/badge/").status_code == 200
    assert Pin.objects.get().tries == 0
    assert set(SignIn.objects.values_list("way", flat=True)) == {"code", "pin"}


def test_five_wrong_pins_lock_it_and_tell_the_lead(district: Cast, visit: Any) -> None:
    client = browser()
    come_in(district, client)
    client.cookies.pop("sessionid")
    answers = [send(client, "/in/pin/", pin="1111").status_code for _ in range(6)]
    assert answers == [403, 403, 403, 403, 423, 423]
    assert send(client, "/in/pin/", pin="4831").status_code == 423, "the right one too"
    assert WayInNotice.objects.get().kind == "pin_locked"
    page = words(visit("lead_a1").get("/office/people/cards/"))
    assert "Five wrong PINs" in page
    assert "PIN locked 1" in page
    unlock_pin(by=district.lead, unit=district.village, person=district.people["m_a1_2"])
    assert send(client, "/in/pin/", pin="4831").status_code == 302


def test_by_pin_only_ones_own_pages_open(district: Cast) -> None:
    client = browser()
    code = codes.make()
    lead = district.people["lead_a1"].pk
    issue_codes(by=district.town_lead, unit=district.village, made=[NewCode(lead, codes.hash_of(code))])
    send(client, f"/in/{code}", what="yes")
    send(client, "/my/me/pin/", pin="4831", again="4831")
    assert client.get("/my/unit/").status_code == 200
    asked = client.get("/office/people/cards/")
    assert asked["Location"] == "/sign-in/password/?more=1&next=%2Foffice%2Fpeople%2Fcards%2F"
    page = client.get(asked["Location"])
    assert "The office asks for your password" in words(page)
    assert 'value="lead_a1"' in page.content.decode()
    assert client.get("/api/rolls").status_code == 403
    assert client.get("/my/me/factor/").status_code == 403


def test_another_pin_needs_the_old_one(district: Cast) -> None:
    client = browser()
    come_in(district, client)
    assert send(client, "/my/me/pin/", old="9999", pin="7702", again="7702").status_code == 422
    assert send(client, "/my/me/pin/", old="4831", pin="7702", again="7702")["Location"] == "/my/me/ways/?told=pin"
    client.cookies.pop("sessionid")
    assert send(client, "/in/pin/", pin="4831").status_code == 403
    assert send(client, "/in/pin/", pin="7702").status_code == 302


def share(cast: Cast) -> Client:
    """The shared phone of A1."""
    client, code = browser(), codes.make()
    offer_shared_phone(by=cast.lead, unit=cast.village, hash=codes.hash_of(code))
    assert "Is this the shared phone of A1?" in words(client.get(f"/in/{code}"))
    assert send(client, f"/in/{code}", what="yes")["Location"] == "/in/pin/"
    assert browser().get(f"/in/{code}").status_code == 410
    return client


def test_members_take_turns_on_a_shared_phone(district: Cast) -> None:
    come_in(district, browser())
    come_in(district, browser(), "5926", "m_a1_1")
    phone = share(district)
    assert send(phone, "/in/pin/", number="m_a1_2", pin="5926").status_code == 403, "each by their own"
    assert send(phone, "/in/pin/", number="m_a1_2", pin="4831")["Location"] == "/my/"
    page = words(phone.get("/my/"))
    assert "it is the turn of Name of m_a1_2 · A1" in page
    assert "I'm done" in page
    assert phone.session.get_expiry_age() <= 15 * 60
    assert phone.get("/my/")["Cache-Control"] == "no-store", "one step back shows nothing"
    key = phone.cookies["sessionid"].value
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', phone.get("/my/").content.decode())
    assert token
    assert phone.post("/sign-out/", {"csrfmiddlewaretoken": token[1]})["Location"] == "/in/pin/"
    assert "Name of" not in words(phone.get("/in/pin/"))
    phone.cookies["sessionid"] = key
    assert phone.get("/my/").status_code == 302, "nothing of the former one is left"
    assert send(phone, "/in/pin/", number="m_a1_1", pin="5926").status_code == 302


def test_a_card_on_a_shared_phone_is_not_remembered_for_one(district: Cast) -> None:
    phone = share(district)
    before = Device.objects.count()
    assert send(phone, make_card(district), what="yes").status_code == 302
    assert Device.objects.count() == before
    assert SignIn.objects.get().device is not None


@pytest.mark.parametrize("number", ["m_b1_1", "nobody", "m_a1_1"])
def test_a_shared_phone_opens_to_nobody_of_elsewhere_nor_without_a_pin(district: Cast, number: str) -> None:
    phone = share(district)
    answer = send(phone, "/in/pin/", number=number, pin="4831")
    assert answer.status_code == 403
    assert "Number or PIN is wrong." in words(answer)


def test_on_a_shared_phone_guessing_numbers_is_counted(district: Cast) -> None:
    phone = share(district)
    answers = {send(phone, "/in/pin/", number="nobody", pin="4831").status_code for _ in range(5)}
    assert answers == {403}
    assert send(phone, "/in/pin/", number="nobody", pin="4831").status_code == 429


def test_no_code_and_no_pin_stands_in_a_log_or_a_line(district: Cast, caplog: pytest.LogCaptureFixture) -> None:
    link, client = make_card(district), browser()
    code = link.removeprefix("/in/")
    send(client, link, what="yes")
    send(client, "/my/me/pin/", pin="739164", again="739164")
    browser().get(link)  # 410: Django logs the address
    logged = " ".join(JsonLines().format(record) for record in caplog.records)
    said = logged + " ".join(str(row) for row in AuditLine.objects.values_list())
    assert "/in/…" in logged
    assert code not in said
    assert "739164" not in said


def test_a_phone_is_forgotten_after_90_days(district: Cast) -> None:
    client = browser()
    come_in(district, client)
    client.cookies.pop("sessionid")
    assert Device.objects.get().remembered_until == clock.now() + timedelta(days=90)
    with at(hours=6, days=91):
        assert client.get("/in/pin/")["Location"] == "/in/"
