"""My API tokens: made on my own page, shown once, ended there or by whoever keeps the account."""

from __future__ import annotations

import re
from datetime import timedelta

from django.conf import settings
from django.test import Client

from muster.organisation import tokens
from muster.organisation.models import ApiToken, SignIn
from tests.cast import START, Cast
from tests.organisation.ways import account
from tests.website.conftest import Visit

TOKENS = "/my/me/tokens/"
FORM = {"name": "The wall screen", "scope": ["figures:read", "own:read"], "until": "2020-02-10"}


def made(client: Client, **changed: object) -> str:
    """The token that a form makes, as the answer shows it."""
    answer = client.post(TOKENS, FORM | changed)
    assert answer.status_code == 200, answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    found = re.search(rb">(muster_[A-Za-z0-9]{40})<", answer.content)
    assert found is not None
    return found[1].decode()


def test_it_is_shown_once_and_listed_with_what_it_may_do(cast: Cast, visit: Visit) -> None:
    client = visit("lead_a1")
    empty = client.get(TOKENS).content.decode()
    assert "None. Make one below" in empty
    words = made(client)
    kept = ApiToken.objects.get(hash=tokens.hash_of(words))
    assert (kept.name, kept.scopes, kept.unit, kept.two_factors) == (
        "The wall screen",
        "figures:read own:read",
        None,
        True,
    )
    assert f"{kept.expires_at:%Y-%m-%d %H:%M}" == "2020-02-10 16:00", "the end of the day in the district's zone"
    again = client.get(TOKENS).content.decode()
    assert "The wall screen" in again
    assert "never used" in again
    assert words not in again
    asked = Client(headers={"authorization": f"Bearer {words}"}).get("/api/me")
    assert asked.json()["account"] == "lead_a1"
    assert "last used" in client.get(TOKENS).content.decode()


def test_it_may_be_for_one_unit_of_mine_only(cast: Cast, visit: Visit) -> None:
    words = made(visit("lead_a"), unit="A2")
    assert ApiToken.objects.get(hash=tokens.hash_of(words)).unit == cast.neighbour
    refused = visit("lead_a").post(TOKENS, FORM | {"unit": "B1"})
    assert refused.status_code == 404


def test_only_scopes_that_one_has_use_for_are_offered_and_taken(cast: Cast, visit: Visit) -> None:
    member = visit("m_a1_1")
    shown = member.get(TOKENS).content.decode()
    assert 'value="own:read"' in shown
    assert 'value="names:read"' not in shown
    words = made(member, scope=["own:read", "names:read", "health:read"])
    assert ApiToken.objects.get(hash=tokens.hash_of(words)).scopes == "own:read"


def test_it_rejects_a_form_that_is_not_whole_and_keeps_what_was_written(cast: Cast, visit: Visit) -> None:
    client = visit("lead_a1")
    for changed in ({"scope": []}, {"until": "soon"}, {"until": "2020-01-01"}, {"until": "9999-12-31"}):
        answer = client.post(TOKENS, FORM | changed)
        assert answer.status_code == 422, changed
        assert 'value="The wall screen"' in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_the_last_day_that_is_offered_is_taken(cast: Cast, visit: Visit) -> None:
    last = START + timedelta(days=settings.TOKEN_DAYS_MAX)
    made(visit("lead_a1"), until=f"{last:%Y-%m-%d}")
    assert visit("lead_a1").post(TOKENS, FORM | {"until": f"{last + timedelta(days=1):%Y-%m-%d}"}).status_code == 422


def test_its_owner_ends_it(cast: Cast, visit: Visit) -> None:
    client = visit("lead_a1")
    words = made(client)
    pk = str(ApiToken.objects.get(hash=tokens.hash_of(words)).pk)
    assert visit("lead_a").post(TOKENS, {"what": "end", "id": pk}).status_code == 404
    assert visit("lead_a").post(TOKENS, {"what": "end", "id": "x"}).status_code == 404
    answer = client.post(TOKENS, {"what": "end", "id": pk}, follow=True)
    assert "The token opens nothing any more." in answer.content.decode()
    asked = Client(headers={"authorization": f"Bearer {words}"}).get("/api/me")
    assert asked.status_code == 401


def test_whoever_keeps_the_account_sees_and_ends_it(cast: Cast, visit: Visit) -> None:
    words = made(visit("lead_a1"))
    page = f"/office/access/accounts/{account('lead_a1').pk}/"
    for who in ("administrator", "lead_a"):
        assert "The wall screen" in visit(who).get(page).content.decode()
    pk = str(ApiToken.objects.get(hash=tokens.hash_of(words)).pk)
    answer = visit("administrator").post(page, {"what": "token", "id": pk}, follow=True)
    assert "The token opens nothing any more." in answer.content.decode()
    assert visit("administrator").post(page, {"what": "token", "id": pk}).status_code == 409


def test_it_rejects_a_shared_phone_and_whoever_has_shown_one_factor(cast: Cast, visit: Visit) -> None:
    client = visit("lead_a1")
    SignIn.objects.filter(account__name="lead_a1").update(second_factor=False)
    assert client.get(TOKENS).status_code == 302, "sent to the second factor"
    SignIn.objects.filter(account__name="lead_a1").update(second_factor=False, way=SignIn.Way.PIN)
    assert client.post(TOKENS, FORM).status_code == 403
    assert not ApiToken.objects.exists()
