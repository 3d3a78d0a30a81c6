"""A unit that is picked without knowing its code: by the name or short name that it alone bears among the reader's."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from muster.foundation.errors import Refusal
from muster.organisation.asking import unit_for
from muster.organisation.models import Unit
from muster.organisation.tree import unit_named
from muster.organisation.units import rename_unit
from tests.cast import Cast, raises_refusal


@pytest.mark.parametrize("words", ["A2", " A2 ", "Unit A2", "Mill"])
def test_by_code_name_or_short_name(cast: Cast, words: str) -> None:
    rename_unit(by=cast.town_lead, parent=cast.town, unit=cast.neighbour, name="Unit A2", short_name="Mill")
    assert unit_named(words, Unit.objects.visible_to(cast.town_lead)) == cast.neighbour
    assert unit_for(cast.town_lead, words) == cast.neighbour


def test_a_code_comes_before_a_name(cast: Cast) -> None:
    rename_unit(by=cast.town_lead, parent=cast.town, unit=cast.neighbour, name="A1", short_name="A1")
    assert unit_named("A1", Unit.objects.all()) == cast.village


def test_by_code_it_costs_one_query(cast: Cast) -> None:
    among = Unit.objects.visible_to(cast.town_lead)
    with CaptureQueriesContext(connection) as asked:
        unit_named("A2", among)
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as asked:
        unit_named("Unit A2", among)
    assert len(asked) == 2


def test_it_rejects_a_name_that_two_bear_and_names_their_codes(cast: Cast) -> None:
    rename_unit(by=cast.commander, parent=cast.root, unit=cast.units["B"], name="Mill", short_name="Mill")
    rename_unit(by=cast.town_lead, parent=cast.town, unit=cast.neighbour, name="Old Mill", short_name="Mill")
    with raises_refusal("unit.ambiguous") as caught, override("en"):
        unit_for(cast.commander, "Mill")
    assert isinstance(caught.value, Refusal)
    with override("en"):
        assert "Old Mill (A2)" in str(caught.value.message)
        assert "Mill (B)" in str(caught.value.message)
    assert unit_for(cast.town_lead, "Mill") == cast.neighbour, "the other is not theirs to see"


@pytest.mark.parametrize("words", ["Unit B1", "B1", "Nowhere", "", " "])
def test_it_rejects_a_unit_that_is_not_theirs_as_one_that_is_not_there(cast: Cast, words: str) -> None:
    with raises_refusal("unit.unknown"):
        unit_named(words, Unit.objects.visible_to(cast.town_lead))


def test_it_rejects_the_name_of_a_closed_unit(cast: Cast) -> None:
    Unit.objects.filter(pk=cast.neighbour.pk).update(closed_at=cast.neighbour.opened_at)
    with raises_refusal("unit.unknown"):
        unit_named("Unit A2", Unit.objects.all())
