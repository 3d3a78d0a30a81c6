"""The office of a street, a town, a village is the place for whoever writes it; between two nothing is guessed."""

from __future__ import annotations

import pytest

from muster.organisation.incoming import Places
from muster.organisation.models import Unit
from muster.sheets import cells
from tests.cast import Cast


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("义井街道办事处", "义井街道"),
        ("义井街办", "义井街道"),
        ("义井办事处", "义井街道"),
        ("晋祠镇人民政府", "晋祠镇"),
        ("晋祠鎮政府", "晋祠镇"),
        ("姚村乡政府", "姚村乡"),
        ("北大寺村委会", "北大寺村"),
        ("北大寺村村民委员会", "北大寺村"),
        ("东街社区居民委员会", "东街社区"),
        ("东街居委会", "东街社区"),
        ("义井街道", ""),
        ("村委会", ""),
        ("Harbour", ""),
    ],
)
def test_the_place_of_an_office(said: str, place: str) -> None:
    assert cells.place_of_office(said) == place


def named(cast: Cast, unit: Unit, name: str) -> None:
    Unit.objects.filter(pk=unit.pk).update(name=name, short_name=name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("义井街道", "义井街道办事处"),
        ("义井街道办事处", "义井街道"),
        ("义井街道办事处", "义井办事处"),
        ("义井村", "义井村委会"),
    ],
)
def test_one_is_found_by_the_other(cast: Cast, name: str, words: str) -> None:
    named(cast, cast.village, name)
    assert [one.pk for one in Places(cast.commander).find(words)] == [cast.village.pk]


def test_whoever_is_called_so_exactly_is_meant(cast: Cast) -> None:
    named(cast, cast.village, "义井街道")
    named(cast, cast.neighbour, "义井街道办事处")
    assert [one.pk for one in Places(cast.commander).find("义井街道办事处")] == [cast.neighbour.pk]


def test_it_rejects_what_may_be_two(cast: Cast) -> None:
    named(cast, cast.village, "义井街道办事处")
    named(cast, cast.neighbour, "义井办事处")
    unit, fault = Places(cast.commander).one("unit", "义井街道")
    assert unit is None
    assert fault is not None
    assert fault.code == "unit.ambiguous"
