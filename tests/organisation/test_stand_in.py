"""Somebody acts for one who is away: with their roles, until they are back, and the log says for whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from muster.foundation.models import AuditLine
from muster.organisation.actions import merge_units, record_absence
from muster.organisation.granting import stand_in
from muster.organisation.models import Absence, Account, Grant
from tests.cast import START, Cast, at, proofs, raises_refusal
from tests.foundation.test_verify import owner

BACK = START + timedelta(days=3)


def away(cast: Cast, number: str = "lead_a1", since: datetime = START, until: datetime | None = BACK) -> None:
    person, unit = cast.people[number], cast.units["A1"]
    record_absence(by=cast.commander, unit=unit, person=person, kind="leave", since=since, until=until)


def lend(cast: Cast, by: str = "lead_a", to: str = "m_a1_2", **changes: Any) -> list[Grant]:
    asked = {"unit": cast.village, "person": cast.people["lead_a1"], "account": Account.objects.get(name=to)} | changes
    return list(stand_in(by=cast.actor(by), **asked))


@pytest.mark.parametrize("by", ["lead_a", "commander", "lead_a1"])
def test_they_hold_the_same_roles_until_the_end_of_the_absence(cast: Cast, by: str) -> None:
    away(cast)
    made = lend(cast, by)
    assert {(g.role, g.unit, g.since, g.until) for g in made} == {
        ("lead", cast.village, START, BACK),
        ("member", cast.village, START, BACK),
    }
    assert {g.stands_in_for for g in made} == {cast.people["lead_a1"]}
    assert {g.granted_by for g in made} == {Account.objects.get(name=by)}
    with at(days=3):
        assert not cast.actor("m_a1_2").has("lead")


def test_what_they_do_by_it_alone_is_done_for_the_absent(cast: Cast) -> None:
    order = cast.order()
    away(cast)
    lend(cast)
    with at(1):
        cast.answer(order, "A1", by=cast.actor("m_a1_2"))
    line = AuditLine.objects.get(verb="mobilisation.acknowledge")
    assert (line.actor, line.acting_for) == ("m_a1_2", cast.people["lead_a1"].pk)
    assert not proofs()


def test_what_is_their_own_is_done_for_nobody(cast: Cast) -> None:
    order = cast.order()
    away(cast)
    lend(cast, to="lead_a")
    with at(1):
        cast.answer(order, "A1", by=cast.actor("lead_a"))
    assert AuditLine.objects.get(verb="mobilisation.acknowledge").acting_for is None


def test_a_line_whose_absent_person_is_changed_is_found(cast: Cast) -> None:
    order = cast.order()
    away(cast)
    lend(cast)
    with at(1):
        cast.answer(order, "A1", by=cast.actor("m_a1_2"))
    line = AuditLine.objects.get(acting_for__isnull=False)
    cast.tampered = True
    with owner(AuditLine):
        AuditLine.objects.filter(pk=line.pk).update(acting_for=None)
    assert any("audit: " in one and str(line.pk) in one for one in proofs())


def test_an_absence_to_come_is_stood_in_for_from_its_beginning(cast: Cast) -> None:
    away(cast, since=START + timedelta(days=1))
    lend(cast)
    with at(hours=23):
        assert not cast.actor("m_a1_2").has("lead")
    with at(hours=25):
        assert cast.actor("m_a1_2").has("lead")


def test_an_absence_without_an_end_needs_one_for_the_stand_in(cast: Cast) -> None:
    away(cast, until=None)
    with raises_refusal("stand_in.until"):
        lend(cast)
    assert {g.until for g in lend(cast, until=BACK)} == {BACK}


@pytest.mark.parametrize("until", [START, START - timedelta(days=1), BACK + timedelta(minutes=1)])
def test_it_rejects_an_end_that_is_not_within_the_absence(cast: Cast, until: datetime) -> None:
    away(cast)
    with raises_refusal("stand_in.until"):
        lend(cast, until=until)


def test_it_rejects_to_stand_in_for_who_is_there(cast: Cast) -> None:
    with raises_refusal("stand_in.not_away"):
        lend(cast)
    away(cast, since=START - timedelta(days=2), until=START - timedelta(days=1))
    with raises_refusal("stand_in.not_away"):
        lend(cast)


def test_the_absence_is_written_down_with_it(cast: Cast) -> None:
    made = lend(cast, kind="ill", until=BACK)
    absence = Absence.objects.get()
    assert (absence.person, absence.kind, absence.since, absence.until) == (cast.people["lead_a1"], "ill", START, BACK)
    assert {g.until for g in made} == {BACK}
    assert AuditLine.objects.filter(verb="organisation.stand_in").count() == 1


def test_refused_it_leaves_no_absence_behind(cast: Cast) -> None:
    Grant.objects.filter(account__name="m_a1_1").delete()
    with raises_refusal("stand_in.nothing"):
        lend(cast, person=cast.people["m_a1_1"], kind="ill", until=BACK)
    with raises_refusal("stand_in.until"):
        lend(cast, kind="ill", until=None)
    assert not Absence.objects.exists()


def test_it_rejects_an_absence_by_whoever_may_record_none(cast: Cast) -> None:
    """They may let others act for themselves, once whoever leads their unit wrote down that they are away."""
    with raises_refusal("rights.refused"):
        lend(cast, by="m_a1_1", person=cast.people["m_a1_1"], kind="ill", until=BACK)
    assert not Absence.objects.exists()


def test_it_rejects_to_stand_in_for_oneself(cast: Cast) -> None:
    away(cast)
    with raises_refusal("stand_in.self"):
        lend(cast, to="lead_a1")


@pytest.mark.parametrize("by", ["lead_a2", "lead_b", "m_a1_1", "clerk", "counsellor"])
def test_it_rejects_whoever_could_not_give_those_roles(cast: Cast, by: str) -> None:
    away(cast)
    with raises_refusal("rights.refused"):
        lend(cast, by)


def test_it_rejects_what_the_absent_person_does_not_hold_there(cast: Cast) -> None:
    away(cast)
    with raises_refusal("stand_in.nothing"):
        lend(cast, "commander", unit=cast.units["B1"])


def test_what_is_held_as_a_stand_in_is_not_lent_on(cast: Cast) -> None:
    away(cast)
    lend(cast)
    away(cast, "m_a1_2")
    made = lend(cast, person=cast.people["m_a1_2"], to="m_a1_1")
    assert {g.role for g in made} == {"member"}


def test_a_stand_in_of_a_merged_unit_goes_on_as_one(cast: Cast) -> None:
    away(cast)
    lend(cast, to="m_a3_1")
    with at(5):
        merge_units(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour)
        held = Grant.objects.filter(account__name="m_a3_1", stands_in_for__isnull=False, until=BACK)
        assert [(g.role, g.unit) for g in held] == [("member", cast.neighbour)]
        assert not cast.actor("m_a3_1").has("lead"), "who leads a unit that is gone leads no other"
