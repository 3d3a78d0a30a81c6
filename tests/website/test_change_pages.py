"""What becomes of people and units, written down on pages, while rolls are open."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.foundation import clock
from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from muster.organisation.models import Absence, Appointment, Person, Unit, UnitCode
from muster.organisation.people import leads_of
from muster.roll.views_lives import deciding
from muster.vault.particulars import open_one
from muster.vault.purposes import CONTACT
from tests.cast import REASON, Cast, at
from tests.website.conftest import Visit
from tests.website.test_roll_pages import text_of


def of_person(cast: Cast, number: str) -> str:
    return f"/office/people/{cast.people[number].pk}/change/"


def of_unit(cast: Cast, code: str) -> str:
    return f"/office/units/{cast.units[code].pk}/change/"


def sent(client: Any, address: str, **given: Any) -> str:
    """Send a form; what the page says after it was done."""
    answer = client.post(address, given)
    assert answer.status_code == 302, text_of(answer)
    return text_of(client.get(answer["Location"]))


def home(cast: Cast, number: str) -> Appointment:
    return Appointment.objects.get(person=cast.people[number], primary=True, until__isnull=True)


@pytest.mark.parametrize(("along", "stands"), [("1", "A3"), ("", "A2")])
def test_a_transfer_takes_what_is_open_along_or_leaves_it(
    cast: Cast, order: Order, visit: Visit, along: str, stands: str
) -> None:
    client, address = visit("lead_a"), of_person(cast, "m_a2_1")
    page = text_of(client.get(address))
    assert "1 entry of theirs is open" in page
    with at(200):
        said = sent(client, address, do="transfer", into="A3", title="Cook", along=along, reason=REASON)
    assert "Written down." in said
    place = home(cast, "m_a2_1")
    assert (place.unit.short_name, place.title) == ("A3", "Cook")
    assert cast.entry(order, "m_a2_1", REPORT_IN).unit == cast.units[stands]


def test_what_was_typed_stays_when_it_is_refused(cast: Cast, order: Order, visit: Visit) -> None:
    client, address = visit("lead_a"), of_person(cast, "m_a2_1")
    answer = client.post(address, {"do": "transfer", "into": "B1", "title": "Cook", "along": ""})
    assert answer.status_code == 422
    assert "There is no unit with the code B1" in text_of(answer), "not theirs: as if it were not there"
    assert 'value="Cook"' in answer.content.decode()
    assert client.post(address, {"do": "nonsense"}).status_code == 422
    assert home(cast, "m_a2_1").unit == cast.neighbour


def test_away_and_back(cast: Cast, order: Order, visit: Visit) -> None:
    client, address = visit("lead_a2"), of_person(cast, "m_a2_1")
    sent(client, address, do="away", kind="ill", until="2020-02-10T18:00")
    assert Absence.objects.get().kind == "ill"
    with at(days=2):
        assert "Back from now on" in text_of(client.get(address))
        sent(client, address, do="back")
        assert Absence.objects.get().until == clock.now()


def test_leaves_and_comes_back(cast: Cast, order: Order, visit: Visit) -> None:
    client, address = visit("lead_a"), of_person(cast, "m_a2_1")
    said = sent(client, address, do="leave")
    assert "has left" in said
    assert cast.entry(order, "m_a2_1", REPORT_IN).state == "outstanding"
    with at(300):
        sent(client, address, do="return", into="A3")
    assert home(cast, "m_a2_1").unit.short_name == "A3"
    assert Person.objects.get(number="m_a2_1").status == "active"


def test_name_number_and_second_place(cast: Cast, order: Order, visit: Visit) -> None:
    client, address = visit("lead_a"), of_person(cast, "m_a2_1")
    person = cast.people["m_a2_1"].pk
    sent(client, address, do="correct", name="Another Name", title="Driver")
    sent(client, address, do="phone", phone="13800000009")
    assert open_one("person", person, CONTACT, clock.now()) == "13800000009"
    sent(client, address, do="phone", phone="")
    assert open_one("person", person, CONTACT, clock.now()) is None
    with at(300):
        sent(client, address, do="second", into="A3", title="Cook", leads="1")
        page = client.get(address)
        assert "End a place" in text_of(page)
        place = Appointment.objects.get(person=person, unit=cast.units["A3"])
    with at(301):
        sent(client, address, do="end", place=str(place.pk))
    assert home(cast, "m_a2_1").unit == cast.neighbour


def test_registered_twice(cast: Cast, order: Order, visit: Visit) -> None:
    before = cast.coverage(order, REPORT_IN)
    client = visit("lead_a")
    with at(300):
        answer = client.post(of_person(cast, "m_a2_1"), {"do": "merge", "number": "m_a2_2", "reason": REASON})
    assert answer.status_code == 302
    assert Person.objects.get(number="m_a2_1").merged_into == cast.people["m_a2_2"]
    assert cast.coverage(order, REPORT_IN).expected == before.expected - 1
    refused = client.post(of_person(cast, "m_a3_1"), {"do": "merge", "number": "m_b1_1", "reason": REASON})
    assert (refused.status_code, "Nobody of your units" in text_of(refused)) == (422, True)


def test_a_unit_is_merged_in_mid_roll(cast: Cast, order: Order, visit: Visit) -> None:
    before = cast.coverage(order), cast.coverage(order, REPORT_IN)
    client, address = visit("lead_a"), of_unit(cast, "A3")
    assert "open entries are handed over first" in text_of(client.get(address))
    assert client.post(address, {"do": "merge", "into": "A2"}).status_code == 422, "without a reason"
    with at(300):
        sent(client, address, do="merge", into="A2", reason=REASON)
    closed = Unit.objects.get(pk=cast.units["A3"].pk)
    assert (closed.successor, closed.closed_at is not None) == (cast.neighbour, True)
    assert (cast.coverage(order), cast.coverage(order, REPORT_IN)) == before
    assert home(cast, "m_a3_1").unit == cast.neighbour


def test_a_unit_is_renamed_moved_split_and_closed(cast: Cast, order: Order, visit: Visit) -> None:
    client, address = visit("commander"), of_unit(cast, "A3")
    sent(client, address, do="rename", name="Harbour Village", short_name="Harbour")
    sent(client, address, do="move", under="B")
    moved = Unit.objects.get(pk=cast.units["A3"].pk)
    assert (moved.name, moved.parent_id) == ("Harbour Village", cast.units["B"].pk)
    people = [str(cast.people[n].pk) for n in ("m_a3_1", "m_a3_2")]
    with at(300):
        given = {"do": "split", "name": "Hill Village", "code": "B9", "person": people, "along": "1", "reason": REASON}
        sent(client, address, **given)
    made = Unit.objects.get(name="Hill Village")
    assert home(cast, "m_a3_1").unit == made
    assert cast.entry(order, "m_a3_1", REPORT_IN).unit == made
    assert leads_of([moved.pk])[moved.pk] == cast.people["lead_a3"]
    refused = client.post(address, {"do": "close"})
    assert (refused.status_code, "still open" in text_of(refused)) == (409, True)


def test_only_who_decides_opens_them(cast: Cast, order: Order, visit: Visit) -> None:
    for number, status in {"lead_a2": 200, "lead_a": 200, "commander": 200, "clerk": 403, "lead_b": 404}.items():
        assert visit(number).get(of_person(cast, "m_a2_1")).status_code == status, number
    for number, status in {"lead_a2": 403, "lead_a": 200, "commander": 200, "clerk": 403, "lead_b": 404}.items():
        assert visit(number).get(of_unit(cast, "A2")).status_code == status, number


def test_they_cost_few_queries(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("lead_a")
    for address in (of_person(cast, "m_a2_1"), of_unit(cast, "A2")):
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert len(queries) <= 12


def test_a_merger_that_is_refused_hands_nothing_over(cast: Cast, order: Order, visit: Visit) -> None:
    before = cast.entry(order, "B").unit
    answer = visit("commander").post(of_unit(cast, "B"), {"do": "merge", "into": "A", "reason": REASON})
    assert (answer.status_code, "Units still stand under this one." in text_of(answer)) == (409, True)
    assert cast.entry(order, "B").unit == before


def test_whoever_decides_about_two_is_above_what_they_are_asked_elsewhere(
    cast: Cast, order: Order, visit: Visit
) -> None:
    with at(300):
        sent(visit("commander"), of_person(cast, "m_b1_1"), do="transfer", into="A2", along="")
    answer = visit("lead_a").post(of_person(cast, "m_b1_1"), {"do": "merge", "number": "m_a2_2", "reason": REASON})
    assert answer.status_code in (403, 422)
    assert Person.objects.get(number="m_b1_1").merged_into is None, "neither of the two verbs was done"


def test_the_lead_of_a_second_place_ends_it(cast: Cast, order: Order, visit: Visit) -> None:
    client, address = visit("lead_a"), of_person(cast, "m_a2_1")
    with at(300):
        sent(client, address, do="second", into="A3")
        page = text_of(visit("lead_a3").get(address))
        assert "End a place" in page
        assert "Comes back" not in page
        place = Appointment.objects.get(person=cast.people["m_a2_1"], unit=cast.units["A3"])
    with at(301):
        sent(visit("lead_a3"), address, do="end", place=str(place.pk))


def test_only_what_is_open_at_the_old_unit_is_offered_to_go_along(cast: Cast, order: Order, visit: Visit) -> None:
    client, address = visit("lead_a"), of_person(cast, "m_a2_1")
    with at(200):
        sent(client, address, do="transfer", into="A3", along="")
        page = text_of(client.get(address))
    assert "entry of theirs is open" not in page
    assert "goes along" not in page
    assert "1 entry stays outstanding by name" in page, "whoever leaves leaves it behind wherever it is"


def test_a_code_that_a_unit_of_others_has_too_means_ones_own(cast: Cast, order: Order, visit: Visit) -> None:
    mine = UnitCode.objects.get(code="A3")
    UnitCode.objects.create(scheme="other", code="A3", unit=cast.units["B3"], valid_from=mine.valid_from)
    with at(200):
        sent(visit("lead_a"), of_person(cast, "m_a2_1"), do="transfer", into="A3", along="")
    assert home(cast, "m_a2_1").unit == cast.units["A3"]


@pytest.mark.parametrize(
    ("codes", "decides"),
    [("A1", "A1"), ("A1 A", "A"), ("A1 A2 A3", "A"), ("A1 B1", "D"), ("D A1", "D"), ("A H A2 B3", "D")],
)
def test_the_lowest_unit_above_all_decides(cast: Cast, order: Order, codes: str, decides: str) -> None:
    units = [Unit.objects.get(pk=cast.units[code].pk) for code in codes.split()]
    with CaptureQueriesContext(connection) as queries:
        assert deciding(*units) == cast.units[decides]
    assert len(queries) == 1


def test_a_unit_is_named_by_its_name(cast: Cast, visit: Visit) -> None:
    person = cast.people["m_a1_1"]
    sent = {"do": "second", "into": "Unit A2", "title": "Driver"}
    assert visit("lead_a").post(f"/office/people/{person.pk}/change/", sent).status_code == 302
    assert person.appointments.get(primary=False).unit == cast.neighbour
