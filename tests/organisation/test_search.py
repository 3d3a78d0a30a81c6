"""The one box: people, units, rolls, orders, figures; by what, in which order, and never what is others' business."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from muster.foundation.registry import SEARCH
from muster.foundation.rights import house
from muster.mobilisation.models import Order
from muster.organisation import phone_ends
from muster.organisation.actions import NewPerson, register_people
from muster.organisation.finding import Found, Section, search, words_of
from muster.organisation.models import Account, Appointment, Person, Unit, UnitCode
from muster.organisation.names import plain
from muster.organisation.units import rename_unit
from tests.cast import LONG_AGO, START, Cast, at, raises_refusal
from tests.organisation.test_open_phone import phone_of, with_phones

KINDS = ("people", "units", "rolls", "orders", "figures")
READ = re.compile(r'(?:FROM|JOIN) "?(\w+)"?')
TABLES = {
    *("organisation_person", "organisation_appointment", "organisation_unit", "organisation_unitcode"),
    *("organisation_unitpath", "organisation_unitname", "organisation_incident", "organisation_district"),
    *("roll_roll", "roll_tally", "mobilisation_order", "mobilisation_addressee"),
    # Of the vault only what is kept of somebody on duty: what was found by a telephone's end, and who looked how often.
    *("vault_match", "vault_particular", "organisation_lockout"),
}
NAMES = (
    ("n1", "\u5f20\u4e09", "A1"),
    ("n2", "\u5f35\u4e09\u4e30", "A2"),
    ("n3", "\u738b\u5f20\u4e09", "A1"),
    ("n4", "\u6b27\u9633\u4fee", "B1"),
    ("n5", "\u5468\u6811", "A1"),
    ("n6", "\u5355\u96c4\u4fe1", "A1"),
)


def named(cast: Cast) -> None:
    """Some people with Chinese names."""
    people = [NewPerson(number, name, cast.units[unit].pk, "") for number, name, unit in NAMES]
    register_people(by=house("test"), people=people, since=LONG_AGO)


def of(cast: Cast, words: str, by: str = "commander", kind: str = "people", most: int = 20) -> list[Found]:
    answer = search(cast.actor(by), words, most, kind)
    return [one for section in answer.sections for one in section.hits.found]


def whys(cast: Cast, words: str, by: str = "commander", kind: str = "people") -> list[tuple[str, str]]:
    return [(one.title, one.why.key) for one in of(cast, words, by, kind)]


ZHANG, FENG, WANG, OU, ZHOU, SHAN = (name for _number, name, _unit in NAMES)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (ZHANG, [(ZHANG, "name"), (FENG, "begins"), (WANG, "holds")]),
        ("\u5f35 \u4e09", [(ZHANG, "name"), (FENG, "begins"), (WANG, "holds")]),
        ("zs", [(ZHANG, "initials"), (ZHOU, "initials"), (FENG, "initials")]),
        ("ZS", [(ZHANG, "initials"), (ZHOU, "initials"), (FENG, "initials")]),
        ("zhangs", [(ZHANG, "pinyin"), (FENG, "pinyin"), (WANG, "holds_pinyin")]),
        ("zhang san f", [(FENG, "pinyin")]),
        ("oyx", [(OU, "initials")]),
        ("shan", [(SHAN, "pinyin")]),
        ("n3", [(WANG, "number")]),
        ("N3", [(WANG, "number")]),
        ("\u4e30", [(FENG, "holds")]),
        ("\u9f98", []),
        ("%", []),
        ("", []),
        ("\x00\u200b", []),
    ],
)
def test_people_by_what_and_in_which_order(cast: Cast, words: str, expected: list[tuple[str, str]]) -> None:
    named(cast)
    assert whys(cast, words) == expected


def test_a_result_says_where_and_leads_there(cast: Cast) -> None:
    named(cast)
    (one,) = of(cast, "oyx")
    assert (one.where, one.more) == ("Unit B1", "n4")
    assert one.address == f"/office/people/{Person.objects.get(number='n4').pk}/"


def test_units_by_name_short_name_pinyin_initials_and_code(cast: Cast) -> None:
    name, short = "\u4e1c\u6cb3\u9547\u4eba\u6c11\u653f\u5e9c", "\u6cb3"
    rename_unit(by=cast.commander, parent=cast.root, unit=cast.town, name=name, short_name=short)
    for words, why in (
        (name, "name"),
        ("\u6cb3", "short_name"),
        ("\u6771\u6cb3", "begins"),
        ("donghe", "pinyin"),
        ("dhz", "initials"),
        ("\u653f\u5e9c", "holds"),
        ("zhengfu", "holds_pinyin"),
    ):
        assert whys(cast, words, kind="units") == [(name, why)]
    assert whys(cast, "a", kind="units")[0] == (name, "code")
    assert [(one.title, one.where, one.more) for one in of(cast, "A1", kind="units")] == [("Unit A1", name, "A1")]
    UnitCode.objects.filter(code="A1").update(code="7701")
    assert whys(cast, "770", kind="units") == [("Unit A1", "code_begins")]


@pytest.mark.parametrize("words", ["Kp7", "kp7", "KP7-"])
def test_a_unit_by_the_beginning_of_its_code_in_any_case(cast: Cast, words: str) -> None:
    UnitCode.objects.filter(unit=cast.village).update(code="Kp7-31")
    assert whys(cast, words, kind="units") == [("Unit A1", "code_begins")]


def test_a_closed_unit_and_who_has_left_are_not_found(cast: Cast) -> None:
    named(cast)
    Unit.objects.filter(pk=cast.units["B3"].pk).update(closed_at=START)
    Appointment.objects.filter(person__number="n4").update(until=START)
    assert of(cast, "B3", kind="units") == []
    assert of(cast, "oyx") == []


def test_rolls_orders_and_figures(cast: Cast) -> None:
    order = cast.order(call_up="kind:village", title="\u5b88\u5361\u53e3")
    with at(5), translation.override("en"):
        (found,) = of(cast, "\u5b88\u5361", kind="orders")
        assert (found.title, found.where, found.more) == ("\u5b88\u5361\u53e3", "Unit D \u00b7 Flood", order.number)
        assert whys(cast, order.number, kind="orders") == [("\u5b88\u5361\u53e3", "number")]
        rolls = of(cast, "\u5b88\u5361", kind="rolls")
        assert {one.address for one in rolls} == {
            f"/office/rolls/{cast.roll(order, kind).pk}/"
            for kind in ("mobilisation.acknowledgement", "mobilisation.report_in")
        } | {one.address for one in rolls if "cannot" in one.more}
        (figure, *_) = of(cast, "members_reported_in", kind="figures")
        assert figure.address == "/office/figures/mobilisation.members_reported_in/"
        assert of(cast, "Orders issued", kind="figures")[0].why.key == "name"


def test_an_order_is_found_once_in_its_newest_version(cast: Cast) -> None:
    cast.order()
    with at(5):
        second = cast.order(version=2, title="To your posts again")
    with at(10), translation.override("en"):
        (found,) = of(cast, "posts", kind="orders")
    assert (found.address, found.more) == (f"/office/orders/{second.pk}/", f"{second.number} \u00b7 version 2")


def test_the_kind_with_the_best_hit_comes_first_and_each_has_its_most(cast: Cast) -> None:
    named(cast)
    register_people(
        by=house("test"),
        people=[NewPerson(f"x{n}", f"A1 somebody {n}", cast.village.pk, "") for n in range(9)],
        since=LONG_AGO,
    )
    sections = search(cast.commander, "A1", 3).sections
    assert [one.key for one in sections] == ["units", "people"]
    assert (len(sections[1].hits.found), sections[1].hits.is_more) == (3, True)
    assert sections[1].hits.address == "/office/people/?q=A1"


def test_the_last_four_digits_find_who_may_be_reached_masked(cast: Cast) -> None:
    with_phones(cast)
    number = phone_of("m_a1_1", cast)
    (one,) = of(cast, number[-4:], "lead_a1")
    assert (one.title, one.why.key) == ("Name of m_a1_1", "phone_end")
    assert f"139****{number[-4:]}" in one.more
    assert number not in one.more
    for by in ("lead_a2", "lead_b"):
        assert of(cast, number[-4:], by) == []
    assert of(cast, number, "lead_a1") == [], "a whole number is not looked for"


def test_who_looked_too_often_is_told_and_finds_the_rest(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    register_people(by=house("t"), people=[NewPerson("0001", "Nina", cast.village.pk, "")], since=LONG_AGO)
    monkeypatch.setattr(phone_ends, "LOOKS_MAX", 1)
    assert search(cast.lead, "0001", 5).told == []
    again = search(cast.lead, "0001", 5)
    assert [one.code for one in again.told] == ["phone_end.often"]
    assert [one.title for section in again.sections for one in section.hits.found] == ["Nina"]


@pytest.mark.parametrize("by", ["m_a1_1", "administrator", "counsellor", "inspector"])
def test_it_rejects_who_has_no_role_of_the_office(cast: Cast, by: str) -> None:
    with raises_refusal("search.refused"):
        search(cast.actor(by), "Name", 5)


def test_it_rejects_a_kind_that_there_is_not(cast: Cast) -> None:
    with raises_refusal("search.kind"):
        search(cast.commander, "Name", 5, "residents")


# What is none of the reader's business --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("lead_a2", "m_a1_1"),
        ("lead_a2", "Name of m_a1"),
        ("lead_b", "Unit A"),
        ("lead_b", "A1"),
        ("lead_a1", "Unit D"),
        ("lead_b", "Only for A"),
        ("lead_h", "To your posts"),
    ],
)
def test_what_is_not_mine_reads_like_what_there_is_not(cast: Cast, by: str, words: str) -> None:
    order = cast.order()
    cast.order(key="own", by=cast.town_lead, issuer=cast.town, audience="under:A -unit:A", title="Only for A")
    assert order
    with at(5):
        mine = search(cast.actor(by), words, 5)
        assert [one.title for s in mine.sections for one in s.hits.found if plain(words) in plain(one.title)] == []
        assert search(cast.actor(by), f"{words} qq", 5).told == mine.told


def test_a_place_that_is_not_mine_is_not_named(cast: Cast) -> None:
    cast.order(call_up="kind:village")
    with at(5):
        assert of(cast, "A", "lead_a", "units")[0].where == ""
        assert all("Unit D" not in one.where for one in of(cast, "posts", "lead_a1", "rolls"))


NAMED = [name for _number, name, _unit in NAMES]
WORDS = st.sampled_from([*NAMED, *"".join(NAMED), "name of", "zs", "unit", "m_a", "a1"])


@given(words=WORDS | st.text(max_size=6), by=st.sampled_from(["commander", "lead_a", "lead_a1", "lead_b", "lead_h"]))
def test_all_that_is_found_is_mine_and_whoever_begins_so_is_found(cast: Cast, words: str, by: str) -> None:
    if not Person.objects.filter(number="n1").exists():
        named(cast)
        cast.order(call_up="kind:village")
    actor, typed = cast.actor(by), words_of(words)
    found: dict[str, Section] = {one.key: one for one in search(actor, words, 100).sections}
    addresses: dict[str, list[str]] = {key: [one.address for one in s.hits.found] for key, s in found.items()}
    mine: dict[str, Any] = {
        "people": Person.objects.visible_to(actor),
        "units": Unit.objects.visible_to(actor),
        "orders": Order.objects.visible_to(actor),
    }
    for key, rows in mine.items():
        seen = {f"/office/{key}/{pk}/" for pk in rows.values_list("pk", flat=True)}
        assert set(addresses.get(key, ())) <= seen
    if typed.plain:
        known = mine["people"].values_list("pk", "name")
        wanted = {f"/office/people/{pk}/" for pk, name in known if plain(name).startswith(typed.plain)}
        assert wanted <= set(addresses.get("people", ()))


# Residents ------------------------------------------------------------------------------------------------------------


def test_the_kinds_are_these_and_read_no_more_than_they_say() -> None:
    """Residents are not in it: whoever adds a kind or a table says here why it is none of them."""
    assert sorted(SEARCH) == sorted(KINDS)
    reads = {model._meta.db_table for offer in SEARCH.values() for model in offer.reads}
    assert reads <= TABLES


def test_no_other_table_is_asked(cast: Cast) -> None:
    with_phones(cast)
    cast.order(call_up="kind:village")
    with at(5), CaptureQueriesContext(connection) as asked:
        for words in ("Name", "zs", "A1", "posts", phone_of("m_a1_1", cast)[-4:]):
            search(cast.commander, words, 50)
    read = {table for one in asked.captured_queries for table in READ.findall(one["sql"])}
    assert {"organisation_person", "roll_roll", "mobilisation_order", "vault_match"} <= read
    assert read <= TABLES | {"foundation_auditline", "subquery"}, read - TABLES
    kinds = [one["sql"] for one in asked.captured_queries if "vault_particular" in one["sql"]]
    assert all("'person'" in one for one in kinds)


def test_an_ended_account_is_nobody(cast: Cast) -> None:
    Account.objects.filter(name="clerk").update(disabled_at=START)
    from tests.access.matrix import client_of

    answer = client_of("clerk").get("/office/search/?q=Name")
    assert answer.status_code == 302
    assert "Name of" not in answer.content.decode()
