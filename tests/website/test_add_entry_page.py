"""Somebody is expected after all: looked for by name or code among one's own, and put on the roll."""

from __future__ import annotations

import re

import pytest

from muster.foundation.ids import new_id
from muster.foundation.rights import house
from muster.mobilisation.kinds import CANNOT, REPORT_IN
from muster.mobilisation.models import Order
from muster.organisation.actions import merge_units
from muster.organisation.granting import grant_role
from muster.organisation.models import Account, Appointment, Person
from muster.roll.actions import close_roll, hand_over_entries, remove_entry
from muster.roll.models import Entry
from tests.cast import LONG_AGO, REASON, Cast, at
from tests.website.conftest import Visit
from tests.website.test_roll_pages import _queries, address, text_of


@pytest.fixture
def few(cast: Cast, order: Order) -> Order:
    """An order to town A and its villages, that calls up the members of A1."""
    return cast.order(key="few", audience="under:A", call_up="unit:A1", founding=False)


def found(page: str) -> list[str]:
    """The names that may be put on the roll."""
    return re.findall(r'aria-label="Put ([^"]*) on the roll"', page)


def test_a_unit_is_found_and_put_on_the_roll(cast: Cast, few: Order, visit: Visit) -> None:
    client, page = visit("commander"), f"{address(cast, few)}names/"
    assert f'href="{page}"' in client.get(address(cast, few)).content.decode()
    assert "Look for the unit" in text_of(client.get(page))
    looked = client.get(page, {"q": "Unit B"}).content.decode()
    assert found(looked) == ["Unit B", "Unit B1", "Unit B2", "Unit B3"]
    subject = {"subject": cast.units["B1"].pk, "q": "Unit B"}
    done = client.post(page, subject)
    entry = Entry.objects.get(roll=cast.roll(few), subject_id=cast.units["B1"].pk)
    assert (done.status_code, done["Location"]) == (302, f"{page}?q=Unit+B&told={entry.pk}")
    assert (entry.state, entry.unit) == ("outstanding", cast.units["B1"])
    after = client.get(done["Location"])
    assert "Unit B1 is on the roll." in text_of(after)
    assert found(after.content.decode()) == ["Unit B", "Unit B2", "Unit B3"]
    assert f'href="/office/entries/{entry.pk}/remove/"' in after.content.decode(), "a mistake is mended from here"
    late = visit("lead_b1")
    assert late.get(f"/office/orders/{few.pk}/").status_code == 200
    assert "Man the entrances" in text_of(late.get(f"/my/orders/{few.pk}/")), "a late addressee reads the order"
    assert late.post(f"/my/entries/{entry.pk}/acknowledge/").status_code == 302, "and answers"
    again = client.post(page, subject)
    assert again.status_code == 409
    assert "This name is on the roll already" in text_of(again)
    assert "Unit B2" in text_of(again), "refused in place"


@pytest.mark.parametrize("words", ["B2", "unit b2", "unitb2", " Unit  B2"])
def test_code_name_and_pinyin_find(cast: Cast, few: Order, visit: Visit, words: str) -> None:

    assert found(visit("commander").get(f"{address(cast, few)}names/", {"q": words}).content.decode()) == ["Unit B2"]


def test_a_member_is_found_and_called_up(cast: Cast, few: Order, visit: Visit) -> None:
    client, page = visit("commander"), f"{address(cast, few, REPORT_IN)}names/"
    looked = client.get(page, {"q": "m_b1"}).content.decode()
    assert found(looked) == ["Name of m_b1_1", "Name of m_b1_2"]
    assert "Unit B1" in looked
    client.post(page, {"subject": cast.people["m_b1_1"].pk})
    entry = cast.entry(few, "m_b1_1", REPORT_IN)
    assert (entry.unit, entry.assignee_id) == (cast.units["B1"], cast.people["m_b1_1"].pk)
    assert "Report in to Unit B1" in text_of(visit("m_b1_1").get("/my/"))
    assert visit("m_b1_1").post(f"/my/entries/{entry.pk}/report-in/").status_code == 302


def test_a_lead_finds_their_own_units_only(cast: Cast, order: Order, visit: Visit) -> None:
    own = cast.order(
        key="own", issuer=cast.town, by=cast.town_lead, audience="unit:A1", call_up="unit:A1", founding=False
    )
    client, page = visit("lead_a"), f"{address(cast, own)}names/"
    assert found(client.get(page, {"q": "Unit"}).content.decode()) == ["Unit A", "Unit A2", "Unit A3"]
    assert "Unit B" not in client.get(page, {"q": "B1"}).content.decode().replace("Unit B1”", "")
    members = f"{address(cast, own, REPORT_IN)}names/"
    assert "Name of m_b1" not in client.get(members, {"q": "m_"}).content.decode()
    for subject in (cast.units["B1"].pk, cast.root.pk, new_id(), "nonsense", ""):
        answer = client.post(page, {"subject": subject})
        assert answer.status_code == 404, subject
        assert "Unit B1" not in text_of(answer)
    assert client.post(members, {"subject": cast.people["m_b1_1"].pk}).status_code == 404


def test_who_left_or_whose_unit_is_closed_is_not_put_on_it(cast: Cast, few: Order, visit: Visit) -> None:
    merging = {"parent": cast.units["B"], "unit": cast.units["B1"], "into": cast.units["B2"]}
    hand_over_entries(by=cast.actor("lead_b"), reason=REASON, **merging)
    merge_units(by=cast.actor("lead_b"), **merging)
    client = visit("commander")
    looked = client.get(f"{address(cast, few)}names/", {"q": "Unit B"}).content.decode()
    assert found(looked) == ["Unit B", "Unit B2", "Unit B3"]
    assert client.post(f"{address(cast, few)}names/", {"subject": cast.units["B1"].pk}).status_code == 404
    Person.objects.filter(number="m_b3_1").update(status="gone")
    members = f"{address(cast, few, REPORT_IN)}names/"
    assert found(client.get(members, {"q": "m_b3"}).content.decode()) == ["Name of m_b3_2"]
    assert client.post(members, {"subject": cast.people["m_b3_1"].pk}).status_code == 404


def test_who_left_is_found_to_be_taken_off(cast: Cast, few: Order, visit: Visit) -> None:
    client, page = visit("commander"), f"{address(cast, few, REPORT_IN)}names/"
    Person.objects.filter(number="m_a1_1").update(status="gone")
    entry = cast.entry(few, "m_a1_1", REPORT_IN)
    looked = client.get(page, {"q": "m_a1_1"})
    assert f'href="/office/entries/{entry.pk}/remove/"' in looked.content.decode()
    done = client.post(f"/office/entries/{entry.pk}/remove/", {"reason": REASON})
    after = client.get(done["Location"])
    assert "Name of m_a1_1 was taken off the roll." in text_of(after)
    assert "Put it back" not in text_of(after), "who has left is not put on a roll"
    assert client.post(page, {"subject": entry.subject_id}).status_code == 404
    assert "Nobody of your units is called “m_a1_1”" in text_of(client.get(page, {"q": "m_a1_1"}))


def test_who_was_erased_is_found_by_number_and_not_named(cast: Cast, few: Order, visit: Visit) -> None:
    client, page = visit("commander"), f"{address(cast, few, REPORT_IN)}names/"
    Person.objects.filter(number="m_a1_1").update(status="erased", name="Lin Old Name")
    assert "Take erased off" in client.get(page, {"q": "m_a1_1"}).content.decode()
    assert "Lin Old Name" not in text_of(client.get(page, {"q": "m_a1_1"}))
    assert "Nobody of your units is called" in text_of(client.get(page, {"q": "Old Name"}))


def test_a_closed_unit_is_found_only_where_it_stands(cast: Cast, few: Order, visit: Visit) -> None:
    for unit, into in (("A1", "A2"), ("B1", "B2")):
        town = {"parent": cast.units[unit[0]], "unit": cast.units[unit], "into": cast.units[into]}
        by = cast.actor(f"lead_{unit[0].lower()}")
        if unit == "A1":
            cast.answer(few, "A1")
        hand_over_entries(by=by, reason=REASON, **town)
        merge_units(by=by, **town)
    client, page = visit("commander"), f"{address(cast, few)}names/"
    entry = cast.entry(few, "A1")
    looked = client.get(page, {"q": "A1"})
    assert f'href="/office/entries/{entry.pk}/remove/"' in looked.content.decode(), "it stands on the roll"
    closed = text_of(client.get(page, {"q": "B1"}))
    assert "of no unit of yours" not in closed
    assert "None of your units is called “B1”" in closed
    done = client.post(f"/office/entries/{entry.pk}/remove/", {"reason": REASON})
    assert "Put it back" not in text_of(client.get(done["Location"]))
    assert "of no unit of yours" not in text_of(client.get(page, {"q": "A1"}))


def test_what_is_of_no_unit_of_ones_own_is_not_offered_to_go_back(cast: Cast, order: Order, visit: Visit) -> None:
    own = cast.order(
        key="own", issuer=cast.town, by=cast.town_lead, audience="unit:A1", call_up="unit:A1", founding=False
    )
    entry = cast.entry(own, "m_a1_1", REPORT_IN)
    remove_entry(by=cast.town_lead, holder=cast.town, entry=entry.pk, reason=REASON)
    client, page = visit("lead_a"), f"{address(cast, own, REPORT_IN)}names/"
    assert "Put it back" in text_of(client.get(page, {"told": str(entry.pk)}))
    person = cast.people["m_a1_1"]
    Appointment.objects.filter(person=person, primary=True).update(unit=cast.units["B1"])
    assert "Put it back" not in text_of(client.get(page, {"told": str(entry.pk)}))
    assert "of no unit of yours" in text_of(client.get(page, {"q": "m_a1_1"}))


def test_that_it_holds_for_this_version_is_said(cast: Cast, few: Order, visit: Visit) -> None:
    client, said = visit("commander"), "holds for this version of the order"
    assert said in text_of(client.get(f"{address(cast, few)}names/"))
    assert said not in text_of(client.get(f"{address(cast, few, REPORT_IN)}names/")), "the call-up stays as it is"


@pytest.mark.parametrize("number", ["lead_a", "lead_a1"])
def test_who_does_not_hold_the_roll_is_refused(cast: Cast, few: Order, visit: Visit, number: str) -> None:
    client, page = visit(number), f"{address(cast, few)}names/"
    assert page not in client.get(address(cast, few)).content.decode()
    assert client.get(page, {"q": "Unit"}).status_code == 403
    assert client.post(page, {"subject": cast.units["B1"].pk}).status_code == 403


def test_what_is_not_ones_own_is_not_there(cast: Cast, few: Order, visit: Visit) -> None:
    page = f"{address(cast, few)}names/"
    assert visit("lead_b").get(page).status_code == 404
    assert visit("m_a1_1").get(page).status_code == 403
    assert visit("").get(page).status_code == 302


def test_an_inspector_with_the_right_elsewhere_is_refused(cast: Cast, few: Order, visit: Visit) -> None:
    account = Account.objects.get(name="inspector")
    grant_role(by=house("set-up"), account=account, role="clerk", unit=cast.village, since=LONG_AGO)
    assert visit("inspector").get(f"{address(cast, few)}names/").status_code == 403


def test_a_list_whose_names_come_by_themselves_has_no_such_page(cast: Cast, order: Order, visit: Visit) -> None:
    client, page = visit("commander"), address(cast, order, CANNOT)
    assert f"{page}names/" not in client.get(page).content.decode()
    assert client.get(f"{page}names/").status_code == 404


def test_a_closed_roll_takes_no_name(cast: Cast, few: Order, visit: Visit) -> None:
    client, page = visit("commander"), f"{address(cast, few)}names/"
    close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(few))
    for answer in (client.get(page), client.post(page, {"subject": cast.units["B1"].pk})):
        assert answer.status_code == 409
        assert "This roll is closed" in text_of(answer)
    assert not Entry.objects.filter(roll=cast.roll(few), subject_id=cast.units["B1"].pk).exists()


def test_odd_words_find_nobody(cast: Cast, few: Order, visit: Visit) -> None:
    client, page = visit("commander"), f"{address(cast, few)}names/"
    for odd in ("%", "_%_", "zebra", "' OR 1=1", "x" * 500):
        assert found(client.get(page, {"q": odd}).content.decode()) == [], odd
    assert "None of your units is called “zebra”" in text_of(client.get(page, {"q": "zebra"}))
    assert client.get(page, {"told": "nonsense"}).status_code == 200
    assert "is on the roll." not in text_of(client.get(page, {"told": str(cast.entry(few, "A1").pk).replace("0", "1")}))


def test_many_are_cut_and_that_is_said(cast: Cast, few: Order, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("muster.roll.joining.FOUND_MOST", "muster.roll.views_holder.FOUND_MOST"):
        monkeypatch.setattr(place, 2)
    page = text_of(visit("commander").get(f"{address(cast, few)}names/", {"q": "Unit"}))
    assert "There are more. Write more of the name." in page
    assert "Unit A Unit D · A not acknowledged" in page
    assert "Unit A1" not in page


def test_queries_are_pinned(cast: Cast, few: Order, visit: Visit) -> None:
    client = visit("commander")
    for roll, words in ((address(cast, few), "Unit"), (address(cast, few, REPORT_IN), "m_")):
        told = Entry.objects.filter(roll=roll.split("/")[3]).first()
        assert told is not None
        assert _queries(client, f"{roll}names/?q={words}&told={told.pk}") <= 9
        remove_entry(by=cast.commander, holder=cast.root, entry=told.pk, reason=REASON)
        assert _queries(client, f"{roll}names/?q={words}&told={told.pk}") <= 12
    with at(hours=7):
        assert _queries(client, address(cast, few)) <= 12
