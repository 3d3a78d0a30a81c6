"""Who holds which role: listed, given and ended on pages, by whoever may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.mobilisation.models import Order
from muster.organisation.actions import record_absence
from muster.organisation.granting import stand_in
from muster.organisation.models import Absence, Account, Grant
from tests.cast import START, Cast, at
from tests.website.conftest import Visit
from tests.website.test_roll_pages import text_of

LIST = "/office/access/"
GIVE = "/office/access/give/"


def account(number: str) -> str:
    return str(Account.objects.get(name=number).pk)


def grant(number: str, role: str) -> Grant:
    return Grant.objects.get(account__name=number, role=role)


def test_the_list_shows_the_roles_of_ones_units(cast: Cast, order: Order, visit: Visit) -> None:
    page = text_of(visit("lead_a").get(LIST))
    assert "Name of lead_a1 lead_a1 Unit lead A1" in page
    assert "lead_b" not in page
    assert "m_a1_1" not in page, "members are left out until they are asked for"
    assert "Name of m_a1_1" in text_of(visit("lead_a").get(LIST, {"role": "member"}))
    assert "Name of lead_a1" in text_of(visit("lead_a").get(LIST, {"q": "lead_a1"}))
    assert "Nobody is found" in text_of(visit("lead_a").get(LIST, {"q": "lead_b"}))
    assert "Name of lead_a2" not in text_of(visit("commander").get(LIST, {"unit": "A1"}))
    assert visit("lead_a").get(LIST, {"unit": "B"}).status_code == 404


def test_a_role_is_given_until_a_moment(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("lead_a")
    found = client.get(GIVE, {"q": "m_a1"}).content.decode()
    assert f'href="{GIVE}?account={account("m_a1_2")}"' in found
    form = text_of(client.get(GIVE, {"account": account("m_a1_2"), "unit": "A1"}))
    assert "Give Name of m_a1_2 a role" in form
    assert "Clerk" not in form, "only what may be given"
    sent = {"account": account("m_a1_2"), "unit": "A1", "role": "team_lead", "until": "2020-02-10T18:00"}
    done = client.post(GIVE, sent)
    assert done.status_code == 302
    assert "The role is given." in text_of(client.get(done["Location"]))
    made = grant("m_a1_2", "team_lead")
    assert (made.unit, made.until is not None, made.granted_by) == (
        cast.village,
        True,
        Account.objects.get(name="lead_a"),
    )


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"role": "clerk"}, 403, "This is not yours to do."),
        ({"role": "emperor"}, 422, "There is no role emperor."),
        ({"until": "2019-01-01T00:00"}, 422, "It must end after it begins"),
        ({"until": "soon"}, 422, "is no date and time"),
        ({"unit": "B1"}, 404, ""),
        ({"unit": "none"}, 404, ""),
        ({"account": "x"}, 404, ""),
        ({"account": "00000000-0000-4000-8000-000000000000"}, 404, ""),
    ],
)
def test_what_may_not_be_given_is_refused_in_place(
    cast: Cast, order: Order, visit: Visit, changes: dict[str, Any], status: int, words: str
) -> None:
    before = Grant.objects.count()
    sent = {"account": account("m_a1_2"), "unit": "A1", "role": "team_lead", "until": ""} | changes
    answer = visit("lead_a").post(GIVE, sent)
    assert answer.status_code == status
    assert words in text_of(answer)
    assert Grant.objects.count() == before


def test_somebody_of_other_units_is_not_found_nor_given(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("lead_a")
    assert "Nobody of your units is called" in text_of(client.get(GIVE, {"q": "m_b1_1"}))
    sent = {"account": account("m_b1_1"), "unit": "A1", "role": "member"}
    assert client.post(GIVE, sent).status_code == 404


def test_who_may_give_nothing_is_refused(cast: Cast, order: Order, visit: Visit) -> None:
    assert "Give a role" not in text_of(visit("clerk").get(LIST))
    assert visit("clerk").get(GIVE).status_code == 403
    assert visit("m_a1_1").get(LIST).status_code == 403
    assert visit("m_a1_1").get(GIVE).status_code == 403


def test_a_role_is_ended_now(cast: Cast, order: Order, visit: Visit) -> None:
    found = grant("lead_a1", "lead")
    client, page = visit("lead_a"), f"{LIST}{found.pk}/end/"
    assert f'href="{page}"' in client.get(LIST).content.decode()
    assert "End the role of Name of lead_a1?" in text_of(client.get(page))
    done = client.post(page, {"until": ""})
    assert done.status_code == 302
    assert "ended" in text_of(client.get(done["Location"]))
    assert grant("lead_a1", "lead").until is not None
    again = client.post(page, {"until": ""})
    assert again.status_code == 409
    assert "This has ended already." in text_of(again)


def test_it_is_ended_by_whoever_could_give_it(cast: Cast, order: Order, visit: Visit) -> None:
    page = f"{LIST}{grant('lead_a1', 'lead').pk}/end/"
    assert visit("lead_b").get(page).status_code == 404
    assert visit("lead_a2").post(page).status_code == 404
    assert visit("clerk").post(page).status_code == 403
    assert visit("commander").get(f"{LIST}99999999/end/").status_code == 404
    assert grant("lead_a1", "lead").until is None


def test_a_stand_in_is_shown_with_whom_it_is_for(cast: Cast, order: Order, visit: Visit) -> None:
    with at(hours=5):
        person, back = cast.people["lead_a3"], START + timedelta(days=2)
        record_absence(by=cast.commander, unit=cast.units["A3"], person=person, kind="ill", since=START, until=back)
        other = Account.objects.get(name="m_a3_1")
        stand_in(by=cast.town_lead, unit=cast.units["A3"], person=person, account=other)
    assert "stands in for Name of lead_a3" in text_of(visit("lead_a").get(LIST, {"q": "m_a3_1"}))
    with at(hours=5, minutes=30):
        cast.answer(order, "A3", by=cast.actor("m_a3_1"))
    page = text_of(visit("lead_a").get(f"/office/entries/{cast.entry(order, 'A3').pk}/"))
    assert "Name of m_a3_1 · A3 for Name of lead_a3" in page


def test_queries_are_pinned(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    found = grant("lead_a1", "lead").pk
    for page, most in ((LIST, 3), (f"{LIST}?unit=A&q=lead", 4), (f"{GIVE}?q=m_a", 4), (f"{LIST}{found}/end/", 3)):
        with CaptureQueriesContext(connection) as caught:
            assert client.get(page).status_code == 200
        assert len(caught) <= most, page


STAND_IN = "/office/access/stand-in/"


def test_somebody_acts_for_one_who_is_away(cast: Cast, order: Order, visit: Visit) -> None:
    client, person = visit("lead_a"), cast.people["lead_a3"]
    assert f'href="{STAND_IN}?person={person.pk}"' in client.get(STAND_IN, {"q": "lead_a3"}).content.decode()
    assert "Who acts for Name of lead_a3?" in text_of(client.get(STAND_IN, {"person": str(person.pk)}))
    sent = {"person": str(person.pk), "kind": "ill", "until": "2020-02-10T18:00", "account": "m_a3_1"}
    done = client.post(STAND_IN, sent)
    assert done.status_code == 302
    assert "stands in for Name of lead_a3" in text_of(client.get(done["Location"]))
    assert cast.actor("m_a3_1").has("lead")
    known = text_of(client.get(STAND_IN, {"person": str(person.pk)}))
    assert "away from 29 Jan" in known
    assert "Away because" not in known, "the absence is on record"


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"account": "Name of m_a"}, 422, "one person of your units"),
        ({"account": "m_b1_1"}, 422, "one person of your units"),
        ({"account": "lead_a3"}, 422, "Nobody stands in for themselves."),
        ({"kind": "bored"}, 422, "There is no kind of absence bored."),
        ({"until": ""}, 422, "Standing in ends while the person is still away"),
        ({"until": "2019-01-01T00:00"}, 422, "It must end after it begins."),
        ({"person": "00000000-0000-4000-8000-000000000000"}, 404, ""),
        ({"person": "x"}, 404, ""),
    ],
)
def test_what_cannot_be_stood_in_for_is_refused(
    cast: Cast, order: Order, visit: Visit, changes: dict[str, Any], status: int, words: str
) -> None:
    sent = {"person": str(cast.people["lead_a3"].pk), "kind": "ill", "until": "2020-02-10T18:00", "account": "m_a3_1"}
    answer = visit("lead_a").post(STAND_IN, sent | changes)
    assert answer.status_code == status
    assert words in text_of(answer)
    assert not Grant.objects.filter(stands_in_for__isnull=False).exists()
    assert not Absence.objects.exists(), "nothing was written"


def test_who_gives_nothing_lets_nobody_stand_in(cast: Cast, order: Order, visit: Visit) -> None:
    assert visit("clerk").get(STAND_IN).status_code == 403
    person = str(cast.people["lead_b1"].pk)
    assert visit("lead_a").get(STAND_IN, {"person": person}).status_code == 404
