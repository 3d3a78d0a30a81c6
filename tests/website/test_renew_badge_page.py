"""A lost badge: the bearer or their lead revokes it and gets a new one on a page."""

from __future__ import annotations

import pytest

from muster.mobilisation.answers import revoke_badge
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Badge, Order
from tests.cast import Cast, at
from tests.website.conftest import Visit
from tests.website.test_roll_pages import _queries, text_of


def badge_of(cast: Cast) -> Badge:
    """The badge that is in force of the one who reported in."""
    return Badge.objects.get(person=cast.people["m_a1_1"], revoked_at=None)


def page_of(cast: Cast, order: Order, number: str = "m_a1_1") -> str:
    return f"/office/entries/{cast.entry(order, number, REPORT_IN).pk}/badge/"


def checked(visit: Visit, badge: Badge) -> str:
    return text_of(visit("").post("/badge/check", {"text": badge.payload}))


def test_the_bearer_has_lost_it(cast: Cast, order: Order, visit: Visit) -> None:
    client, old = visit("m_a1_1"), badge_of(cast)
    assert 'href="/my/badge/lost/"' in client.get("/my/badge/").content.decode()
    asked = text_of(client.get("/my/badge/lost/"))
    assert "Have you lost your badge?" in asked
    assert old.no in asked
    assert badge_of(cast) == old, "looking ends nothing"
    done = client.post("/my/badge/lost/", {"no": old.no})
    assert (done.status_code, done["Location"]) == (302, "/my/badge/?renewed=1")
    new = badge_of(cast)
    shown = text_of(client.get(done["Location"]))
    assert "This is your new badge. The lost one is revoked" in shown
    assert new.no in shown
    assert old.no not in shown
    assert "This badge was revoked. It was lost, or its bearer is not on duty" in checked(visit, old)
    assert "This badge is valid" in checked(visit, new)


def test_a_second_tap_revokes_nothing_new(cast: Cast, order: Order, visit: Visit) -> None:
    client, old = visit("m_a1_1"), badge_of(cast)
    client.post("/my/badge/lost/", {"no": old.no})
    new = badge_of(cast)
    again = client.post("/my/badge/lost/", {"no": old.no})
    assert again.status_code == 409
    assert "A new badge was made already. Show that one." in text_of(again)
    assert badge_of(cast) == new


def test_nobody_renews_anothers_badge_or_one_that_is_none(cast: Cast, order: Order, visit: Visit) -> None:
    old = badge_of(cast)
    for number in ("m_a1_2", "m_b1_1", "counsellor", "lead_a1"):
        for no in (old.no, "", "nonsense"):
            assert visit(number).post("/my/badge/lost/", {"no": no}).status_code == 404, number
    assert visit("m_a1_2").get("/my/badge/lost/")["Location"] == "/my/badge/"
    assert visit("").post("/my/badge/lost/", {"no": old.no})["Location"].startswith("/")
    assert badge_of(cast) == old


def test_who_was_relieved_is_sent_to_the_lead(cast: Cast, order: Order, visit: Visit) -> None:
    client, old = visit("m_a1_1"), badge_of(cast)
    revoke_badge(by=cast.lead, unit=cast.village, badge=old)
    page = text_of(client.get("/my/badge/"))
    assert "Your badge was revoked" in page
    assert "lost: revoke it" not in page
    refused = client.post("/my/badge/lost/", {"no": old.no})
    assert refused.status_code == 409
    assert "Ask the lead of your unit for a new one." in text_of(refused)


@pytest.mark.parametrize("number", ["lead_a1", "lead_a", "commander", "clerk"])
def test_a_lead_makes_a_new_one(cast: Cast, order: Order, visit: Visit, number: str) -> None:
    client, page, old = visit(number), page_of(cast, order), badge_of(cast)
    entry = cast.entry(order, "m_a1_1", REPORT_IN)
    assert f'href="{page}"' in client.get(f"/office/entries/{entry.pk}/").content.decode()
    asked = text_of(client.get(page))
    assert "Badge of Name of m_a1_1" in asked
    assert old.no in asked
    done = client.post(page, {"no": old.no, "what": "renew"})
    assert done["Location"] == f"{page}?told=renewed"
    new = badge_of(cast)
    after = text_of(client.get(done["Location"]))
    assert f"A new badge was made, number {new.no}." in after
    assert f"number {old.no} revoked" in after
    assert new.no in text_of(visit("m_a1_1").get("/my/badge/"))
    again = client.post(page, {"no": old.no, "what": "renew"})
    assert again.status_code == 409
    assert "A new badge was made already" in text_of(again)


def test_a_lead_follows_the_advice_that_an_expired_badge_gives(cast: Cast, order: Order, visit: Visit) -> None:
    with at(hours=24 * 62):
        assert "Ask the lead of your unit for a new one." in text_of(visit("m_a1_1").get("/my/badge/"))
        old = badge_of(cast)
        assert visit("m_a1_1").post("/my/badge/lost/", {"no": old.no}).status_code == 409
        asked = text_of(visit("lead_a1").get(page_of(cast, order)))
        assert "expired" in asked
        assert "Relieved: revoke it" not in asked
        visit("lead_a1").post(page_of(cast, order), {"no": old.no, "what": "renew"})
        assert "On duty Unit A1" in text_of(visit("m_a1_1").get("/my/badge/"))


def test_from_my_unit_the_badges_are_reached(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("lead_a1")
    assert 'href="/my/unit/badges/"' in client.get("/my/unit/").content.decode()
    listed = client.get("/my/unit/badges/")
    assert "1 reported in" in text_of(listed)
    assert f'href="{page_of(cast, order)}"' in listed.content.decode()
    assert "Name of m_a1_1" in text_of(listed)
    assert "Name of m_a1_1" not in text_of(visit("lead_a2").get("/my/unit/badges/"))
    assert visit("m_a1_1").get("/my/unit/badges/").status_code == 403


@pytest.mark.parametrize(
    ("number", "status"), [("lead_a2", 404), ("lead_b", 404), ("m_a1_1", 403), ("counsellor", 403)]
)
def test_the_page_is_for_who_may(cast: Cast, order: Order, visit: Visit, number: str, status: int) -> None:
    client, page, old = visit(number), page_of(cast, order), badge_of(cast)
    assert client.get(page).status_code == status
    assert client.post(page, {"no": old.no, "what": "renew"}).status_code == status
    assert badge_of(cast) == old


def test_who_has_none_is_told_how_it_comes(cast: Cast, order: Order, visit: Visit) -> None:
    page = page_of(cast, order, "m_a1_2")
    assert "whoever reports in gets one by itself" in text_of(visit("lead_a1").get(page))
    assert visit("lead_a1").post(page, {"no": badge_of(cast).no, "what": "renew"}).status_code == 404, "another's"
    unit = f"/office/entries/{cast.entry(order, 'A1').pk}/badge/"
    assert visit("lead_a1").get(unit).status_code == 404, "a unit has no badge"


def test_queries_are_pinned(cast: Cast, order: Order, visit: Visit) -> None:
    assert _queries(visit("m_a1_1"), "/my/badge/") <= 4
    assert _queries(visit("m_a1_1"), "/my/badge/lost/") <= 4
    assert _queries(visit("lead_a1"), "/my/unit/badges/") <= 6
    assert _queries(visit("lead_a1"), page_of(cast, order)) <= 6
