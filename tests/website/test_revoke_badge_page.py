"""Somebody is relieved: their lead or a level above revokes the badge on a page."""

from __future__ import annotations

import pytest

from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from tests.cast import Cast
from tests.website.conftest import Visit
from tests.website.test_renew_badge_page import badge_of, checked, page_of
from tests.website.test_roll_pages import text_of


@pytest.mark.parametrize("number", ["lead_a1", "lead_a", "commander", "clerk"])
def test_a_lead_revokes_it_and_may_give_a_new_one(cast: Cast, order: Order, visit: Visit, number: str) -> None:
    client, page, badge = visit(number), page_of(cast, order), badge_of(cast)
    assert "Relieved: revoke it" in text_of(client.get(page))
    done = client.post(page, {"no": badge.no, "what": "revoke"})
    assert done["Location"] == f"{page}?told=revoked"
    after = text_of(client.get(done["Location"]))
    assert f"Number {badge.no} is revoked. Whoever checks it is told." in after
    assert "Relieved: revoke it" not in after
    assert "This badge was revoked" in checked(visit, badge)
    assert "Your badge was revoked" in text_of(visit("m_a1_1").get("/my/badge/"))
    assert cast.entry(order, "m_a1_1", REPORT_IN).state == "answered", "that they reported in stays on record"
    client.post(page, {"no": badge.no, "what": "renew"})
    assert "This badge is valid" in checked(visit, badge_of(cast))
    assert "This badge was revoked" in checked(visit, badge), "a revoked number stays revoked"


def test_it_is_revoked_once(cast: Cast, order: Order, visit: Visit) -> None:
    client, page, badge = visit("lead_a1"), page_of(cast, order), badge_of(cast)
    client.post(page, {"no": badge.no, "what": "revoke"})
    again = client.post(page, {"no": badge.no, "what": "revoke"})
    assert again.status_code == 409
    assert "This badge is revoked already" in text_of(again)
    assert "Badge of Name of m_a1_1" in text_of(again), "refused in place"


@pytest.mark.parametrize(("number", "status"), [("lead_a2", 404), ("lead_b", 404), ("m_a1_1", 403), ("inspector", 403)])
def test_who_may_not_revokes_nothing(cast: Cast, order: Order, visit: Visit, number: str, status: int) -> None:
    badge = badge_of(cast)
    answer = visit(number).post(page_of(cast, order), {"no": badge.no, "what": "revoke"})
    assert answer.status_code == status
    assert badge_of(cast) == badge


@pytest.mark.parametrize("no", ["", "nonsense", "2345678ABC"])
def test_a_number_that_is_none_of_theirs_is_not_there(cast: Cast, order: Order, visit: Visit, no: str) -> None:
    assert visit("lead_a1").post(page_of(cast, order), {"no": no, "what": "revoke"}).status_code == 404
