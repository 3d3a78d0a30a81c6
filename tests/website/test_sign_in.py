"""Signing in with password and second factor: one answer for every wrong one, locks, sessions that end."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils.html import strip_tags

from muster.foundation import clock
from muster.foundation.models import Database
from muster.organisation import second_factor
from muster.organisation.models import Account, LockOut, SignIn
from tests.cast import Cast, at

PASSWORD = "four words that differ"
DOOR, FACTOR = "/sign-in/password/", "/sign-in/factor/"


@pytest.fixture
def district(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """A district's own database: the commander and the member have a password."""
    Database.objects.update_or_create(defaults={"drill": False, "made_at": clock.machine_now()})
    Account.objects.filter(name__in=("commander", "m_a1_1")).update(password=kept_password())
    return cast


_kept: list[str] = []


def kept_password() -> str:
    """The hash of PASSWORD; made once, for it takes long."""
    if not _kept:
        _kept.append(make_password(PASSWORD))
    return _kept[0]


def browser(**more: Any) -> Client:
    """A browser whose forms need their token, in English."""
    return Client(enforce_csrf_checks=True, headers={"accept-language": "en"}, **more)


def send(client: Client, address: str, **form: str) -> Any:
    """Open a page and send its form, as a browser does."""
    page = client.get(address)
    while page.status_code == 302:
        page = client.get(page["Location"])
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    assert token is not None, page.content
    return client.post(address, {**form, "csrfmiddlewaretoken": token[1]})


def words(answer: Any) -> str:
    return " ".join(strip_tags(answer.content.decode()).split())


def give_factor(number: str) -> bytes:
    """Somebody's authenticator, set up; returns its secret."""
    account, secret = Account.objects.select_related("person").get(name=number), second_factor.new_secret()
    from muster.foundation.ids import new_id
    from muster.organisation.people import actor_of

    second_factor.confirm_factor(
        by=actor_of(account, "web"), account=account, secret=secret, step=1, recovery=[], here=new_id()
    )
    return secret


def code(secret: bytes, steps: int = 0) -> str:
    return second_factor.code_at(secret, second_factor.step_now() + steps)


def test_a_member_comes_in_with_name_and_password(district: Cast) -> None:
    client = browser()
    done = send(client, DOOR, name="m_a1_1", password=PASSWORD)
    assert (done.status_code, done["Location"]) == (302, "/my/")
    assert client.get("/my/").status_code == 200
    made = SignIn.objects.get()
    assert (made.way, made.second_factor, made.account.name) == ("password", False, "m_a1_1")


def test_a_form_without_its_token_is_refused(district: Cast) -> None:
    assert browser().post(DOOR, {"name": "m_a1_1", "password": PASSWORD}).status_code == 403
    assert not SignIn.objects.exists()


def test_the_office_needs_the_second_factor(district: Cast) -> None:
    secret, client = give_factor("commander"), browser()
    done = send(client, DOOR, name="commander", password=PASSWORD, next="/office/orders/")
    assert done["Location"] == FACTOR
    assert client.get("/office/").status_code == 302, "not in yet"
    assert not SignIn.objects.exists()
    done = send(client, FACTOR, code=code(secret))
    assert (done.status_code, done["Location"]) == (302, "/office/orders/")
    assert client.get("/office/orders/").status_code == 200
    assert SignIn.objects.get().second_factor


def test_without_a_factor_only_its_set_up_opens(district: Cast) -> None:
    client = browser()
    send(client, DOOR, name="commander", password=PASSWORD)
    for page in ("/office/", "/office/orders/", "/my/", "/my/me/", "/my/me/ways/", "/office/people/cards/"):
        assert client.get(page)["Location"] == "/my/me/factor/", page
    assert client.get("/api/me").status_code == 403
    page = client.get("/my/me/factor/").content.decode()
    kept = re.search(r'name="kept" value="([^"]+)"', page)
    secret = re.search(r'class="code-words">([^<]+)<', page)
    assert kept
    assert secret
    from base64 import b32decode

    raw = b32decode(secret[1].replace("-", ""))
    wrong = send(client, "/my/me/factor/", kept=kept[1], code="000000")
    assert wrong.status_code == 422
    done = send(client, "/my/me/factor/", kept=kept[1], code=code(raw))
    assert "shown once" in words(done)
    assert len(re.findall(r'<li class="code-words">', done.content.decode())) == 10
    assert client.get("/office/orders/").status_code == 200
    assert client.get("/api/me").status_code == 200


def test_a_code_of_the_authenticator_is_taken_once(district: Cast) -> None:
    secret, given = give_factor("commander"), None
    for expected in (302, 403):
        client = browser()
        send(client, DOOR, name="commander", password=PASSWORD)
        given = given or code(secret)
        assert send(client, FACTOR, code=given).status_code == expected
    assert SignIn.objects.count() == 1
    assert "was used already" in words(send(client, FACTOR, code=given or ""))


@pytest.mark.parametrize(("steps", "status"), [(-2, 403), (-1, 302), (0, 302), (1, 302), (2, 403)])
def test_a_clock_may_differ_by_half_a_minute(
    district: Cast, steps: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_factor, "step_now", lambda: 60_000_000)
    secret, client = give_factor("commander"), browser()
    send(client, DOOR, name="commander", password=PASSWORD)
    assert send(client, FACTOR, code=second_factor.code_at(secret, 60_000_000 + steps)).status_code == status


def test_every_wrong_one_gets_the_same_answer(district: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    Account.objects.filter(name="second").update(password=kept_password(), disabled_at=clock.now())
    said = set()
    hashed = []
    from muster.website import views_sign_in

    real = views_sign_in.check_password
    monkeypatch.setattr(views_sign_in, "check_password", lambda w, kept: bool(hashed.append(kept)) or real(w, kept))
    for name in ("m_a1_1", "nobody", "second", "lead_a1", ""):
        client = browser()
        answer = send(client, DOOR, name=name, password="wrong one, long")
        said.add((answer.status_code, words(answer)))
    assert len(said) == 1
    assert len(hashed) == 5, "each is hashed, so that each takes as long"
    assert not SignIn.objects.exists()


def test_five_wrong_ones_lock_the_account(district: Cast) -> None:
    for _ in range(5):
        assert send(browser(), DOOR, name="m_a1_1", password="wrong one, long").status_code == 403
    answer = send(browser(), DOOR, name="m_a1_1", password=PASSWORD)
    assert answer.status_code == 429
    assert "until 15:15" in words(answer)
    assert send(browser(), DOOR, name="m_a1_2", password=PASSWORD).status_code == 403, "others may try"
    with at(hours=6, minutes=16):
        assert send(browser(), DOOR, name="m_a1_1", password=PASSWORD).status_code == 302
        assert not LockOut.objects.filter(kind="account", tries__gt=1).exists()


def test_thirty_from_one_address_lock_the_address(district: Cast) -> None:
    for n in range(30):
        assert send(browser(), DOOR, name=f"nobody{n}", password="wrong one, long").status_code == 403
    assert send(browser(), DOOR, name="m_a1_1", password=PASSWORD).status_code == 429
    other = browser(REMOTE_ADDR="192.0.2.7")
    assert send(other, DOOR, name="m_a1_1", password=PASSWORD).status_code == 302


def test_behind_a_proxy_the_address_is_the_one_that_it_saw(district: Cast, settings: Any) -> None:
    from django.test import RequestFactory

    from muster.website.letting_in import address_of

    make = RequestFactory()
    one, other = (make.get("/", headers={"X-Forwarded-For": f"203.0.113.9, 192.0.2.{n}"}) for n in (1, 2))
    settings.HTTPS = False
    assert address_of(one) == address_of(other), "anybody may write that header"
    settings.HTTPS = True
    assert address_of(one) != address_of(other)
    assert "192" not in address_of(one).key


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org/", "//example.org/", "javascript:alert(1)", "/\\example.org"]
)
def test_nobody_is_sent_elsewhere(district: Cast, elsewhere: str) -> None:
    assert send(browser(), DOOR, name="m_a1_1", password=PASSWORD, next=elsewhere)["Location"] == "/my/"


def test_a_session_that_was_planted_is_worth_nothing(district: Cast) -> None:
    client = browser()
    client.get("/")
    session = client.session
    session["planted"] = 1
    session.save()
    client.cookies["sessionid"] = planted = session.session_key
    send(client, DOOR, name="m_a1_1", password=PASSWORD)
    assert client.cookies["sessionid"].value != planted
    thief = browser()
    thief.cookies["sessionid"] = planted
    assert thief.get("/my/").status_code == 302


def test_a_session_without_a_sign_in_is_nobodys(district: Cast) -> None:
    client = browser()
    send(client, DOOR, name="m_a1_1", password=PASSWORD)
    session = client.session
    del session["sign_in"]
    session.save()
    assert client.get("/my/").status_code == 302


def test_a_used_sign_in_is_noted_at_most_once_in_five_minutes(
    district: Cast, django_assert_num_queries: Callable[[int], Any]
) -> None:
    client = browser()
    send(client, DOOR, name="m_a1_1", password=PASSWORD)
    before = SignIn.objects.get().last_seen_at
    with at(hours=7):
        client.get("/my/")
        assert SignIn.objects.get().last_seen_at == before
        session = client.session
        session["seen"] -= 301
        session.save()
        client.get("/my/")
        assert SignIn.objects.get().last_seen_at > before


def test_nothing_secret_stands_in_log_or_lines(district: Cast, caplog: pytest.LogCaptureFixture) -> None:
    from muster.foundation.models import AuditLine

    send(browser(), DOOR, name="m_a1_1", password=PASSWORD)
    send(browser(), DOOR, name="m_a1_1", password="wrong one, long")
    said = caplog.text + " ".join(str(row) for row in AuditLine.objects.values_list())
    assert PASSWORD not in said
    assert "wrong one" not in said
    assert "127.0.0.1" not in said


def test_whoever_comes_in_again_leaves_no_sign_in_behind(district: Cast) -> None:
    client = browser()
    send(client, DOOR, name="m_a1_1", password=PASSWORD)
    send(client, DOOR, name="m_a1_1", password=PASSWORD)
    assert SignIn.objects.filter(ended_at__isnull=True).count() == 1
    assert client.get("/my/").status_code == 200


def test_the_clockwork_clears_sessions_that_have_ended(district: Cast) -> None:
    from django.contrib.sessions.models import Session

    from muster.foundation.registry import CHORES

    client, other = browser(), browser()
    send(client, DOOR, name="m_a1_1", password=PASSWORD)
    send(other, DOOR, name="m_a1_1", password=PASSWORD)
    ended = Session.objects.filter(session_key=client.cookies["sessionid"].value)
    ended.update(expire_date=clock.machine_now().replace(year=2001))
    assert CHORES["sessions"]() == 1
    assert other.get("/my/").status_code == 200


def test_a_sign_in_that_was_idle_for_long_is_on_no_list(district: Cast) -> None:
    with at(hours=-12):
        send(browser(), DOOR, name="m_a1_1", password=PASSWORD)
    client = browser()
    send(client, DOOR, name="m_a1_1", password=PASSWORD)
    assert words(client.get("/my/me/ways/")).count("last seen") == 1


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("2001:db8::1:2:3", "2001:db8::9:2:3", True),
        ("2001:db8:0:0:1::1", "2001:db8::2", True),
        ("2001:db8:0:1::1", "2001:db8::1", False),
        ("[2001:db8::1]:443", "2001:db8::2", True),
        ("192.0.2.1:4000", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("unix:", "", False),
    ],
)
def test_an_address_is_counted_by_its_household(one: str, other: str, alike: bool) -> None:
    from muster.website.letting_in import network_of

    assert (network_of(one) == network_of(other)) is alike
