"""What is kept and why; keeping longer by two; forgetting somebody; what is held about me: on pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.foundation.errors import Refusal, text
from muster.foundation.registry import PURPOSES
from muster.mobilisation.models import Order
from muster.organisation.models import Appointment, Person
from muster.vault.models import Basis, Extension
from tests.cast import START, Cast
from tests.organisation.test_open_phone import phone_of, with_phones
from tests.website.conftest import Visit
from tests.website.test_roll_pages import text_of

KEPT, CONTACT = "/office/access/kept/", "/office/access/kept/contact/"
STATED = {"owner": "Office of the flood", "legal_basis": "Law on floods, article 4", "days": "90"}


def test_everybody_of_the_office_sees_why_and_a_commander_changes_it(cast: Cast, order: Order, visit: Visit) -> None:
    with_phones(cast)
    page = text_of(visit("lead_a1").get(KEPT))
    assert "Telephone number" in page
    assert "Unit D" in page
    assert "Change" not in page
    done = visit("commander").post(CONTACT, STATED)
    assert done.status_code == 302
    page = text_of(visit("commander").get(done["Location"]))
    assert "It stands below and holds from now on." in page
    assert "Office of the flood Law on floods, article 4" in page
    assert Basis.objects.get(pk="contact").days == 90


def _no_incident(_request: Any) -> None:
    raise Refusal("incident.none", text("No incident was opened yet."), status=404)


def test_an_empty_board_reminds_whoever_commands_until_each_basis_is_named(
    cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_phones(cast)
    monkeypatch.setattr("muster.briefing.views.visit_of", _no_incident)
    reminder = "on what law their particulars are kept"
    assert reminder in text_of(visit("commander").get("/office/"))
    assert reminder not in text_of(visit("lead_a").get("/office/"))
    assert "the legal basis is not named yet" in text_of(visit("commander").get(KEPT))
    assert "Unit D · the legal basis is not named yet" in text_of(visit("m_a1_1").get("/my/me/held/"))
    for purpose in PURPOSES:
        assert visit("commander").post(f"{KEPT}{purpose}/", STATED).status_code == 302
    assert reminder not in text_of(visit("commander").get("/office/"))
    assert "Office of the flood · Law on floods, article 4" in text_of(visit("m_a1_1").get("/my/me/held/"))


@pytest.mark.parametrize(("changes", "said"), [({"days": "many"}, "as a number"), ({"owner": " "}, "who answers")])
def test_what_was_typed_stays_when_it_is_refused(
    cast: Cast, order: Order, visit: Visit, changes: Any, said: str
) -> None:
    answer = visit("commander").post(CONTACT, STATED | changes)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert "Law on floods, article 4" in answer.content.decode()


def test_two_keep_it_longer(cast: Cast, order: Order, visit: Visit) -> None:
    with_phones(cast)
    asked = visit("commander").post(CONTACT, {"longer": "1", "days": "30"})
    assert "It waits for another commander" in text_of(visit("commander").get(asked["Location"]))
    waiting = Extension.objects.get()
    own = text_of(visit("commander").get(KEPT))
    assert "to be kept 30 days longer" in own
    assert "Confirm" not in own
    address = f"{KEPT}extensions/{waiting.pk}/"
    assert visit("commander").post(address).status_code == 409
    assert "Confirm" in text_of(visit("second").get(KEPT))
    assert visit("second").post(address).status_code == 302
    assert "to be kept" not in text_of(visit("second").get(KEPT))
    assert visit("second").post(address, {"drop": "1"}).status_code == 409


def test_somebody_who_left_is_erased(cast: Cast, order: Order, visit: Visit) -> None:
    with_phones(cast)
    person = cast.people["m_a1_2"]
    address = f"/office/access/erase/{person.pk}/"
    page = visit("commander").get(address)
    assert "End the appointment first" in text_of(page)
    assert "Erase for good" not in text_of(page)
    assert visit("commander").post(address).status_code == 409
    Appointment.objects.filter(person=person).update(until=START)
    assert "The name and 1 particular go for good" in text_of(visit("commander").get(address))
    done = visit("commander").post(address)
    assert "every count stays" in text_of(visit("commander").get(done["Location"]))
    assert Person.objects.get(pk=person.pk).name == ""
    assert visit("commander").get(address).status_code == 404
    assert visit("lead_a").get(address).status_code == 404


def test_what_is_held_about_me_is_mine_alone_and_prints(cast: Cast, order: Order, visit: Visit) -> None:
    with_phones(cast)
    for address in ("/my/me/held/", "/my/me/held/print/"):
        answer = visit("m_a1_1").get(address)
        assert phone_of("m_a1_1", cast) in text_of(answer)
        assert answer["Cache-Control"] == "private, no-store"
        assert "Nobody has opened anything of you." in text_of(answer)
    assert 'href="/my/me/held/"' in visit("m_a1_1").get("/my/me/").content.decode()


@pytest.mark.parametrize("address", [KEPT, CONTACT])
def test_a_page_costs_few_queries(cast: Cast, order: Order, visit: Visit, address: str) -> None:
    client = visit("commander")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(address)
    assert len(queries) <= 7
