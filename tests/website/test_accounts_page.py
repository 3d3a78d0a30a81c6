"""Pages of accounts: who comes in which way; ended, opened, a link, a reset; an administrator sees no names."""

from __future__ import annotations

import re
from typing import Any

import pytest

from muster.foundation import clock
from muster.foundation.models import Database
from muster.mobilisation.models import Order
from muster.organisation.models import Account, SignIn
from tests.cast import Cast
from tests.organisation.ways import account, come_in, give_factor, sign_in_by
from tests.website.conftest import Visit
from tests.website.test_roll_pages import text_of
from tests.website.test_sign_in import PASSWORD, browser, code, kept_password, send, words

LIST = "/office/access/accounts/"


def page_of(number: str) -> str:
    return f"{LIST}{account(number).pk}/"


def test_who_comes_in_which_way(cast: Cast, order: Order, visit: Visit) -> None:
    Account.objects.filter(name="second").update(password=kept_password())
    give_factor("second")
    come_in(cast)
    page = text_of(visit("commander").get(LIST))
    assert "Name of second" in page
    assert "password + authenticator" in page
    assert "Name of m_a1_2" not in page, "with a role of the office"
    assert "Name of m_a1_2" in text_of(visit("commander").get(LIST, {"show": "all", "q": "m_a1_2"}))
    assert "Name of m_a1_2" in text_of(visit("lead_a1").get(LIST, {"show": "all"}))
    assert "Name of m_a2_1" not in text_of(visit("lead_a1").get(LIST, {"show": "all"}))
    assert visit("lead_a1").get(page_of("m_a2_1")).status_code == 404


def test_an_administrator_sees_numbers_and_no_names(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("administrator")
    page = text_of(client.get(LIST, {"show": "all"}))
    assert "m_a1_2" in page
    assert "Name of m_a1_2" not in page
    assert "No account is found" in text_of(client.get(LIST, {"show": "all", "q": "Name of"}))
    assert "Name of" not in text_of(client.get(page_of("m_a1_2"))).replace("Name of administrator", "")
    assert f'href="{LIST}"' in client.get(LIST).content.decode(), "it stands on top"
    assert client.get("/office/").status_code == 403
    assert client.get("/office/access/").status_code == 403


@pytest.mark.parametrize("who", ["clerk", "m_a1_1", "counsellor", "inspector"])
def test_it_rejects_whoever_keeps_no_accounts(cast: Cast, order: Order, visit: Visit, who: str) -> None:
    assert visit(who).get(LIST).status_code == 403
    assert visit(who).post(page_of("m_a1_2"), {"what": "end"}).status_code == 403


def test_an_account_is_ended_and_opened(cast: Cast, order: Order, visit: Visit) -> None:
    sign_in_by(cast, "m_a1_2")
    client = visit("lead_a1")
    assert "End the account" in text_of(client.get(page_of("m_a1_2")))
    done = client.post(page_of("m_a1_2"), {"what": "end"})
    assert "The account has ended" in text_of(client.get(done["Location"]))
    assert SignIn.objects.get(account=account("m_a1_2")).ended_at is not None
    assert client.post(page_of("m_a1_2"), {"what": "end"}).status_code == 409
    assert "Name of m_a1_2" in text_of(client.get(LIST, {"show": "ended"}))
    done = client.post(page_of("m_a1_2"), {"what": "open"})
    assert "open again" in text_of(client.get(done["Location"]))
    assert client.post(page_of("m_a1_2"), {"what": "nonsense"}).status_code == 404


def test_ones_own_is_somebody_elses_to_see_to(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    assert "somebody else sees to it" in text_of(client.get(page_of("commander")))
    refused = client.post(page_of("commander"), {"what": "reset"})
    assert refused.status_code == 403
    assert "Nobody does this with their own account." in text_of(refused)


def test_a_link_leads_all_the_way_into_the_office(cast: Cast, order: Order, visit: Visit) -> None:
    Database.objects.update_or_create(defaults={"drill": False, "made_at": clock.machine_now()})
    shown = visit("administrator").post(page_of("second"), {"what": "link"})
    assert shown["Cache-Control"] == "no-store"
    found = re.search(r'value="http://testserver(/in/[^"]+)"', shown.content.decode())
    assert found is not None
    link, client = found[1], browser()
    page = client.get(link)
    assert "Choose a password" in words(page)
    assert "N*, D" in words(page)
    assert send(client, link, what="yes", password="short", again="short").status_code == 422
    assert send(client, link, what="yes", password=PASSWORD, again=f"{PASSWORD}.").status_code == 422
    done = send(client, link, what="yes", password=PASSWORD, again=PASSWORD)
    assert "Your account is called second." in words(done)
    assert client.get(link).status_code == 410
    assert send(client, "/sign-in/password/", name="second", password=PASSWORD)["Location"] == "/office/"
    assert client.get("/office/")["Location"] == "/my/me/factor/"


def test_a_factor_is_reset(cast: Cast, order: Order, visit: Visit) -> None:
    Account.objects.filter(name="second").update(password=kept_password())
    give_factor("second")
    client = visit("commander")
    assert client.post(page_of("second"), {"what": "reset"}).status_code == 302
    assert account("second").factor_since is None
    assert "Reset the second factor" not in text_of(client.get(page_of("second")))


def own(cast: Cast, number: str = "second") -> Any:
    """Somebody who is in by password and second factor."""
    Database.objects.update_or_create(defaults={"drill": False, "made_at": clock.machine_now()})
    Account.objects.filter(name=number).update(password=kept_password())
    secret, client = give_factor(number), browser()
    send(client, "/sign-in/password/", name=number, password=PASSWORD)
    assert send(client, "/sign-in/factor/", code=code(secret)).status_code == 302
    return client


def test_i_change_my_password_and_other_sign_ins_end(cast: Cast, order: Order) -> None:
    client, other = own(cast), sign_in_by(cast, "second")
    new = "another four words here"
    assert send(client, "/my/me/password/", old="wrong", password=new, again=new).status_code == 422
    done = send(client, "/my/me/password/", old=PASSWORD, password=new, again=new)
    assert done["Location"] == "/my/me/ways/?told=password"
    assert client.get("/my/me/ways/").status_code == 200, "this one goes on"
    assert SignIn.objects.get(pk=other.pk).ended_at is not None
    assert send(browser(), "/sign-in/password/", name="second", password=PASSWORD).status_code == 403


def test_the_old_password_is_not_guessed_here_either(cast: Cast, order: Order) -> None:
    client = own(cast)
    answers = [send(client, "/my/me/password/", old="wrong", password="x", again="x").status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]


def test_i_end_my_sign_ins_and_nobody_elses(cast: Cast, order: Order) -> None:
    client, other, elses = own(cast), sign_in_by(cast, "second"), sign_in_by(cast, "commander")
    assert "End all others" in words(client.get("/my/me/ways/"))
    assert send(client, "/my/me/ways/", what="sign_in", id=str(elses.pk)).status_code == 404
    assert send(client, "/my/me/ways/", what="sign_in", id="x").status_code == 404
    send(client, "/my/me/ways/", what="sign_in", id=str(other.pk))
    assert SignIn.objects.get(pk=other.pk).ended_at is not None
    more = sign_in_by(cast, "second")
    send(client, "/my/me/ways/", what="others")
    assert SignIn.objects.get(pk=more.pk).ended_at is not None
    assert SignIn.objects.get(pk=elses.pk).ended_at is None
    assert client.get("/my/me/ways/").status_code == 200


def test_i_get_new_recovery_codes_and_one_lets_me_in(cast: Cast, order: Order) -> None:
    client = own(cast)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/my/me/ways/").content.decode())
    assert token
    shown = client.post("/my/me/recovery-codes/", {"csrfmiddlewaretoken": token[1]})
    given = re.findall(r'<li class="code-words">([^<]+)<', shown.content.decode())
    assert len(given) == 10
    for expected in (302, 403):
        other = browser()
        send(other, "/sign-in/password/", name="second", password=PASSWORD)
        assert send(other, "/sign-in/factor/", code=given[0]).status_code == expected


def test_an_ended_sign_in_is_out_at_once(cast: Cast, order: Order) -> None:
    client = own(cast)
    assert client.get("/office/orders/").status_code == 200
    SignIn.objects.update(ended_at=clock.now())
    assert client.get("/office/orders/").status_code == 302
    assert client.get("/api/me").status_code == 401
