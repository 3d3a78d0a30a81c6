"""A lost badge: the bearer or their lead revokes it and gets a new one on a page."""

from __future__ import annotations

import pytest
from django.urls import reverse

from muster.mobilisation import views_badge
from muster.mobilisation.actions import withdraw_order
from muster.mobilisation.answers import report_in, revoke_badge, withdraw_report_in
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Badge, Order
from muster.mobilisation.renewal import renew_badge
from muster.roll.actions import add_entry, remove_entry
from muster.roll.kinds import Expected
from tests.cast import REASON, Cast, at
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
    assert f'href="/my/badge/lost/?no={old.no}"' in client.get("/my/badge/").content.decode()
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
    assert visit("").post("/my/badge/lost/", {"no": old.no})["Location"] == reverse("door")
    assert badge_of(cast) == old


def test_who_was_relieved_is_sent_to_the_lead(cast: Cast, order: Order, visit: Visit) -> None:
    client, old = visit("m_a1_1"), badge_of(cast)
    revoke_badge(by=cast.lead, unit=cast.village, badge=old)
    answer = client.get("/my/badge/")
    assert "Your badge was revoked" in text_of(answer)
    assert "/my/badge/lost/" not in answer.content.decode()
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


def called_again(cast: Cast) -> tuple[Order, Badge, Badge]:
    """The member of A1 is called up a second time and reports in once more: the order, the first badge, the second."""
    first = badge_of(cast)
    again = cast.order(key="again", title="Once more", call_up="kind:village")
    with at(hours=6, minutes=5):
        report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=again)
    return again, first, Badge.objects.exclude(no=first.no).get(person=cast.people["m_a1_1"], revoked_at=None)


def test_a_newer_badge_that_was_revoked_hides_no_valid_one(cast: Cast, order: Order, visit: Visit) -> None:
    again, first, second = called_again(cast)
    client, person = visit("m_a1_1"), cast.people["m_a1_1"]
    with at(hours=6, minutes=10):
        withdraw_report_in(by=cast.member, unit=cast.village, person=person, order=again, reason=REASON)
        shown = text_of(client.get("/my/badge/"))
        assert "Your badge was revoked" not in shown
        assert first.no in shown
        assert second.no not in shown
        assert first.no in text_of(client.get("/my/badge/lost/"))
        assert client.post("/my/badge/lost/", {"no": first.no}).status_code == 302


def test_each_of_several_valid_badges_is_shown_and_lost_by_itself(cast: Cast, order: Order, visit: Visit) -> None:
    _again, first, second = called_again(cast)
    client = visit("m_a1_1")
    with at(hours=6, minutes=10):
        answer = client.get("/my/badge/")
        shown = text_of(answer)
        assert shown.index(second.no) < shown.index(first.no), "the newest first"
        assert "Once more" in shown, "which is which"
        for badge, other in ((first, second), (second, first)):
            lost = f"/my/badge/lost/?no={badge.no}"
            assert f'href="{lost}"' in answer.content.decode()
            asked = text_of(client.get(lost))
            assert badge.no in asked
            assert other.no not in asked
        client.post("/my/badge/lost/", {"no": first.no})
        second.refresh_from_db()
        assert second.revoked_at is None
        assert client.get(f"/my/badge/lost/?no={first.no}")["Location"] == "/my/badge/"


def test_after_a_withdrawn_order_the_badges_are_reached_and_revoked(cast: Cast, order: Order, visit: Visit) -> None:
    withdraw_order(by=cast.commander, order=order)
    client, page, badge = visit("lead_a1"), page_of(cast, order), badge_of(cast)
    listed = client.get("/my/unit/badges/")
    assert "1 reported in" in text_of(listed)
    assert f'href="{page}"' in listed.content.decode()
    name = f"/office/entries/{cast.entry(order, 'm_a1_1', REPORT_IN).pk}/"
    shown = client.get(name)
    assert "What asked for this was withdrawn" in text_of(shown)
    assert f'href="{page}"' in shown.content.decode()
    assert f'href="{page}"' not in visit("inspector").get(name).content.decode()
    client.post(page, {"no": badge.no, "what": "revoke"})
    assert "This badge was revoked" in checked(visit, badge)


def test_the_page_of_a_name_leads_there_once(cast: Cast, order: Order, visit: Visit) -> None:
    client, page = visit("lead_a1"), page_of(cast, order)
    name = f"/office/entries/{cast.entry(order, 'm_a1_1', REPORT_IN).pk}/"
    assert client.get(name).content.decode().count(f'href="{page}"') == 1
    other = cast.entry(order, "m_a1_2", REPORT_IN).pk
    assert f"/office/entries/{other}/badge/" not in client.get(f"/office/entries/{other}/").content.decode()


def test_a_lead_with_a_badge_of_their_own_is_promised_what_they_get(cast: Cast, order: Order, visit: Visit) -> None:
    report_in(by=cast.lead, unit=cast.village, person=cast.people["lead_a1"], order=order)
    client, page = visit("lead_a1"), page_of(cast, order, "lead_a1")
    badge = Badge.objects.get(person=cast.people["lead_a1"])
    asked = text_of(client.get(page))
    assert "you get a new badge, valid as long as this one" in asked
    assert "60 days" not in asked
    assert "60 days" in text_of(visit("lead_a").get(page))
    client.post(page, {"no": badge.no, "what": "revoke"})
    after = text_of(client.get(page))
    assert "Another lead of your unit, or a level above, gives you a new one." in after
    assert "Make a new badge" not in after
    assert "Make a new badge" in text_of(visit("lead_a").get(page))


@pytest.mark.parametrize("what", ["revoke", "renew"])
def test_a_refusal_because_somebody_was_faster_shows_what_stands_now(
    cast: Cast, order: Order, visit: Visit, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, old, end = page_of(cast, order), badge_of(cast), views_badge._end

    def too_late(*given: object, **how: bool) -> str:
        renew_badge(by=cast.member, badge=old)
        return end(*given, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(views_badge, "_end", too_late)
    refused = visit("lead_a1").post(page, {"no": old.no, "what": what})
    assert refused.status_code == 409
    assert "A new badge was made" in text_of(refused)
    assert f"number {old.no} revoked" in text_of(refused)
    assert f'name="no" value="{badge_of(cast).no}"' in refused.content.decode()


def put_back(cast: Cast, order: Order) -> Badge:
    """Somebody was taken off the roll with their badge left valid, as it was once, and put back; that badge."""
    entry, badge = cast.entry(order, "m_a1_1", REPORT_IN), badge_of(cast)
    asked = {"by": cast.commander, "holder": cast.root}
    remove_entry(**asked, entry=entry.pk, reason=REASON)
    again = Expected(unit=cast.village.pk, subject_kind="person", subject_id=entry.subject_id)
    add_entry(**asked, roll=entry.roll, expected=again)
    Badge.objects.filter(no=badge.no).update(revoked_at=None)
    return badge


def test_whoever_was_put_back_on_the_roll_has_all_their_badges_shown(cast: Cast, order: Order, visit: Visit) -> None:
    first = put_back(cast, order)
    with at(hours=6, minutes=5):
        report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=order)
        second = Badge.objects.exclude(no=first.no).get(person=cast.people["m_a1_1"], revoked_at=None)
        client, page = visit("lead_a1"), page_of(cast, order)
        asked = text_of(client.get(page))
        assert asked.index(second.no) < asked.index(first.no)
        assert "The report-in that this badge came with does not stand any more. Revoke it." in asked
        done = client.post(page, {"no": first.no, "what": "revoke"})
        assert f"Number {first.no} is revoked." in text_of(client.get(done["Location"]))
        assert badge_of(cast) == second
        client.post(page, {"no": second.no, "what": "revoke"})
        assert not Badge.objects.filter(person=cast.people["m_a1_1"], revoked_at=None).exists()


def test_a_badge_that_outlived_its_report_in_is_reached(cast: Cast, order: Order, visit: Visit) -> None:
    badge, client, page = put_back(cast, order), visit("lead_a1"), page_of(cast, order)
    name = f"/office/entries/{cast.entry(order, 'm_a1_1', REPORT_IN).pk}/"
    assert f'href="{page}"' in client.get(name).content.decode()
    asked = text_of(client.get(page))
    assert badge.no in asked
    assert "make a new one" not in asked
    client.post(page, {"no": badge.no, "what": "revoke"})
    assert "This badge was revoked" in checked(visit, badge)
