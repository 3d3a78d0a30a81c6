"""A unit is closed and goes on in another."""

from __future__ import annotations

from datetime import timedelta

import pytest

from muster.mobilisation.answers import withdraw_acknowledgement
from muster.mobilisation.kinds import REPORT_IN
from muster.organisation.actions import appoint, members_of, merge_units
from muster.organisation.granting import grant_role
from muster.organisation.models import Account, Appointment, Grant, Unit
from muster.organisation.tree import Tree, unit_by_code
from muster.roll.actions import excuse, hand_over_entries, lift_excuse
from tests.cast import LONG_AGO, REASON, START, Cast, at, raises_refusal


def merge(cast: Cast, by: str = "lead_a", parent: str = "A", unit: str = "A1", into: str = "A2") -> None:
    units = {
        name: Unit.objects.get(pk=cast.units[code].pk)
        for name, code in (("parent", parent), ("unit", unit), ("into", into))
    }
    merge_units(by=cast.actor(by), **units)


@pytest.mark.parametrize("by", ["lead_a", "commander"])
def test_it_is_closed_and_names_its_successor(cast: Cast, by: str) -> None:
    with at(60):
        merge(cast, by)
    unit = unit_by_code("A1")
    assert (unit.closed_at, unit.successor) == (START + timedelta(hours=1), cast.neighbour)
    assert unit.path == cast.village.path


def test_its_people_move_and_its_leads_become_members(cast: Cast) -> None:
    with at(60):
        merge(cast)
        numbers = {"lead_a1", "m_a1_1", "m_a1_2", "lead_a2", "m_a2_1", "m_a2_2"}
        assert set(members_of([cast.neighbour.pk])[cast.neighbour.pk]) == {cast.people[n].pk for n in numbers}
        assert members_of([cast.village.pk]) == {}
        assert cast.actor("lead_a1").grants == (("member", cast.neighbour.path),)
        assert ("lead", cast.neighbour.path) in cast.actor("lead_a2").grants
    old = Appointment.objects.get(person=cast.people["lead_a1"], unit=cast.village)
    assert (old.since, old.until) == (LONG_AGO, START + timedelta(hours=1))


def test_whoever_had_a_place_at_both_has_one(cast: Cast) -> None:
    person = cast.people["lead_a1"]
    appoint(by=cast.town_lead, person=person, unit=cast.neighbour, title="", leads=True, since=LONG_AGO)
    merge(cast)
    place = Appointment.objects.get(person=person, until__isnull=True)
    assert (place.unit, place.leads, place.primary) == (cast.neighbour, True, True)
    assert Grant.objects.filter(account__person=person, unit=cast.neighbour, until__isnull=True).count() == 2


def test_the_tree_of_the_past_and_of_now_holds_it(cast: Cast) -> None:
    with at(60):
        merge(cast)
    for moment in (START, START + timedelta(hours=2)):
        assert Tree.as_of(moment).paths[cast.village.pk] == cast.village.path


def test_it_rejects_a_unit_with_open_matters(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    with raises_refusal("unit.open_matters") as caught:
        merge(cast)
    assert caught.value.details == {"count": 4}
    cast.answer(order, "A1")
    with raises_refusal("unit.open_matters"):
        merge(cast)
    people = [cast.entry(order, n, REPORT_IN).pk for n in ("lead_a1", "m_a1_1", "m_a1_2")]
    excuse(by=cast.town_lead, entries=people, reason=REASON)
    merge(cast)


def test_handing_over_closes_the_open_matters(cast: Cast) -> None:
    cast.order()
    hand_over_entries(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour, reason=REASON)
    merge(cast)
    assert unit_by_code("A1").closed_at == START


def test_what_is_asked_again_at_a_closed_unit_is_asked_of_its_successor(cast: Cast) -> None:
    order = cast.order()
    cast.answer(order, "A1")
    merge(cast)
    with at(60):
        withdraw_acknowledgement(
            by=cast.town_lead, unit=Unit.objects.get(pk=cast.village.pk), order=order, reason=REASON
        )
    entry = cast.entry(order, "A1")
    assert (entry.unit, entry.state, entry.subject_id) == (cast.neighbour, "outstanding", cast.village.pk)
    marks = list(entry.marks.order_by("n").values_list("unit", "before", "after", "leg"))
    assert marks[-3:] == [
        (cast.village.pk, "answered", "outstanding", ""),
        (cast.village.pk, "outstanding", None, "out"),
        (cast.neighbour.pk, None, "outstanding", "in"),
    ]


def test_an_excuse_that_ends_after_two_mergers_goes_to_the_last(cast: Cast) -> None:
    order = cast.order(audience="unit:A1")
    excuse(by=cast.town_lead, entries=[cast.entry(order, "A1").pk], reason=REASON)
    merge(cast)
    merge(cast, unit="A2", into="A3")
    lift_excuse(by=cast.town_lead, entries=[cast.entry(order, "A1").pk])
    assert cast.entry(order, "A1").unit == cast.units["A3"]


def test_every_grant_at_the_unit_ends(cast: Cast) -> None:
    account = Account.objects.get(name="m_b1_1")
    grant_role(by=cast.commander, account=account, role="clerk", unit=cast.village, since=LONG_AGO)
    merge(cast)
    assert not Grant.objects.filter(unit=cast.village, until__isnull=True).exists()
    assert cast.actor("m_b1_1").grants == (("member", cast.units["B1"].path),)


def test_it_rejects_a_unit_with_units_under_it(cast: Cast) -> None:
    with raises_refusal("unit.has_children"):
        merge(cast, "commander", parent="D", unit="A", into="B")


@pytest.mark.parametrize(
    ("parent", "unit", "into"), [("A", "A1", "B1"), ("A", "B1", "A1"), ("A1", "A1", "A2"), ("A2", "A1", "A2")]
)
def test_it_rejects_units_that_do_not_stand_under_the_one_that_merges(
    cast: Cast, parent: str, unit: str, into: str
) -> None:
    with raises_refusal("unit.merge_scope"):
        merge(cast, "commander", parent=parent, unit=unit, into=into)


def test_it_rejects_a_unit_into_itself_or_a_closed_one(cast: Cast) -> None:
    with raises_refusal("unit.merge"):
        merge(cast, into="A1")
    merge(cast)
    for pair in (("A1", "A3"), ("A3", "A1"), ("A2", "A1")):
        with raises_refusal("unit.merge"):
            merge(cast, unit=pair[0], into=pair[1])


def test_it_reads_the_units_anew(cast: Cast) -> None:
    merge(cast)
    assert cast.village.closed_at is None
    with raises_refusal("unit.merge"):
        merge_units(by=cast.town_lead, parent=cast.town, unit=cast.neighbour, into=cast.village)


@pytest.mark.parametrize("by", ["clerk", "lead_a1", "lead_a2", "lead_b", "m_a1_1"])
def test_it_rejects_whoever_does_not_lead_the_unit_above(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        merge(cast, by)
