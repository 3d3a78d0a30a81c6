"""Some people of a unit make a new one beside it; what is open stays, or goes along with whom it is about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from muster.foundation.models import AuditLine
from muster.mobilisation.kinds import REPORT_IN
from muster.organisation.actions import members_of
from muster.organisation.models import Unit, UnitCode
from muster.organisation.units import split_unit
from muster.roll.following import follow_person
from tests.cast import REASON, Cast, at, raises_refusal


def split(cast: Cast, by: str = "town_lead", **changes: Any) -> Unit:
    people = [cast.people[n].pk for n in changes.pop("people", ("m_a1_1",))]
    wanted = {"parent": cast.town, "unit": cast.village, "name": "Unit A4", "short_name": "A4", "code": "A4"}
    return split_unit(by=getattr(cast, by), people=people, **(wanted | changes))


def test_the_new_one_stands_beside_it_with_its_people(cast: Cast) -> None:
    made = split(cast)
    assert (made.parent_id, made.kind_id) == (cast.town.pk, "village")
    assert UnitCode.objects.get(unit=made).code == "A4"
    found = members_of([made.pk, cast.village.pk])
    assert found[made.pk] == [cast.people["m_a1_1"].pk]
    assert cast.people["m_a1_1"].pk not in found[cast.village.pk]
    assert ("member", made.path) in cast.actor("m_a1_1").grants


def test_the_log_says_how_many_stay(cast: Cast) -> None:
    count = len(members_of([cast.village.pk])[cast.village.pk])
    split(cast)
    line = AuditLine.objects.filter(verb="organisation.split_unit").latest("id")
    assert json.loads(line.change) == [["people", str(count), str(count - 1)]]


def test_what_is_open_stays_unless_it_follows(cast: Cast) -> None:
    order = cast.order(call_up="kind:village")
    with at(5):
        made = split(cast)
        assert cast.entry(order, "m_a1_1", REPORT_IN).unit == cast.village
        parts: Any = {"parent": cast.town, "person": cast.people["m_a1_1"], "unit": cast.village, "into": made}
        assert follow_person(by=cast.town_lead, reason=REASON, **parts) == 1
        assert cast.entry(order, "m_a1_1", REPORT_IN).unit == made
        assert cast.coverage(order).expected == 8


def test_it_may_begin_with_nobody_and_without_a_code(cast: Cast) -> None:
    made = split(cast, people=(), code="")
    assert not UnitCode.objects.filter(unit=made).exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "unit.name"),
        ({"code": "A2"}, "unit.code_twice"),
        ({"people": ("m_a2_1",)}, "unit.nobody"),
    ],
)
def test_it_rejects_what_cannot_be(cast: Cast, changes: dict[str, Any], code: str) -> None:
    with raises_refusal(code):
        split(cast, **changes)


@pytest.mark.parametrize("by", ["sibling", "outsider", "member", "lead"])
def test_it_rejects_whoever_is_not_above(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        split(cast, by=by)


def test_a_label_is_given_once_though_units_were_taken_back(cast: Cast) -> None:
    """An import that is taken back deletes its units: then there are fewer units than labels."""
    Unit.objects.filter(pk=cast.units["H"].pk).update(label="zz")
    with at(10):
        made = split_unit(
            by=cast.town_lead, parent=cast.town, unit=cast.village, name="New", short_name="", code="", people=[]
        )
    assert int(made.label, 36) == int("zz", 36) + 1
    cast.tampered = True
