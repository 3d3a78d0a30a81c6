"""The pages of chasing: ladders, a roll's chase, reminders, the text for a chat, the call list, a call in vain."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from muster.foundation.ids import new_id
from muster.foundation.models import AuditLine
from muster.messages.models import Channel, Message, Nudge
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from muster.roll import telling
from muster.roll.chasing import NewLadder, make_ladder
from muster.roll.ladders import DEFAULT
from muster.roll.models import Attempt, Chase, Entry, Ladder
from tests.cast import Cast, at
from tests.organisation.test_open_phone import phone_of, with_phones
from tests.roll.chased import channel
from tests.website.conftest import Visit
from tests.website.test_roll_pages import _queries, address, give_phones, text_of

LADDERS = "/office/ladders/"


def step(place: int, whom: str, minutes: int, **more: Any) -> dict[str, Any]:
    given = {"whom": whom, "minutes": minutes, "side": "after", **more}
    return {f"{name}_{place}": value for name, value in given.items()}


def members(cast: Cast, order: Order) -> str:
    return address(cast, order, REPORT_IN)


def outstanding(cast: Cast, order: Order, *codes: str) -> int:
    rows = Entry.objects.filter(roll=cast.roll(order, REPORT_IN), state="outstanding")
    return rows.filter(unit__in=[cast.units[c] for c in codes]).count() if codes else rows.count()


def test_the_ready_made_ladder_is_one_tap(cast: Cast, visit: Visit) -> None:
    client = visit("commander")
    assert "No ladder yet" in text_of(client.get(LADDERS))
    assert "120 min before · who must answer" in text_of(client.get(LADDERS))
    done = client.post(LADDERS, {"do": "ready"})
    assert (done.status_code, done["Location"]) == (302, f"{LADDERS}?told=made")
    assert "No ladder yet" not in text_of(client.get(done["Location"]))
    assert Ladder.objects.get().steps.count() == 3


def test_a_ladder_of_ones_own_is_made_and_ended(cast: Cast, visit: Visit) -> None:
    client = visit("commander")
    form = {
        "do": "make",
        "name": "Twice",
        **step(1, "asked", 60, side="before"),
        **step(2, "lead", 0, repeats=2, every=60),
    }
    assert client.post(LADDERS, form).status_code == 302
    made = Ladder.objects.get()
    steps = [(s.minutes, s.whom, s.repeats, s.every_minutes) for s in made.steps.order_by("position")]
    assert steps == [(-60, "asked", 0, 0), (0, "lead", 2, 60)]
    assert "again 2 times, every 60 min" in text_of(client.get(LADDERS))
    assert client.post(LADDERS, {"do": "end", "ladder": made.pk}).status_code == 302
    assert "No ladder yet" in text_of(client.get(LADDERS))


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"name": "N"}, 422, "at least one step"),
        ({"name": "N", **step(1, "asked", 0), "minutes_1": "soon"}, 422, "whole numbers"),
        ({"name": "N", **step(1, "asked", 0, repeats=2)}, 422, "how far apart"),
        ({"name": "N", **step(1, "asked", 0), "urgent": "1"}, 422, "says why"),
        ({"do": "end", "ladder": "x"}, 404, ""),
        ({"do": "what"}, 422, "Choose what is to be done"),
    ],
)
def test_it_rejects_a_ladder_that_is_none(
    cast: Cast, visit: Visit, form: dict[str, Any], status: int, says: str
) -> None:
    answer = visit("commander").post(LADDERS, {"do": "make"} | form)
    assert answer.status_code == status
    assert says in text_of(answer)
    assert not Ladder.objects.exists()


@pytest.mark.parametrize("number", ["clerk", "lead_a1"])
def test_who_does_not_command_sees_ladders_and_makes_none(cast: Cast, visit: Visit, number: str) -> None:
    client = visit(number)
    assert "A commander of the district makes them" in text_of(client.get(LADDERS))
    assert client.post(LADDERS, {"do": "ready"}).status_code == 403
    assert not Ladder.objects.exists()


def test_a_roll_is_chased_and_says_what_comes_next(cast: Cast, order: Order, visit: Visit) -> None:
    client, page = visit("commander"), members(cast, order)
    with at(60):
        assert f'href="{page}chase/"' in client.get(page).content.decode()
        assert "There is no ladder yet" in text_of(client.get(f"{page}chase/"))
        ladder = make_ladder(by=cast.commander, new=NewLadder("Three", DEFAULT))
        assert client.post(f"{page}chase/", {"do": "chase", "ladder": ladder.pk}).status_code == 302
        said = text_of(client.get(f"{page}chase/"))
    assert f"who must answer to {outstanding(cast, order)} as things stand now" in said
    assert "Nobody was told anything about this roll yet" in said
    with at(180):
        telling.chore()
        said = text_of(client.get(f"{page}chase/"))
    count = outstanding(cast, order)
    assert f"who must answer {count} none 0 0 0 {count}" in said
    assert client.post(f"{page}chase/", {"do": "stop"}).status_code == 302
    assert Chase.objects.get().stopped_at is not None
    assert "Nobody is told by itself" in text_of(client.get(f"{page}chase/"))


def test_who_does_not_hold_the_roll_reads_and_chooses_nothing(cast: Cast, order: Order, visit: Visit) -> None:
    ladder = make_ladder(by=cast.commander, new=NewLadder("Three", DEFAULT))
    client, page = visit("lead_a"), f"{members(cast, order)}chase/"
    said = text_of(client.get(page))
    assert "Remind by hand" in said
    assert "What was told" not in said, "that counts units that are not theirs"
    assert client.post(page, {"do": "chase", "ladder": ladder.pk}).status_code == 403
    assert client.post(page, {"do": "stop"}).status_code == 403


def test_a_reminder_is_seen_before_and_given_once(cast: Cast, order: Order, visit: Visit) -> None:
    give_phones(cast)
    channel(cast.village)
    channel(cast.village, Channel.Kind.WECOM)
    client, page = visit("lead_a"), f"{members(cast, order)}remind/"
    seen = client.get(page)
    count = outstanding(cast, order, "A1", "A2", "A3")
    assert f"People {count} by SMS" in text_of(seen)
    assert "Groups besides 1" in text_of(seen)
    assert not Nudge.objects.exists()
    request = re.search(r'name="request" value="([^"]+)"', seen.content.decode())
    assert request is not None
    done = client.post(page, {"request": request[1]})
    assert done.status_code == 302
    told = text_of(client.get(done["Location"]))
    assert "are told" in told or "is told" in told
    assert "they stand on the call list" in told
    before = Nudge.objects.count()
    assert before == count + 1
    again = client.post(page, {"request": request[1]})
    assert "given already" in text_of(client.get(again["Location"]))
    assert Nudge.objects.count() == before
    assert "told within the last 30 minutes" in text_of(client.get(page))
    assert client.post(page, {"request": str(new_id())}).status_code == 409


def test_one_is_reminded_from_the_entry_page(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "m_a1_2", REPORT_IN)
    client = visit("lead_a1")
    page = f"{members(cast, order)}remind/?entry={entry.pk}"
    assert page in client.get(f"/office/entries/{entry.pk}/").content.decode()
    assert "People 1" in text_of(client.get(page))
    assert client.post(page).status_code == 302
    assert {one.to for one in Nudge.objects.all()} == {cast.people["m_a1_2"].pk}
    assert not Message.objects.exists(), "no channel reaches them"


@pytest.mark.parametrize("number", ["lead_b", "lead_a2"])
def test_a_stranger_reminds_nobody_of_another_unit(cast: Cast, order: Order, visit: Visit, number: str) -> None:
    entry = cast.entry(order, "m_a1_2", REPORT_IN)
    client, page = visit(number), f"{members(cast, order)}remind/"
    for asked in (f"?entry={entry.pk}", "?unit=A1"):
        assert client.post(page + asked).status_code == 404
    assert client.get(f"{page}?entry=x").status_code == 404
    assert not Nudge.objects.exists()


def test_the_text_for_a_chat_counts_and_names_nobody(cast: Cast, order: Order, visit: Visit) -> None:
    page = f"{members(cast, order)}copy/"
    answer = visit("commander").get(page).content.decode()
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer, re.DOTALL)
    assert found is not None
    said = found[1]
    assert said.startswith("[To your posts]\nAs of 2020-01-29 ")
    assert "In all: expected 18, answered 1, outstanding 17" in said
    assert "A: expected 9, answered 1, outstanding 8" in said
    assert "Due 2020-01-29 14:00" in said
    assert said.endswith("/my/")
    assert not any(person.name in said for person in cast.people.values())
    own = visit("lead_a1").get(page).content.decode()
    assert "B: expected" not in own


def test_the_call_list_names_whom_no_channel_reaches(cast: Cast, order: Order, visit: Visit) -> None:
    with_phones(cast)
    channel(cast.town)
    client, page = visit("commander"), f"{members(cast, order)}print/?whom=unreached"
    shown = text_of(client.get(page))
    assert "Call list: To your posts" in shown
    assert f"No channel reaches {outstanding(cast, order, 'B1', 'B2', 'B3')}: call them" in shown
    assert "Name of m_b1_1" in shown
    assert "Name of m_a1_2" not in shown, "an SMS reaches them"
    assert "Reached No answer Answer" in shown
    assert phone_of("m_b1_1", cast) not in shown
    lines = AuditLine.objects.count()
    numbers = text_of(client.post(page))
    assert phone_of("m_b1_1", cast) in numbers, "whoever was called up is called themselves"
    assert phone_of("m_a1_2", cast) not in numbers
    assert AuditLine.objects.count() == lines + 1
    own = text_of(visit("lead_b1").post(page))
    assert phone_of("m_b1_1", cast) in own
    assert "m_b2_1" not in own
    channel(cast.root)
    assert "A channel reaches everybody who is missing" in text_of(client.get(page))


def test_called_in_vain_is_one_tap_in_the_list_on_the_entry_and_on_the_phone(
    cast: Cast, order: Order, visit: Visit
) -> None:
    entry, page = cast.entry(order, "m_a1_2", REPORT_IN), members(cast, order)
    client = visit("lead_a1")
    assert f'formaction="/office/entries/{entry.pk}/attempt/"' in client.get(page).content.decode()
    done = client.post(f"/office/entries/{entry.pk}/attempt/", {"request": str(new_id()), "next": page})
    assert (done.status_code, done["Location"]) == (302, page)
    assert "called 1×, last" in text_of(client.get(page))
    with at(hours=7):
        assert f'formaction="/my/entries/{entry.pk}/attempt/"' in client.get("/my/unit/").content.decode()
        back = client.post(f"/my/entries/{entry.pk}/attempt/", {"next": "/my/unit/"})
        assert back["Location"] == "/my/unit/"
        assert "called 2×, last" in text_of(client.get("/my/unit/"))
        shown = text_of(client.get(f"/office/entries/{entry.pk}/"))
    assert shown.count("called, no answer") == 2
    assert "called 2×, last" in shown
    assert Attempt.objects.count() == 2


def test_no_tap_leads_elsewhere(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "m_a1_2", REPORT_IN)
    for away in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:1", ""):
        done = visit("lead_a1").post(f"/office/entries/{entry.pk}/attempt/", {"next": away})
        assert done["Location"] == reverse("roll:entry", args=[entry.pk])


def test_a_roll_that_was_just_opened_says_as_of_when_it_counts(cast: Cast, visit: Visit) -> None:
    with at(hours=6):
        fresh = cast.order(key="fresh", call_up="", call_up_due_at=None)
        client = visit("commander")
        for page in (address(cast, fresh), f"/office/orders/{fresh.pk}/", f"{address(cast, fresh)}copy/"):
            assert "Counted as of 14:59:50; what was asked since is shown in some seconds." in text_of(client.get(page))
    with at(hours=6, seconds=11):
        for page in (address(cast, fresh), f"/office/orders/{fresh.pk}/"):
            assert "Counted as of" not in text_of(client.get(page))


def test_queries_are_pinned(cast: Cast, order: Order, visit: Visit) -> None:
    client, page = visit("commander"), members(cast, order)
    make_ladder(by=cast.commander, new=NewLadder("Three", DEFAULT))
    found = {one: _queries(client, one) for one in (LADDERS, f"{page}chase/", f"{page}remind/", f"{page}copy/")}
    assert list(found.values()) == [7, 6, 11, 6]
