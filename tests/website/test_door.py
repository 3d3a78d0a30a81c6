"""The open door: sign-in of a drill, nothing of the kind elsewhere; language, theme, the way out."""

from __future__ import annotations

import pytest

from muster.drill.models import Cast as Offered
from muster.foundation import clock
from muster.foundation.models import Database
from muster.organisation.models import Account
from tests.cast import Cast
from tests.website.conftest import Visit


@pytest.fixture
def drill(cast: Cast) -> Cast:
    """The cast in a drill's database, three of them offered at the door."""
    Database.objects.update_or_create(defaults={"drill": True, "made_at": clock.machine_now()})
    for position, number in enumerate(("commander", "lead_a1", "m_a1_1"), start=1):
        account = Account.objects.get(name=number)
        role = {"lead_a1": "lead", "m_a1_1": "member"}.get(number, number)
        Offered.objects.create(account=account, role=role, note=f"Note of {number}", position=position)
    return cast


def _account(number: str) -> str:
    return str(Account.objects.get(name=number).pk)


def test_a_drill_offers_its_cast(drill: Cast, visit: Visit) -> None:
    page = visit("").get("/").content.decode()
    assert page.index("Note of commander") < page.index("Note of lead_a1") < page.index("Note of m_a1_1")
    assert "Commander" in page
    assert "People and figures are made up" in page


def test_a_district_offers_nobody(cast: Cast, visit: Visit) -> None:
    Database.objects.update_or_create(defaults={"drill": False, "made_at": clock.machine_now()})
    page = visit("").get("/").content.decode()
    assert "Sign in with your password" in page
    assert "I have a card" in page
    assert "cast-member" not in page


@pytest.mark.parametrize(("number", "home"), [("commander", "/office/"), ("lead_a1", "/office/"), ("m_a1_1", "/my/")])
def test_each_begins_at_their_own_pages(drill: Cast, visit: Visit, number: str, home: str) -> None:
    client = visit("")
    answer = client.post("/sign-in/", {"account": _account(number)})
    assert (answer.status_code, answer["Location"]) == (302, home)
    assert client.get("/my/").status_code == 200


def test_whoever_was_sent_to_the_door_goes_on_where_they_wanted(drill: Cast, visit: Visit) -> None:
    client = visit("")
    sent = client.get("/office/orders/?as_of=2020-01-29T10:00")
    assert sent["Location"] == "/?next=%2Foffice%2Forders%2F%3Fas_of%3D2020-01-29T10%3A00"
    answer = client.post("/sign-in/", {"account": _account("commander"), "next": "/office/orders/"})
    assert answer["Location"] == "/office/orders/"


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere(drill: Cast, visit: Visit, elsewhere: str) -> None:
    answer = visit("").post("/sign-in/", {"account": _account("commander"), "next": elsewhere})
    assert answer["Location"] == "/office/"


def test_only_the_cast_is_signed_in(drill: Cast, visit: Visit) -> None:
    for wanted in (_account("clerk"), "", "nonsense"):
        client = visit("")
        assert client.post("/sign-in/", {"account": wanted}).status_code == 404
        assert "sessionid" not in client.cookies


def test_a_disabled_account_is_not_signed_in(drill: Cast, visit: Visit) -> None:
    signed_in = visit("commander")
    assert signed_in.get("/office/orders/").status_code == 200
    Account.objects.filter(name="commander").update(disabled_at=clock.now())
    assert visit("").post("/sign-in/", {"account": _account("commander")}).status_code == 404
    assert signed_in.get("/office/orders/").status_code == 302, "a session of before ends too"


def test_a_district_signs_nobody_in_by_a_button(cast: Cast, visit: Visit) -> None:
    Database.objects.update_or_create(defaults={"drill": False, "made_at": clock.machine_now()})
    assert visit("").post("/sign-in/", {"account": _account("commander")}).status_code == 403


def test_the_ways_in_and_out_take_post_only(drill: Cast, visit: Visit) -> None:
    for address in ("/sign-in/", "/sign-out/", "/theme/"):
        assert visit("commander").get(address).status_code == 405


def test_sign_out_ends_the_session(drill: Cast, visit: Visit) -> None:
    client = visit("commander")
    assert client.post("/sign-out/")["Location"] == "/"
    assert client.get("/office/rolls/").status_code == 302


def test_theme_and_language_are_kept_in_cookies(drill: Cast, visit: Visit) -> None:
    client = visit("")
    client.post("/theme/", {"theme": "dark", "next": "/"})
    for language, said in (("zh-hans", "指挥员"), ("zh-hant", "指揮員"), ("en", "Commander")):
        client.post("/language/", {"language": language, "next": "/"})
        page = client.get("/").content.decode()
        assert 'data-theme="dark"' in page
        assert f'<html lang="{language}"' in page
        assert said in page
    client.post("/theme/", {"theme": ""})
    assert "data-theme" not in client.get("/").content.decode()
    client.post("/theme/", {"theme": '"><script>'})
    assert "data-theme" not in client.get("/").content.decode()


def test_the_office_is_for_those_with_a_role_of_the_office(cast: Cast, visit: Visit) -> None:
    for number in ("m_a1_1", "counsellor", "inspector", "administrator"):
        answer = visit(number).get("/office/rolls/")
        assert answer.status_code == 403
        assert "own page" in answer.content.decode()
        assert visit(number).get("/my/me/").status_code == 200


def test_nobody_sees_a_page_without_sign_in(cast: Cast, visit: Visit) -> None:
    for address in ("/office/", "/office/rolls/", "/office/orders/new/", "/my/", "/my/badge/", "/my/unit/"):
        answer = visit("").get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/?next=")
        assert visit("").post(address).status_code == 302


def test_the_door_costs_two_queries(drill: Cast, visit: Visit, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(2):  # type: ignore[operator]
        visit("").get("/")
