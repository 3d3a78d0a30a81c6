"""One name's page: its marks told one by one, and what each may do about it."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from muster.foundation.rights import house
from muster.mobilisation.actions import withdraw_order
from muster.mobilisation.kinds import ACKNOWLEDGEMENT, CANNOT, REPORT_IN
from muster.mobilisation.models import Acknowledgement, Badge, Order
from muster.organisation.granting import grant_role
from muster.organisation.models import Account
from muster.roll.actions import close_roll, hand_over_entries, set_reasons
from muster.roll.models import Entry, Mark
from tests.cast import REASON, START, Cast, at
from tests.website.conftest import Visit
from tests.website.test_roll_pages import give_phones, text_of


def page_of(entry: Entry) -> str:
    return f"/office/entries/{entry.pk}/"


def test_it_tells_who_said_what_and_when(cast: Cast, order: Order, visit: Visit) -> None:
    told = text_of(visit("commander").get(page_of(cast.entry(order, "A2"))))
    assert "29 Jan 09:30 cannot comply · Because recorded by Name of lead_a2 · A2 themselves" in told
    assert told.index("cannot comply · Because") < told.index("put on the roll")
    member = text_of(visit("commander").get(page_of(cast.entry(order, "m_a1_1", REPORT_IN))))
    assert "reported in recorded by Name of m_a1_1 · A1 themselves" in member


def test_a_lead_who_wrote_it_down_is_named(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "m_a1_2", REPORT_IN)
    assert visit("lead_a").post(f"{page_of(entry)}report-in/").status_code == 302
    told = text_of(visit("lead_a").get(page_of(entry)))
    assert "reported in late recorded by Name of lead_a · A" in told
    assert "Name of lead_a · A themselves" not in told


def test_the_past_shows_what_was_known_then(cast: Cast, order: Order, visit: Visit) -> None:
    page = text_of(visit("commander").get(page_of(cast.entry(order, "A1")), {"as_of": "2020-01-29T09:05"}))
    assert "Not now" in page
    assert "will do" not in page
    assert "put on the roll" in page
    assert "Mend the answer" not in page


def test_answer_correct_take_back(cast: Cast, order: Order, visit: Visit) -> None:
    entry, client = cast.entry(order, "A3"), visit("lead_a3")
    assert "Answer for this unit" in text_of(client.get(page_of(entry)))
    client.post(f"{page_of(entry)}acknowledge/", {"outcome": "will_do"})
    assert cast.entry(order, "A3").outcome == "will_do"
    client.post(f"{page_of(entry)}correct/", {"outcome": "cannot", "reason": REASON})
    assert cast.entry(order, "A3").unmet
    client.post(f"{page_of(entry)}take-back/", {"reason": REASON})
    assert cast.entry(order, "A3").state == "outstanding"
    told = text_of(client.get(page_of(entry)))
    assert told.index("answer taken back") < told.index("corrected: cannot comply") < told.index("will do")


@pytest.mark.parametrize(
    ("verb", "sent"),
    [
        ("acknowledge", {"outcome": "perhaps"}),
        ("acknowledge", {"outcome": "cannot"}),
        ("acknowledge", {"outcome": "cannot", "reason": "invented"}),
        ("acknowledge", {}),
    ],
)
def test_an_answer_that_is_none_is_refused(
    cast: Cast, order: Order, visit: Visit, verb: str, sent: dict[str, str]
) -> None:
    answer = visit("lead_a3").post(f"{page_of(cast.entry(order, 'A3'))}{verb}/", sent)
    assert answer.status_code == 422
    assert cast.entry(order, "A3").state == "outstanding"


def test_nobody_answers_for_others(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "A3")
    assert visit("lead_a2").post(f"{page_of(entry)}acknowledge/", {"outcome": "will_do"}).status_code == 404
    assert visit("m_a3_1").post(f"{page_of(entry)}acknowledge/", {"outcome": "will_do"}).status_code == 403
    assert visit("").post(f"{page_of(entry)}acknowledge/", {"outcome": "will_do"}).status_code == 302
    wrong_kind = cast.entry(order, "m_a3_1", REPORT_IN)
    assert visit("lead_a3").post(f"{page_of(wrong_kind)}acknowledge/", {"outcome": "will_do"}).status_code == 404
    assert visit("lead_a3").post(f"{page_of(entry)}report-in/").status_code == 404
    assert cast.entry(order, "A3").state == "outstanding"


def test_a_unit_never_excuses_itself(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "A3")
    assert "Why excused" not in text_of(visit("lead_a3").get(page_of(entry)))
    assert visit("lead_a3").post(f"{page_of(entry)}excuse/", {"reason": REASON}).status_code == 403
    assert visit("lead_a").post(f"{page_of(entry)}excuse/", {"reason": REASON}).status_code == 302
    assert cast.entry(order, "A3").state == "excused"
    assert "End the excuse" in text_of(visit("lead_a").get(page_of(entry)))
    assert visit("lead_a").post(f"{page_of(entry)}lift-excuse/").status_code == 302
    assert cast.entry(order, "A3").state == "outstanding"


def test_between_two_answers_a_person_chooses(cast: Cast, order: Order, visit: Visit) -> None:
    cast.answer(order, "A1", "cannot", by=cast.commander)
    entry, client = cast.entry(order, "A1"), visit("lead_a")
    assert entry.differs
    page = client.get(page_of(entry))
    assert "Two answers differ" in text_of(page)
    fact = Acknowledgement.objects.get(subject=cast.village, outcome="cannot")
    assert str(fact.pk) in page.content.decode()
    assert client.post(f"{page_of(entry)}choose/", {"fact": "x", "reason": REASON}).status_code == 422
    assert client.post(f"{page_of(entry)}choose/", {"fact": fact.pk}).status_code == 422
    assert client.post(f"{page_of(entry)}choose/", {"fact": fact.pk, "reason": REASON}).status_code == 302
    chosen = cast.entry(order, "A1")
    assert (chosen.outcome, chosen.differs) == ("cannot", False)
    listed = visit("commander").get(f"/office/rolls/{cast.roll(order).pk}/", {"show": "unmet"})
    with at(hours=7):
        assert "Unit A1" in text_of(visit("commander").get(f"/office/rolls/{cast.roll(order).pk}/", {"show": "unmet"}))
    assert listed.status_code == 200


def test_the_issuer_answers_who_cannot(cast: Cast, order: Order, visit: Visit) -> None:
    told = cast.told(order, "A2")
    assert told is not None
    assert visit("lead_a").get(page_of(told)).status_code == 404, "the town does not hold that roll"
    client = visit("commander")
    assert "It was helped" in text_of(client.get(page_of(told)))
    assert client.post(f"{page_of(told)}answer-cannot/", {"outcome": "perhaps"}).status_code == 422
    assert client.post(f"{page_of(told)}answer-cannot/", {"outcome": "helped"}).status_code == 302
    after = cast.told(order, "A2")
    assert after is not None
    assert after.outcome == "helped"
    assert client.post(f"{page_of(told)}answer-cannot/", {"outcome": "helped"}).status_code == 409
    assert f"/office/rolls/{cast.roll(order, CANNOT).pk}/" in client.get("/office/rolls/").content.decode()


def test_taking_a_report_back_revokes_the_badge(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "m_a1_1", REPORT_IN)
    assert Badge.objects.get(person=cast.people["m_a1_1"]).revoked_at is None
    visit("lead_a1").post(f"{page_of(entry)}take-back/", {"reason": REASON})
    assert Badge.objects.get(person=cast.people["m_a1_1"]).revoked_at is not None


def test_a_withdrawn_roll_offers_nothing(cast: Cast, order: Order, visit: Visit) -> None:
    withdraw_order(by=cast.commander, order=order)
    entry = cast.entry(order, "A3")
    page = text_of(visit("lead_a3").get(page_of(entry)))
    assert "Answer for this unit" not in page
    assert "What asked for this was withdrawn. The figures stay as they were." in page
    refused = visit("lead_a3").post(f"{page_of(entry)}acknowledge/", {"outcome": "will_do"})
    assert refused.status_code == 409
    assert "no answer is needed" in text_of(refused)


def test_every_verb_takes_post_only(cast: Cast, order: Order, visit: Visit) -> None:
    entry, client = cast.entry(order, "A3"), visit("commander")
    for verb in ("excuse", "lift-excuse", "choose", "phone", "acknowledge", "correct", "report-in", "take-back"):
        assert client.get(f"{page_of(entry)}{verb}/").status_code == 405, verb


def answers_offered(page: str) -> list[str]:
    return re.findall(r'name="fact" value="([^"]*)"', page)


def test_the_answers_offered_are_those_that_can_be_chosen(cast: Cast, order: Order, visit: Visit) -> None:
    cast.answer(order, "A1", "cannot", by=cast.commander)
    entry, client = cast.entry(order, "A1"), visit("lead_a")
    cannot = Acknowledgement.objects.get(subject=cast.village, outcome="cannot").pk
    client.post(f"{page_of(entry)}choose/", {"fact": cannot, "reason": REASON})
    with at(hours=6, minutes=1):
        cast.answer(order, "A1", by=cast.commander)
        newest = Acknowledgement.objects.filter(subject=cast.village).latest("recorded_at").pk
        offered = answers_offered(client.get(page_of(entry)).content.decode())
        assert sorted(offered) == sorted([str(cannot), str(newest)]), "neither the ruling nor the one chosen against"
        stands = client.post(f"{page_of(entry)}choose/", {"fact": cannot, "reason": REASON})
        assert stands.status_code == 302
    assert (cast.entry(order, "A1").outcome, cast.entry(order, "A1").differs) == ("cannot", False)


def test_what_a_lead_wrote_down_for_a_member_is_not_the_members_own(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "m_a1_2", REPORT_IN)
    visit("lead_a1").post(f"{page_of(entry)}report-in/")
    told = text_of(visit("lead_a1").get(page_of(entry)))
    assert "recorded by Name of lead_a1 · A1" in told
    assert "Name of lead_a1 · A1 themselves" not in told


def test_the_past_names_the_unit_that_saw_to_it_then(cast: Cast, order: Order, visit: Visit) -> None:
    then, entry = {"as_of": "2020-01-29T14:30"}, cast.entry(order, "A3")
    before = visit("lead_a3").get(page_of(entry), then)
    hand_over_entries(by=cast.town_lead, parent=cast.town, unit=cast.units["A3"], into=cast.village, reason=REASON)
    after = visit("lead_a3").get(page_of(entry), then)
    assert (before.status_code, after.status_code) == (200, 200)
    for page in (before, after):
        assert "Name of lead_a3" in page.content.decode()
        assert "Unit A1" not in page.content.decode()
    assert visit("lead_a3").get(page_of(entry)).status_code == 404
    assert visit("lead_a1").get(page_of(entry)).status_code == 200
    assert visit("lead_a2").get(page_of(entry), then).status_code == 404, "never theirs"


def test_the_past_shows_a_refusal_as_one(cast: Cast, order: Order, visit: Visit) -> None:
    page = visit("commander").get(page_of(cast.entry(order, "A2")), {"as_of": "2020-01-29T10:00"}).content.decode()
    card = page[page.index("What was recorded") : page.index('<ol class="story">')]
    assert "cannot comply" in card
    assert "acknowledged" not in card


def test_a_unit_never_excuses_itself_on_its_own_roll(cast: Cast, order: Order, visit: Visit) -> None:
    own = cast.order(key="own", issuer=cast.units["A"], by=cast.town_lead, audience="under:A", founding=False)
    entry = cast.entry(own, "A")
    assert "Why excused" not in text_of(visit("lead_a").get(page_of(entry)))
    assert visit("lead_a").post(f"{page_of(entry)}excuse/", {"reason": REASON}).status_code == 403
    assert "Why excused" in text_of(visit("lead_a").get(page_of(cast.entry(own, "A1"))))
    assert "Why excused" in text_of(visit("commander").get(page_of(entry)))


# A roll that has closed ----------------------------------------------------------------------------------------


@pytest.fixture
def closed(cast: Cast, order: Order) -> Order:
    """The order, its rolls closed, with a list of its own for why an answer is mended."""
    set_reasons(by=house("set-up"), reasons=[("correction", "slip", "A slip of the pen")])
    for kind in (ACKNOWLEDGEMENT, REPORT_IN, CANNOT):
        close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order, kind))
    return order


def test_on_a_closed_roll_a_lead_corrects_and_takes_back_with_a_reason(cast: Cast, closed: Order, visit: Visit) -> None:
    entry, client = cast.entry(closed, "A2"), visit("lead_a2")
    page = text_of(client.get(page_of(entry)))
    assert "This roll is closed. What you mend counts from now on" in page
    assert "Why the answer is mended Because A slip of the pen" in page
    refused = client.post(f"{page_of(entry)}correct/", {"outcome": "will_do"})
    assert refused.status_code == 422
    assert "say why it is mended" in text_of(refused)
    with at(hours=7):
        answer = client.post(f"{page_of(entry)}correct/", {"outcome": "will_do", "correction": "slip"})
        assert answer.status_code == 302
        told = text_of(client.get(page_of(entry)))
    assert "corrected: will do · A slip of the pen" in told
    with at(hours=8):
        sent = {"outcome": "cannot", "reason": REASON, "correction": "slip"}
        assert client.post(f"{page_of(entry)}correct/", sent).status_code == 302
        assert "corrected: cannot comply · Because · A slip of the pen" in text_of(client.get(page_of(entry)))
        assert client.post(f"{page_of(entry)}take-back/", {"reason": REASON}).status_code == 302
        after = text_of(client.get(page_of(entry)))
    assert "answer taken back" in after
    assert "This roll is closed: it takes no answer any more." in after
    assert "Mend the answer" not in after


def test_on_a_closed_roll_a_report_in_is_taken_back_and_an_answer_to_who_cannot_is_mended(
    cast: Cast, closed: Order, visit: Visit
) -> None:
    entry = cast.entry(closed, "m_a1_1", REPORT_IN)
    offered = text_of(visit("lead_a1").get(page_of(entry)))
    assert "Take the answer back" in offered
    assert "No answer can follow: it stays outstanding in the figures." in offered
    assert visit("lead_a1").post(f"{page_of(entry)}take-back/", {"reason": REASON}).status_code == 302
    assert cast.entry(closed, "m_a1_1", REPORT_IN).state == "outstanding"
    told = cast.told(closed, "A2")
    assert told is not None
    assert "Answer this unit" not in text_of(visit("commander").get(page_of(told))), "it was not answered in time"


def test_the_issuer_mends_its_answer_on_a_closed_list_with_a_reason(cast: Cast, order: Order, visit: Visit) -> None:
    told, client = cast.told(order, "A2"), visit("commander")
    assert told is not None
    client.post(f"{page_of(told)}answer-cannot/", {"outcome": "helped"})
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order, CANNOT))
    assert "Why the answer is mended" in text_of(client.get(page_of(told)))
    assert client.post(f"{page_of(told)}answer-cannot/", {"outcome": "insisted"}).status_code == 422
    sent = {"outcome": "insisted", "correction": REASON}
    assert client.post(f"{page_of(told)}answer-cannot/", sent).status_code == 302
    after = cast.told(order, "A2")
    assert after is not None
    assert after.outcome == "insisted"


def test_a_closed_roll_says_why_it_offers_nothing_to_others(cast: Cast, closed: Order, visit: Visit) -> None:
    account = Account.objects.get(name="lead_a1")
    grant_role(by=house("set-up"), account=account, role="team_lead", unit=cast.neighbour, since=START)
    entry = cast.entry(closed, "A2")
    page = text_of(visit("lead_a1").get(page_of(entry)))
    assert "Only a lead of Unit A2, or of a level above, may still mend the answer." in page
    assert "Mend the answer" not in page
    assert visit("lead_a1").post(f"{page_of(entry)}take-back/", {"reason": REASON}).status_code == 403
    waiting = text_of(visit("lead_a3").get(page_of(cast.entry(closed, "A3"))))
    assert "This roll is closed: it takes no answer any more." in waiting
    assert "Answer for this unit" not in waiting
    assert "Excuse, with a reason" not in text_of(visit("commander").get(page_of(cast.entry(closed, "A3"))))


def test_between_two_answers_a_lead_chooses_after_closing_too(cast: Cast, order: Order, visit: Visit) -> None:
    cast.answer(order, "A1", "cannot", by=cast.commander)
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(order))
    entry, client = cast.entry(order, "A1"), visit("lead_a")
    assert "Choose the answer that stands" in text_of(client.get(page_of(entry)))
    fact = Acknowledgement.objects.get(subject=cast.village, outcome="cannot")
    assert client.post(f"{page_of(entry)}choose/", {"fact": fact.pk, "reason": REASON}).status_code == 302
    assert cast.entry(order, "A1").outcome == "cannot"


def test_a_superseded_roll_says_that_a_newer_version_took_its_place(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "A2")
    cast.order(version=2)
    page = text_of(visit("commander").get(page_of(entry)))
    assert "A newer version has taken the place of this roll. Its figures stay as they were." in page
    assert "Mend the answer" not in page
    sent = {"outcome": "will_do", "correction": REASON}
    assert visit("commander").post(f"{page_of(entry)}correct/", sent).status_code == 409


def test_the_author_is_told_on_the_phone_to_ask_their_lead(cast: Cast, closed: Order, visit: Visit) -> None:
    entry, client = cast.entry(closed, "m_a1_1", REPORT_IN), visit("m_a1_1")
    done = text_of(client.get(f"/my/entries/{entry.pk}/done/"))
    assert "Take it back" not in done
    assert "tell your lead" in done
    refused = client.post(f"/my/entries/{entry.pk}/take-back/", {"reason": REASON})
    assert refused.status_code == 403
    assert "Ask your lead" in text_of(refused)


def test_a_lead_is_led_from_the_phone_to_the_office_after_closing(cast: Cast, closed: Order, visit: Visit) -> None:
    entry = cast.entry(closed, "A2")
    done = visit("lead_a2").get(f"/my/entries/{entry.pk}/done/").content.decode()
    assert "tell your lead" not in done
    assert f'href="{page_of(entry)}"' in done
    assert "Mend the answer" in text_of(visit("lead_a2").get(page_of(entry)))


# What it costs -------------------------------------------------------------------------------------------------

QUERIES = 12
"""At most, whoever looks at whatever: session, account and grants, entry, marks, each kind of fact, people, units,
reasons, a phone; where it cannot comply what came of it; where two answers differ which of them are over."""


def queries_of(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(page).status_code == 200
    return len(caught)


def test_queries_are_pinned_at_every_role_and_state(cast: Cast, order: Order, visit: Visit) -> None:
    cast.answer(order, "A2", by=cast.commander)
    unmet_and_differs = cast.entry(order, "A2")
    assert unmet_and_differs.unmet
    assert unmet_and_differs.differs
    give_phones(cast)
    told = cast.told(order, "A2")
    assert told is not None
    visit("commander").post(f"{page_of(told)}answer-cannot/", {"outcome": "helped"})
    entries = [cast.entry(order, code) for code in ("A1", "A2", "A3", "B")]
    entries += [told, *(cast.entry(order, number, REPORT_IN) for number in ("m_a1_1", "m_a2_1"))]
    for who in ("commander", "clerk", "lead_a", "lead_a2"):
        client = visit(who)
        for entry in entries:
            for asked in ("", "?as_of=2020-01-29T10:30"):
                if client.get(page_of(entry) + asked).status_code == 200:
                    assert queries_of(client, page_of(entry) + asked) <= QUERIES, (who, entry.pk, asked)
    assert queries_of(visit("commander"), page_of(unmet_and_differs)) == QUERIES, "the dearest one"
    assert queries_of(visit("commander"), page_of(cast.entry(order, "A3"))) == 9


def test_a_long_story_costs_what_a_short_one_costs(cast: Cast, order: Order, visit: Visit) -> None:
    entry, client = cast.entry(order, "A2"), visit("commander")
    before = queries_of(client, page_of(entry))
    for hour, outcome in enumerate(("will_do", "cannot", "will_do", "cannot"), start=7):
        with at(hours=hour):
            sent = {"outcome": outcome, "reason": REASON if outcome == "cannot" else ""}
            assert client.post(f"{page_of(entry)}correct/", sent).status_code == 302
    with at(hours=12):
        assert Mark.objects.filter(entry=entry).count() == 6
        assert queries_of(client, page_of(entry)) == before
