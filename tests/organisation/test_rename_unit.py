"""A unit is called otherwise from now on; whoever asks about an earlier moment reads the name of then."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from datetime import timedelta

import pytest
from django.core.management import call_command

from muster.organisation.models import Unit, UnitName
from muster.organisation.tree import unit_names
from muster.organisation.units import rename_unit
from tests.cast import START, Cast, at, raises_refusal


def test_the_name_holds_from_then_on(cast: Cast) -> None:
    with at(10):
        rename_unit(by=cast.town_lead, parent=cast.town, unit=cast.village, name="New Harbour", short_name="Harbour")
    unit = Unit.objects.get(pk=cast.village.pk)
    assert (unit.name, unit.short_name, unit.pinyin) == ("New Harbour", "Harbour", "newharbour nh harbour h")
    assert unit_names([unit.pk], START) == {unit.pk: "Unit A1"}
    assert unit_names([unit.pk], START + timedelta(minutes=10)) == {unit.pk: "New Harbour"}
    assert unit_names([unit.pk]) == {unit.pk: "New Harbour"}


def test_twice_renamed_bears_three_names(cast: Cast) -> None:
    for minutes, name in ((10, "Second"), (20, "Third")):
        with at(minutes):
            rename_unit(by=cast.commander, parent=cast.root, unit=cast.village, name=name)
    told = [unit_names([cast.village.pk], START + timedelta(minutes=m))[cast.village.pk] for m in (0, 10, 15, 20)]
    assert told == ["Unit A1", "Second", "Second", "Third"]


def test_the_same_name_writes_nothing(cast: Cast) -> None:
    rename_unit(by=cast.town_lead, parent=cast.town, unit=cast.village, name="Unit A1", short_name="A1")
    assert not UnitName.objects.exists()


def test_a_report_of_before_reads_to_the_letter_as_before(cast: Cast) -> None:
    with at(5):
        cast.order()
    with at(30):
        before = _told(cast, 20)
    with at(40):
        rename_unit(by=cast.town_lead, parent=cast.town, unit=cast.village, name="New Harbour")
    with at(60):
        assert "Unit A1" in before
        assert _told(cast, 20) == before
        assert "New Harbour" in _told(cast, 50)


def _told(cast: Cast, minutes: int) -> str:
    """The report over the village as of so many minutes after the start, in words."""
    as_of = (START + timedelta(minutes=minutes)).isoformat()
    said = io.StringIO()
    with redirect_stdout(said):
        call_command("report", "--as-of", as_of, "--unit", "A1", "--as", "commander", "--format", "text")
    return said.getvalue()


def test_the_commander_renames_the_district_itself(cast: Cast) -> None:
    rename_unit(by=cast.commander, parent=cast.root, unit=cast.root, name="Other District")
    assert Unit.objects.get(pk=cast.root.pk).name == "Other District"


@pytest.mark.parametrize(("name", "short"), [("", ""), ("  ", "x"), ("x" * 121, ""), ("x" * 70, "")])
def test_it_rejects_a_name_that_is_none_or_too_long(cast: Cast, name: str, short: str) -> None:
    with raises_refusal("unit.name"):
        rename_unit(by=cast.town_lead, parent=cast.town, unit=cast.village, name=name, short_name=short)


@pytest.mark.parametrize("by", ["sibling", "outsider", "member", "inspector", "administrator"])
def test_it_rejects_whoever_is_not_above(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        rename_unit(by=getattr(cast, by), parent=cast.town, unit=cast.village, name="Mine")


def test_it_rejects_a_unit_of_another_branch_and_a_lead_at_itself(cast: Cast) -> None:
    with raises_refusal("unit.not_under"):
        rename_unit(by=cast.town_lead, parent=cast.town, unit=cast.units["B1"], name="Mine")
    with raises_refusal("unit.not_under"):
        rename_unit(by=cast.lead, parent=cast.village, unit=cast.village, name="Mine")
    with raises_refusal("rights.refused"):
        rename_unit(by=cast.town_lead, parent=cast.root, unit=cast.root, name="Mine")
